"""A worker that is killed in the middle of a job: the next one does the rest, and nothing twice."""

import os
import subprocess
import sys
from urllib.parse import quote

import pytest
from django.db import connection, transaction

from minsheng.demands.models import Demand
from minsheng.foundation.models import JournalEntry
from support.town import inhabited
from support.waiting import until


def worker() -> "subprocess.Popen[bytes]":
    """Starts a real worker on the database of this test."""
    at = connection.settings_dict
    host = quote(at["HOST"], safe="")
    url = f"postgresql://{at['USER']}:{quote(at['PASSWORD'])}@/{at['NAME']}?host={host}"
    url += f"&port={at['PORT']}" if at["PORT"] else ""
    return subprocess.Popen(
        [sys.executable, "-m", "minsheng", "worker"],
        env={**os.environ, "DATABASE_URL": url},
        stdout=subprocess.DEVNULL,
    )


def archived() -> int:
    return Demand.objects.filter(state="archived").count()


@pytest.mark.django_db(transaction=True)
def test_the_next_worker_does_the_rest():
    with inhabited() as town:
        ended = [town.demand("answered") for _ in range(6)]
    with transaction.atomic():
        Demand.objects.select_for_update().get(pk=ended[3].pk)  # here the first worker has to wait
        first = worker()
        try:
            until("three are archived", lambda: archived() == 3)
        finally:
            first.kill()
            first.wait()
    assert archived() == 3
    second = worker()
    try:
        until("all are archived", lambda: archived() == 6)
    finally:
        second.terminate()
        second.wait()
    entries = JournalEntry.objects.filter(action="demand.archive")
    assert sorted(entries.values_list("subject_id", flat=True)) == [one.pk for one in ended]
