"""Housekeeping of what the doors remember."""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

from django.db import connection
from django.db.models import Model

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

#: What is kept how long after it was made (its `at`); what was repeated by then was meant anew.
KEPT_FOR: Mapping[type[Model], timedelta] = MappingProxyType(
    {
        Batch: timedelta(days=7),
        KeptAnswer: timedelta(days=7),
        Received: timedelta(days=7),
        ReplyDraft: timedelta(days=30),  # longer than most limits run
        Submission: timedelta(days=7),
        WrongCode: timedelta(days=7),
    }
)
#: Runs of jobs that failed or were killed, for whoever looks for the reason.
RUNS_KEPT_FOR = timedelta(days=30)

# What ran well is removed at once by the worker. The history of a run goes with it.
_FORGET_RUNS = """
DELETE FROM procrastinate_jobs WHERE status <> 'todo' AND id IN (
    SELECT job_id FROM procrastinate_events GROUP BY job_id HAVING max(at) < %s
)
"""


def forget() -> int:
    """Forgets what was kept long enough; returns how many rows.

    Claims on items are kept until they end; drafts of demands, and who called, as their own rooms
    say. To be run once a day or so.
    """
    now = clock.now()
    gone = Claim.objects.filter(until__lt=now).delete()[0]
    gone += drafts.forget() + forget_callers()
    for kind, kept_for in KEPT_FOR.items():
        gone += kind._default_manager.filter(at__lt=now - kept_for).delete()[0]
    with connection.cursor() as cursor:
        cursor.execute(_FORGET_RUNS, [now - RUNS_KEPT_FOR])
        return gone + int(cursor.rowcount)
