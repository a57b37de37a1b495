"""Evaluating by a link that came in a message: no code to type, and only once."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from minsheng.doors.portal.forms import EvaluateForm
from minsheng.followups import links
from minsheng.foundation.errors import Refused


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def evaluate(request: HttpRequest, token: str) -> HttpResponse:
    """The form of the national review scheme; afterwards, thanks."""
    try:
        link = links.opened(token)
    except Refused as refused:
        # Whoever presses twice, or comes back, is thanked and not blamed.
        status = 200 if refused.code == "used" else refused.status
        return render(request, "portal/evaluate.html", {"told": str(refused)}, status=status)
    form = EvaluateForm(request.POST or None)
    status = 422 if form.is_bound else 200
    if form.is_bound and form.is_valid():
        given = {name: form.cleaned_data[name] for name in ("grade", "solved", "reason")}
        try:
            links.evaluate(token, **given)
        except Refused as refused:
            form.add_error(None, str(refused))
            status = refused.status
        else:
            return render(request, "portal/evaluate.html", {"done": True})
    demand = link.follow_up.demand
    context = {"form": form, "demand": demand}
    return render(request, "portal/evaluate.html", context, status=status)
