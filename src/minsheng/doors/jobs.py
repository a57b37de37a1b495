"""Housekeeping of what the doors remember."""

from datetime import timedelta

from minsheng.doors.models import KeptAnswer, Received, Submission, WrongCode
from minsheng.foundation import clock

KEPT_FOR = timedelta(days=7)


def forget() -> int:
    """Forgets answers, forms and wrong codes of more than seven days ago; returns how many.

    To be run once a day or so. A request repeated after that is a new one.
    """
    before = clock.now() - KEPT_FOR
    gone = 0
    for kind in (KeptAnswer, Received, Submission, WrongCode):
        gone += kind.objects.filter(at__lt=before).delete()[0]
    return gone
