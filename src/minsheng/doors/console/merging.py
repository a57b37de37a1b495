"""并单: two demands side by side, with what differs marked, before one ends in the other."""

from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from minsheng.demands import actions as demands
from minsheng.demands import queries
from minsheng.demands.models import Demand
from minsheng.demands.rules import DemandState
from minsheng.directory.access import Actor
from minsheng.doors.console.beside import MOST_ALIKE
from minsheng.doors.console.entry import StaffRequest, staff_page
from minsheng.doors.console.forms import OnceForm, words
from minsheng.doors.console.insight import keep_choices
from minsheng.doors.console.once import submitted
from minsheng.doors.console.worklists import whereabouts
from minsheng.foundation.errors import Conflict
from minsheng.foundation.language import listed
from minsheng.insight.queries import similar_to
from minsheng.insight.suggesting import Suggested

_COMPARED = 3000  # characters of a text; what follows is shown unmarked


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a text; `differs` where the other text does not have it."""

    said: str
    differs: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One thing about both demands: what it is called, the one's and the other's."""

    label: str
    left: list[Part]
    right: list[Part]


def differences(left: str, right: str) -> tuple[list[Part], list[Part]]:
    """Returns two texts in pieces, those marked that the other one does not have."""
    one, other = left[:_COMPARED], right[:_COMPARED]
    lefts: list[Part] = []
    rights: list[Part] = []
    for tag, a, b, c, d in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        lefts += [Part(one[a:b], tag != "equal")] if b > a else []
        rights += [Part(other[c:d], tag != "equal")] if d > c else []
    lefts += [Part(left[_COMPARED:], False)] if left[_COMPARED:] else []
    rights += [Part(right[_COMPARED:], False)] if right[_COMPARED:] else []
    return lefts, rights


def _facts(actor: Actor, demand: Demand) -> dict[str, str]:
    """Returns what is compared of a demand, by what it is called."""
    detail = queries.detail(actor, demand)
    person = detail.petitioner
    units = queries.dictionaries().units
    return {
        _("标题"): detail.title,
        _("内容"): detail.text,
        _("诉求类别"): " / ".join(detail.category.path) if detail.category else "",
        _("地点"): whereabouts(detail.district, detail.place),
        _("诉求人"): f"{person.name} {person.phone}" if person else "",
        _("渠道"): detail.channel.name,
        _("受理时间"): f"{detail.accepted_at:%Y-%m-%d %H:%M}" if detail.accepted_at else "",
        _("状态"): str(DemandState(detail.state).label),
        _("承办单位"): listed(term.name for unit in demand.unit_ids if (term := units.get(unit))),
    }


def compared(actor: Actor, later: Demand, earlier: Demand) -> list[Line]:
    """Returns all that is compared of two demands, the earlier one on the left."""
    left, right = _facts(actor, earlier), _facts(actor, later)
    return [Line(label, *differences(left[label], right[label])) for label in left]


class MergeForm(OnceForm):
    reason = words(gettext_lazy("说明"), required=False, rows=2)


@staff_page("demand.merge")
def merge(request: StaffRequest, pk: int, other: int) -> HttpResponse:
    """Shows two demands side by side, and merges the later one into the earlier."""
    found = [queries.find(request.actor, id=key) for key in (pk, other)]
    if pk == other or not all(demand.accepted_at for demand in found):
        raise Conflict("not_comparable", _("这两件不能比较并单；请选择另一件已受理的诉求。"))
    earlier, later = sorted(found, key=lambda one: (one.accepted_at, one.pk))
    form = MergeForm(request.POST or None)
    answer, status = submitted(request, form, lambda: _merged(request, form, later, earlier))
    if answer:
        return answer
    similar = similar_to(request.actor, later, MOST_ALIKE)
    context: dict[str, Any] = {
        "form": form,
        "earlier": earlier,
        "later": later,
        "lines": compared(request.actor, later, earlier),
        "possible": later.state == DemandState.ACCEPTED,
        "suggested": Suggested(similar=similar),
        "likeness": next((one for one in similar if one.value == earlier.number), None),
    }
    return render(request, "console/merge.html", context, status=status)


def _merged(
    request: StaffRequest, form: MergeForm, later: Demand, earlier: Demand
) -> tuple[str, str]:
    assert earlier.number
    demands.merge(request.actor, later.pk, into=earlier.number, reason=form.cleaned_data["reason"])
    keep_choices(request, later.pk)
    said = _("%(later)s已并入%(earlier)s。") % {"later": later.number, "earlier": earlier.number}
    return said, reverse("console:dispatch-next", args=["assign", later.pk])
