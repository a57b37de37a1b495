"""Related past answers (以往答复): how demands of the same kind were answered before.

Of the category's latest answered demands those come first whose petitioners were not dissatisfied,
then those that share most words. Published replies are for everybody, others for the unit that
gave them; what the centre answered itself is for the centre. Confidential and restricted demands
are never among them, and whoever is named in an answer is masked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from minsheng.demands.queries import dictionaries, here
from minsheng.demands.rules import DISSATISFIED, Disposal, Grade
from minsheng.directory.access import Actor
from minsheng.directory.permissions import Scope, scopes
from minsheng.foundation import statements
from minsheng.insight.language.masking import Masked
from minsheng.orders.rules import OrderState

MOST = 2
_LOOKED_AT = 200  # answered demands of a category, the latest, however many it has
_LEAST = 3  # words that two demands share at least, to be of the same kind

_PAST = """
SELECT d.id, d.number, d.title, a.unit_id, coalesce(a.reply, d.answer), d.completed_at,
    coalesce(f.grade, ''),
    cardinality(ARRAY(SELECT unnest(d.words) INTERSECT SELECT unnest(%(words)s::text[]))) AS shared
FROM (
    SELECT id, number, title, answer, disposal, completed_at, words FROM demands_demand
    WHERE category_id = %(category)s AND id <> %(but)s AND completed_at IS NOT NULL
        AND NOT restricted AND NOT confidential
    ORDER BY accepted_at DESC, id DESC LIMIT %(looked_at)s
) d
LEFT JOIN orders_assignment a ON a.demand_id = d.id AND a.part = 'lead' AND a.parent_id IS NULL
    AND a.state = %(completed)s AND a.reply <> ''
    AND (a.reply_public OR a.unit_id = ANY(%(own)s::bigint[]))
LEFT JOIN LATERAL (
    SELECT grade FROM followups_followup
    WHERE demand_id = d.id AND state = 'evaluated' AND valid ORDER BY evaluated_at DESC LIMIT 1
) f ON true
WHERE a.id IS NOT NULL OR (%(centre)s AND d.disposal = %(answered)s AND d.answer <> '')
ORDER BY coalesce(f.grade = ANY(%(unhappy)s::text[]), false), shared DESC, d.completed_at DESC, d.id
LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class PastAnswer:
    """One answer that was given before: to which demand, by which unit, when, and how it was taken.

    `demand` is its id where the reader may open it, else None; `unit` is empty for the centre;
    `grade` is the petitioner's evaluation in words, empty where nobody was asked.
    """

    demand: int | None
    number: str
    title: str
    unit: str
    text: str
    at: datetime
    grade: str


def past_answers(
    actor: Actor, category_id: int | None, words: Sequence[str], *, but: int = 0, most: int = MOST
) -> list[PastAnswer]:
    """Returns how demands of a category (id) were answered before, the most alike first.

    `words` are the tokens of the demand that is to be answered, `but` its id where it has one.
    """
    if category_id is None or not words:
        return []
    granted = scopes(actor.role, "demand.view")
    units = dictionaries().units
    own = units.below(actor.unit_id) if actor.unit_id and Scope.TREE in granted else []
    centre = Scope.ALL in granted
    rows = statements.rows(
        _PAST,
        {
            "words": [*words],
            "category": category_id,
            "but": but,
            "looked_at": _LOOKED_AT,
            "completed": OrderState.COMPLETED,
            "own": own,
            "centre": centre,
            "answered": Disposal.ANSWER,
            "unhappy": sorted(DISSATISFIED),
            "most": most,
        },
    )
    found = []
    for id, number, title, unit, text, at, grade, shared in rows:
        if shared < _LEAST:
            continue
        term = units.get(unit)
        found.append(
            PastAnswer(
                demand=id if centre or unit in own else None,
                number=number,
                title=Masked(title).text,
                unit=term.name if term else _("热线中心"),
                text=Masked(text).text,
                at=here(at),
                grade=str(Grade(grade).label) if grade else "",
            )
        )
    return found
