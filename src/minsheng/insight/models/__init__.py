"""What insight keeps in the database, one module per noun."""

from minsheng.insight.models.events import Event, Membership
from minsheng.insight.models.hot_issues import HotIssue
from minsheng.insight.models.places import NamedPlace
from minsheng.insight.models.suggestions import Suggestion
from minsheng.insight.models.traces import NEXT_SERIAL, Folding, Posting, Trace
from minsheng.insight.models.versions import ModelVersion

__all__ = [
    "NEXT_SERIAL",
    "Event",
    "Folding",
    "HotIssue",
    "Membership",
    "ModelVersion",
    "NamedPlace",
    "Posting",
    "Suggestion",
    "Trace",
]
