"""Suggestions while somebody types: a part of the pages on which a demand takes shape."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from minsheng.doors.console.entry import StaffRequest, staff_page
from minsheng.insight import queries


@never_cache
@require_POST
@sensitive_post_parameters()
@staff_page("insight.suggest")
def suggest(request: StaffRequest) -> HttpResponse:
    """What is suggested for what was typed so far; posted, as it belongs in no address."""
    given = request.POST
    suggested = queries.suggest(
        given.get("text", ""),
        title=given.get("title", ""),
        place=given.get("place", ""),
        district=given.get("district", ""),
        category=given.get("category", ""),
        actor=request.actor,
    )
    return render(request, "console/insight/suggestions.html", {"suggested": suggested})
