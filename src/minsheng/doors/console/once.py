"""A form does its work once, however often its button is pressed."""

from collections.abc import Callable
from uuid import UUID

from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _

from minsheng.doors.console.entry import StaffRequest, done
from minsheng.doors.console.forms import OnceForm
from minsheng.doors.models import Submission
from minsheng.foundation import clock
from minsheng.foundation.errors import Invalid, Refused

Deed = Callable[[], tuple[str, str]]


def submitted(request: StaffRequest, form: OnceForm, do: Deed) -> tuple[HttpResponse | None, int]:
    """Runs `do` once where the form was sent and is right: see `once`.

    Returns where that led; or None, and the status to draw the form with, which then says what was
    refused.
    """
    if request.method != "POST":
        return None, 200
    if not form.is_valid():
        return None, 422
    try:
        return once(request, form.cleaned_data["once"], do), 302
    except Refused as refused:
        form.refuse(refused)
        return None, refused.status


def pressed(request: StaffRequest, do: Deed) -> HttpResponse:
    """Runs `do` once for a form that is a button and nothing else. What is refused is a page."""
    form = OnceForm(request.POST)
    if not form.is_valid():
        raise Invalid("bad_form", form.main_error)
    return once(request, form.cleaned_data["once"], do)


def once(request: StaffRequest, token: UUID, do: Deed) -> HttpResponse:
    """Runs `do`, which returns what to tell and where to lead, in one transaction with its token.

    A second press waits for the first one and is led to where that led. What `do` refuses is
    rolled back with the token, so that the form can be mended and sent again.
    """
    try:
        with transaction.atomic():
            row = Submission.objects.create(
                token=token, staff=request.post.staff, at=clock.now(), address=""
            )
            sentence, row.address = do()
            row.save(update_fields=["address"])
    except IntegrityError:
        earlier = Submission.objects.filter(token=token, staff=request.post.staff).first()
        if earlier is None:
            raise
        return done(request, _("刚才已经提交成功，没有重复办理。"), earlier.address)
    return done(request, sentence, row.address)
