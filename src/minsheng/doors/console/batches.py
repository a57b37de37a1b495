"""Many things done with one press: each wholly or not at all, and what became of each told by line.

Every step is a transaction of its own, so that one that is refused holds up no other. The results
are kept under the form's token: a second press is led to those of the first.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError, models, transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from minsheng.doors.console.entry import StaffRequest, staff_page
from minsheng.doors.models import Batch
from minsheng.foundation import clock
from minsheng.foundation.errors import NotFound, Refused


class Outcome(models.TextChoices):
    DONE = "done", gettext_lazy("办成")
    SAME = "same", gettext_lazy("无变化")
    REFUSED = "refused", gettext_lazy("没有办成")


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do: what it is about, where to look, and the call.

    `do` returns what is said afterwards, and raises Refused for what cannot be done or `Same` for
    what was done before.
    """

    ref: str
    title: str
    what: str
    address: str
    do: Callable[[], str]


class Same(Exception):
    """What was to be done was done before; nothing has changed."""


def run(
    request: StaffRequest, token: UUID, heading: str, steps: Callable[[], Iterable[Step]]
) -> HttpResponse:
    """Takes the steps one after the other and leads to their results."""
    try:
        with transaction.atomic():
            batch = Batch.objects.create(
                token=token, staff=request.post.staff, at=clock.now(), heading=heading
            )
    except IntegrityError:
        return redirect("console:batch", token)
    batch.lines = [_taken(step) for step in steps()]
    batch.finished_at = clock.now()
    batch.save(update_fields=["lines", "finished_at"])
    return redirect("console:batch", token)


def _taken(step: Step) -> dict[str, str]:
    outcome, said = Outcome.DONE, ""
    try:
        with transaction.atomic():
            said = step.do()
    except Same as same:
        outcome, said = Outcome.SAME, str(same)
    except Refused as refused:
        outcome, said = Outcome.REFUSED, str(refused)
    return {
        "ref": step.ref,
        "title": step.title,
        "what": step.what,
        "address": step.address,
        "outcome": outcome.value,
        "said": said,
    }


def find(request: StaffRequest, token: UUID) -> Batch:
    """Returns a batch of one's own. Raises NotFound."""
    batch = Batch.objects.filter(token=token, staff=request.post.staff).first()
    if batch is None:
        raise NotFound("not_found", _("没有找到这次批量办理的结果；结果保留七天。"))
    return batch


@staff_page("demand.view")
def show(request: StaffRequest, token: UUID) -> HttpResponse:
    """What became of each line, with what was refused marked and its reason beside it."""
    batch = find(request, token)
    counts = {
        outcome: sum(line["outcome"] == outcome for line in batch.lines) for outcome in Outcome
    }
    context = {
        "batch": batch,
        "counts": [(outcome, counts[outcome]) for outcome in Outcome if counts[outcome]],
        "lines": [{**line, "label": Outcome(line["outcome"]).label} for line in batch.lines],
    }
    return render(request, "console/batch.html", context)
