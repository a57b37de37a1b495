"""Tables of supervision, by noun."""

from minsheng.supervision.models.checks import Draw, FieldCheck, Joint, Recheck, Site
from minsheng.supervision.models.clues import Clue
from minsheng.supervision.models.ladder import Alert, AlertRule, Measure
from minsheng.supervision.models.meetings import Decision, Meeting
from minsheng.supervision.models.ownership import DutyUnit, Ownership

__all__ = [
    "Alert",
    "AlertRule",
    "Clue",
    "Decision",
    "Draw",
    "DutyUnit",
    "FieldCheck",
    "Joint",
    "Measure",
    "Meeting",
    "Ownership",
    "Recheck",
    "Site",
]
