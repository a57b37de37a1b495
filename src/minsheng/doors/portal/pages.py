"""The first pages with answers from the knowledge base, and raising a demand."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from minsheng.demands import actions as demands
from minsheng.directory.access import citizen
from minsheng.doors.client import address
from minsheng.doors.models import Received
from minsheng.doors.portal.fields import RENEW, ChallengeWidget
from minsheng.doors.portal.forms import EnterpriseForm, SubmitForm
from minsheng.doors.portal.guess import answers, guess
from minsheng.doors.portal.mine import grant
from minsheng.foundation import clock
from minsheng.foundation.errors import Refused, TooMany

#: Demands from one address within an hour. Whole streets share an address of a mobile network.
MOST_SENT = 30
WITHIN = timedelta(hours=1)

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
                demand_id = _received(form, form.cleaned_data["proof"], address(request))
            except Refused as refused:
                form.refuse(refused)
                status = refused.status
            else:
                grant(request, demand_id)
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


def _received(form: SubmitForm, token: UUID, sent_by: str) -> int:
    """Accepts the demand with its files, once however often the button is pressed.

    Returns its id. The token is the sender's own: nobody else saw the form. Raises TooMany.
    """
    now = clock.now()
    try:
        with transaction.atomic():
            row = Received.objects.create(token=token, sent_by=sent_by, at=now)
            if Received.objects.filter(sent_by=sent_by, at__gt=now - WITHIN).count() > MOST_SENT:
                raise TooMany(
                    "too_many", _("这个网络地址提交得太多；请一小时后再试，或拨打热线电话。")
                )
            demand = demands.accept(citizen(), form.intake())
            for file in form.cleaned_data["attachments"]:
                demands.attach(citizen(demand.pk), demand.pk, file=file, public=True)
            row.demand = demand
            row.save(update_fields=["demand"])
    except IntegrityError:
        earlier = Received.objects.filter(token=token).first()
        if earlier is None or earlier.demand_id is None:
            raise
        return earlier.demand_id
    return demand.pk


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
