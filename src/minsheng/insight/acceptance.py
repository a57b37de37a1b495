"""What people made of suggestions (采用情况): by version and field, by check, by rule."""

import re
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from minsheng.directory.access import Actor, require
from minsheng.foundation import clock, statements
from minsheng.insight.hot_issues.rules import rules
from minsheng.insight.models import Suggestion

What = Suggestion.What
_CHECKS = (What.CHECK, What.AUDIT)


@dataclass(frozen=True, slots=True)
class Acceptance:
    """How often suggestions for one field were taken, by the version that made them.

    `model` is empty for rules, keywords and the catalogue, `M3` for a version of the city's own,
    else the name of a language model. `shown` counts demands, `first` those
    where the first suggestion was chosen, `among` those where any of them was.
    """

    model: str
    what: str
    label: str
    shown: int
    first: int
    among: int

    @property
    def version(self) -> int | None:
        """The number of the city's own version; None for rules and for a language model."""
        return int(self.model[1:]) if re.fullmatch(r"M\d+", self.model) else None

    @property
    def first_share(self) -> float:
        return self.first / self.shown

    @property
    def among_share(self) -> float:
        return self.among / self.shown


def acceptance(actor: Actor, since: datetime) -> list[Acceptance]:
    """Returns how often suggestions were taken since then, by version and field.

    Where nothing was chosen, nothing was taken. What a check points out is in `heeded`. Raises
    Forbidden.
    """
    require(actor, "insight.view")
    rows = (
        Suggestion.objects.filter(at__gte=since)
        .exclude(what__in=_CHECKS)
        .values_list("model", "what")
        .annotate(
            shown=Count("pk"),
            first=Count("pk", filter=Q(rank=0)),
            among=Count("pk", filter=Q(rank__isnull=False)),
        )
        .order_by("model", "what")
    )
    labels = dict(What.choices)
    return [Acceptance(model, what, str(labels[what]), *counts) for model, what, *counts in rows]


_HEEDED = """
SELECT code,
    count(*) FILTER (WHERE what = 'check'),
    count(*) FILTER (WHERE what = 'check' AND code = ANY(string_to_array(chosen, ' '))),
    count(*) FILTER (WHERE what = 'audit'),
    count(*) FILTER (WHERE what = 'audit' AND code = ANY(string_to_array(chosen, ' ')))
FROM insight_suggestion, unnest("values") AS code
WHERE at >= %s AND what IN ('check', 'audit')
GROUP BY code ORDER BY 2 DESC, 4 DESC, code
"""


@dataclass(frozen=True, slots=True)
class Heeded:
    """What became of one thing (a code of `replies.Finding`) that the check of replies pointed out.

    `told` counts replies that had it when the unit first tried to send them, `mended` those of them
    that had it no more when they went. `audited` counts decisions on a reply in whose sight it was,
    `quoted` those of them that sent the reply back and took it over as a reason.
    """

    code: str
    told: int
    mended: int
    audited: int
    quoted: int

    @property
    def kept(self) -> int:
        return self.told - self.mended

    @property
    def mended_share(self) -> float | None:
        return self.mended / self.told if self.told else None

    @property
    def quoted_share(self) -> float | None:
        return self.quoted / self.audited if self.audited else None


def heeded(actor: Actor, since: datetime) -> list[Heeded]:
    """Returns what units and auditors made of the check of replies. Raises Forbidden."""
    require(actor, "insight.view")
    return [Heeded(*row) for row in statements.rows(_HEEDED, [since])]


_JUDGED = """
SELECT 'warning', rule, count(*), count(*) FILTER (WHERE state = 'taken'),
    count(*) FILTER (WHERE state = 'dismissed')
FROM insight_hotissue WHERE at >= %(since)s GROUP BY rule
UNION ALL
SELECT 'event', '', count(*), count(*) FILTER (WHERE state IN ('confirmed', 'closed')),
    count(*) FILTER (WHERE state = 'dismissed')
FROM insight_event WHERE made_at >= %(since)s HAVING count(*) > 0
UNION ALL
SELECT 'place', '', count(*), count(*) FILTER (WHERE state = 'confirmed'),
    count(*) FILTER (WHERE state = 'rejected')
FROM insight_placeproposal WHERE settled_at >= %(since)s OR state = 'open' HAVING count(*) > 0
ORDER BY 1 DESC, 3 DESC, 2
"""


@dataclass(frozen=True, slots=True)
class Judged:
    """What people made of warnings of one rule, of events, or of names of places.

    `what` is warning, event or place, `rule` the name of the rule (empty for the others);
    `waiting` were not judged yet.
    """

    what: str
    rule: str
    told: int
    accepted: int
    dismissed: int

    @property
    def waiting(self) -> int:
        return self.told - self.accepted - self.dismissed

    @property
    def accepted_share(self) -> float | None:
        judged = self.accepted + self.dismissed
        return self.accepted / judged if judged else None


def judged(actor: Actor, since: datetime) -> list[Judged]:
    """Returns what became of warnings and events found since then, and of names of places.

    A place counts from when it was settled, or while it waits. Raises Forbidden.
    """
    require(actor, "insight.view")
    names = {rule.code: rule.name for rule in rules(clock.now().date())}
    return [
        Judged(what, names.get(rule, rule), *counts)
        for what, rule, *counts in statements.rows(_JUDGED, {"since": since})
    ]
