"""The journal of a demand as people read it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from django.utils.translation import gettext_lazy as _

from minsheng.demands.models import Demand
from minsheng.demands.queries import dictionaries, hidden_in_journal
from minsheng.demands.rules import LIFECYCLE as DEMAND_LIFECYCLE
from minsheng.directory.access import Actor
from minsheng.directory.permissions import scopes
from minsheng.foundation.gather import Gathered, gather_about
from minsheng.orders.rules import LIFECYCLE

#: What a timeline is made of, by the demand's id; see `gather_about`.
JOURNAL = {
    "journal": """
        SELECT e.seq AS id, e.at, e.action, e.staff, coalesce(s.name, '') AS name, e.role, e.unit,
            e.body
        FROM foundation_journalentry e LEFT JOIN directory_staff s ON s.username = e.staff
        WHERE e.subject_kind = 'demand' AND e.subject_id = %s
    """,
}


#: How the names of what the journal holds end that is read by machines.
_NO_WORDS = ("_at", "_on", "state", "limit")


@dataclass
class Line:
    """A line of the journal as people read it. `order` is the number of the order and its unit."""

    at: datetime
    action: str
    label: str
    staff: str
    name: str
    role: str
    unit: str
    order: str
    reason: str
    previous_due_at: datetime | None
    changes: Mapping[str, Any]


#: The words for every action that a demand's journal knows.
LABELS = {
    "identity.reveal": _("查看诉求人信息"),
    **{action: row.label for action, row in DEMAND_LIFECYCLE.rows.items()},
    **{action: row.label for action, row in LIFECYCLE.rows.items()},
    # What supervision does stands in the journal of the demand that it is about.
    "measure.issue": _("下发督办文书"),
    "measure.answer": _("答复督办"),
    "measure.send_back": _("督办退回重报"),
    "measure.escalate": _("提级督办"),
    "measure.close": _("督办销号"),
    "recheck.hold": _("回头看属实"),
    "recheck.reopen": _("回头看后重新受理"),
    "field_check.order": _("安排现场核查"),
    "field_check.report": _("现场核查结果"),
    "ownership.open": _("提请权属认定"),
    "ownership.visit": _("权属勘查"),
    "ownership.put_off": _("权属案件列入积存"),
    "ownership.decide": _("认定权属"),
    "instruction.give": _("作出批示"),
    "instruction.order": _("转为指令工单"),
    "instruction.report": _("反馈批示"),
    "instruction.send_back": _("批示退回再办"),
    "instruction.close": _("批示办结"),
}


def timeline(actor: Actor, demand: Demand, parts: Gathered | None = None) -> list[Line]:
    """Returns the journal of a demand (with all of its orders), the oldest line first.

    Empty for roles that may not read the journal. For `parts` see `belongings.PARTS`.
    """
    if not scopes(actor.role, "journal.view"):
        return []
    hide = hidden_in_journal(actor, demand)
    units = dictionaries().units
    lines = []
    for row in (parts or gather_about(demand.pk, JOURNAL))["journal"]:
        said = orjson.loads(row["body"])
        if hide:
            said["reason"] = hide(said["reason"])
            said["changes"] = _bare(said["changes"], hide)
        previous = said["previous_due_at"]
        term = units.get(units.ids.get(row["unit"]))
        lines.append(
            Line(
                at=row["at"],
                action=row["action"],
                label=str(LABELS.get(row["action"], row["action"])),
                staff=row["staff"],
                name=row["name"],
                role=row["role"],
                unit=term.name if term else "",
                order=said["changes"].get("note", {}).get("order", ""),
                reason=said["reason"],
                previous_due_at=datetime.fromisoformat(previous) if previous else None,
                changes=said["changes"],
            )
        )
    return lines


def _bare(said: Any, hide: Callable[[str], str], name: str = "") -> Any:
    """Returns what became of what, with all words bare; moments, states and limits are none."""
    if isinstance(said, dict):
        return {name: _bare(value, hide, name) for name, value in said.items()}
    if isinstance(said, list):
        return [_bare(value, hide, name) for value in said]
    if not isinstance(said, str) or name.endswith(_NO_WORDS):
        return said
    return hide(said)
