"""Background work of suggestions: training what was asked for."""

import logging
from collections.abc import Callable

from django.db import transaction

from minsheng.foundation import clock
from minsheng.foundation.errors import Refused
from minsheng.insight.learning.training import train
from minsheng.insight.models import ModelVersion
from minsheng.insight.models.versions import FAILURES

log = logging.getLogger("minsheng.insight")

_STEP = 0.01  # of the work, between two notes of the progress


def train_requested(heard: Callable[[float], None] = lambda share: None) -> int:
    """Trains every version that was asked for, or whose training was cut short; returns how many.

    To be run alone (`foundation.alone.job("train")`). `heard` is told the share that is done.
    """
    waiting = ModelVersion.objects.filter(
        state__in=[ModelVersion.State.REQUESTED, ModelVersion.State.TRAINING]
    ).order_by("number")
    done = 0
    for version in waiting:
        _train(version, heard)
        done += 1
    return done


def _train(version: ModelVersion, heard: Callable[[float], None]) -> None:
    rows = ModelVersion.objects.filter(pk=version.pk)
    rows.update(state=ModelVersion.State.TRAINING, progress=0)
    noted = 0.0

    def note(share: float) -> None:
        nonlocal noted
        heard(share)
        if share - noted >= _STEP:
            noted = share
            rows.update(progress=share)

    try:
        digest, learned, report = train(version.number, note)
    except Refused as refused:
        known = " ".join(map(str, [refused.code, *refused.detail.values()]))
        failure = known if refused.code in FAILURES else str(refused)[:500]
        rows.update(state=ModelVersion.State.FAILED, failure=failure)
        return
    except Exception as error:
        log.exception("training of %s", version.ref)
        failure = f"broken {type(error).__name__}"
        rows.update(state=ModelVersion.State.FAILED, failure=failure)
        return
    with transaction.atomic():
        rows.update(
            state=ModelVersion.State.TRAINED,
            progress=1,
            trained_at=clock.now(),
            rows=learned,
            sha256=digest,
            report=report,
        )
