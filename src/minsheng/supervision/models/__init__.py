"""Tables of supervision, by noun."""

from minsheng.supervision.models.checks import Draw, FieldCheck, Joint, Recheck, Site
from minsheng.supervision.models.clues import Clue
from minsheng.supervision.models.ladder import Alert, AlertRule, Measure
from minsheng.supervision.models.meetings import Decision, Meeting
from minsheng.supervision.models.ownership import DutyUnit, Ownership
from minsheng.supervision.models.pledges import Instruction, Promise

__all__ = [
    "Alert",
    "AlertRule",
    "Clue",
    "Decision",
    "Draw",
    "DutyUnit",
    "FieldCheck",
    "Instruction",
    "Joint",
    "Measure",
    "Meeting",
    "Ownership",
    "Promise",
    "Recheck",
    "Site",
]
