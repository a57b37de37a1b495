"""Housekeeping of what the doors remember."""

from datetime import timedelta

from minsheng.calls.actions import forget as forget_callers
from minsheng.doors.console import drafts
from minsheng.doors.models import (
    Batch,
    Claim,
    KeptAnswer,
    Received,
    ReplyDraft,
    Submission,
    WrongCode,
)
from minsheng.foundation import clock

KEPT_FOR = timedelta(days=7)
DRAFTS_FOR = timedelta(days=30)  # longer than most limits run


def forget() -> int:
    """Forgets answers, forms and wrong codes of more than seven days ago; returns how many.

    Drafts are kept for a month, claims on items until they end, who called for a day. To be run
    once a day or so. A request repeated after that is a new one.
    """
    now = clock.now()
    before = now - KEPT_FOR
    gone = Claim.objects.filter(until__lt=now).delete()[0]
    gone += drafts.forget() + forget_callers()
    gone += ReplyDraft.objects.filter(at__lt=now - DRAFTS_FOR).delete()[0]
    for kind in (Batch, KeptAnswer, Received, Submission, WrongCode):
        gone += kind.objects.filter(at__lt=before).delete()[0]
    return gone
