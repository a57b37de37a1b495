"""What insight keeps in the database, one module per noun."""

from minsheng.insight.models.events import Event, Membership
from minsheng.insight.models.hot_issues import HotIssue, HotIssueRule
from minsheng.insight.models.places import NamedPlace, PlaceProposal
from minsheng.insight.models.suggestions import Suggestion
from minsheng.insight.models.traces import NEXT_SERIAL, Folding, Posting, Trace
from minsheng.insight.models.versions import ModelVersion

__all__ = [
    "NEXT_SERIAL",
    "Event",
    "Folding",
    "HotIssue",
    "HotIssueRule",
    "Membership",
    "ModelVersion",
    "NamedPlace",
    "PlaceProposal",
    "Posting",
    "Suggestion",
    "Trace",
]
