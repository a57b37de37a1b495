"""A form does its work once, however often its button is pressed."""

from collections.abc import Callable
from uuid import UUID

from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _

from minsheng.doors.console.entry import StaffRequest, done
from minsheng.doors.models import Submission
from minsheng.foundation import clock


def once(request: StaffRequest, token: UUID, do: Callable[[], tuple[str, str]]) -> HttpResponse:
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
