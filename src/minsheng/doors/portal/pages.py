"""The first pages with answers from the knowledge base, and raising a demand."""

from functools import partial

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from minsheng.demands import actions as demands
from minsheng.demands.models import Demand
from minsheng.directory.access import citizen
from minsheng.doors.client import address
from minsheng.doors.portal.fields import RENEW, ChallengeWidget
from minsheng.doors.portal.forms import EnterpriseForm, SubmitForm
from minsheng.doors.portal.guess import answers, guess
from minsheng.doors.portal.mine import grant
from minsheng.doors.receiving import received
from minsheng.foundation.errors import Refused
from minsheng.insight.actions import About, chosen

MOST_ANSWERS = 10


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Searches the public answers first: many a question need not be sent."""
    return _search(request, "portal/home.html", enterprise=False)


@require_safe
def enterprise(request: HttpRequest) -> HttpResponse:
    """一企来: the same for enterprises, with the answers that are meant for them."""
    return _search(request, "portal/enterprise.html", enterprise=True)


def _search(request: HttpRequest, template: str, *, enterprise: bool) -> HttpResponse:
    query = request.GET.get("q", "").strip()[:100]
    found = answers(query, MOST_ANSWERS, enterprise=enterprise)
    return render(request, template, {"query": query, "items": found})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
def submit(request: HttpRequest) -> HttpResponse:
    return _submit(request, SubmitForm, "portal/submit.html")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
def ask(request: HttpRequest) -> HttpResponse:
    return _submit(request, EnterpriseForm, "portal/ask.html")


def _submit(request: HttpRequest, kind: type[SubmitForm], template: str) -> HttpResponse:
    status = 200
    if request.method != "POST":
        form = kind(initial={"title": request.GET.get("title", "")[:100]})
    elif RENEW in request.POST:  # another task, and nothing of what was typed is lost
        form = kind(initial={**request.POST.dict(), "proof": (request.POST[RENEW], "")})
    else:
        form = kind(request.POST, request.FILES)
        status = 422
        if form.is_valid():
            try:
                token = form.cleaned_data["proof"]
                accept = partial(_accepted, form, request.POST.get("guessed", ""))
                demand = received(token, address(request), accept)
            except Refused as refused:
                form.refuse(refused)
                status = refused.status
            else:
                grant(request, demand.pk)
                return redirect("portal:mine")
    said = [str(form[name].value() or "") for name in ("title", "text")]
    guessed = guess(*said, enterprise=kind is EnterpriseForm)
    context = {
        "form": form,
        "guess": guessed,
        "lost": bool(status != 200 and request.FILES),
        "tiles": settings.TILES,
    }
    return render(request, template, context, status=status)


def _accepted(form: SubmitForm, guessed: str) -> Demand:
    """Accepts the demand with its files; `guessed` is the slip of what was guessed of it."""
    demand = demands.accept(citizen(), form.intake())
    for file in form.cleaned_data["attachments"]:
        demands.attach(citizen(demand.pk), demand.pk, file=file, public=True)
    chosen(citizen(demand.pk), guessed, demand.pk, about=About.GUESS)
    return demand


# Parts of the form that scripts fetch; without them the form itself brings the same


@never_cache
@require_safe
def challenge(request: HttpRequest) -> HttpResponse:
    return HttpResponse(ChallengeWidget().render("proof", (request.GET.get("kind", ""), "")))


@never_cache
@require_POST
def hints(request: HttpRequest) -> HttpResponse:
    """What was typed so far comes in the body, so that no log of addresses keeps it."""
    said = [request.POST.get(name, "") for name in ("title", "text")]
    found = guess(*said, enterprise="enterprise" in request.GET)
    chosen = request.POST.get("category", "")
    return render(request, "portal/parts/hints.html", {"guess": found, "chosen": chosen})
