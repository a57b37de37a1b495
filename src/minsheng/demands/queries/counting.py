"""How many demands there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Count

from minsheng.demands.models import Demand
from minsheng.demands.queries.terms import Term, dictionaries
from minsheng.demands.rules import OPEN
from minsheng.directory.access import Actor, require
from minsheng.foundation import statements


@dataclass
class CategoryCount:
    """How many demands of a category there are; it is None where it is not known yet."""

    category: Term | None
    count: int


_COUNTS = """
SELECT category_id, sum(n)::bigint AS count FROM demands_tally WHERE state = ANY(%s::text[])
GROUP BY category_id HAVING sum(n) <> 0
"""
_COUNTS_AS_JSON = f"""
SELECT pg_current_snapshot()::text, coalesce(json_agg(json_build_object(
    'code', coalesce(code, ''), 'name', coalesce(name, ''), 'count', count
) ORDER BY code), '[]')::text
FROM ({_COUNTS}) counted LEFT JOIN catalogue_category ON catalogue_category.id = category_id
"""  # noqa: S608


def counts(actor: Actor, states: Sequence[str] = ()) -> list[CategoryCount]:
    """Returns how many demands of each category are in these states; the open ones by default.

    Read from the running tally: exact, and as quick for ten million demands as for ten. Restricted
    demands are not counted.
    """
    require(actor, "demand.count")
    categories = dictionaries().categories
    found = statements.rows(_COUNTS, [sorted(set(states) or OPEN)])
    return [CategoryCount(categories.get(category), count) for category, count in found]


def counts_as_json(actor: Actor, states: Sequence[str] = ()) -> str:
    """Returns `counts` as a JSON array of code, name and count, written by the database itself.

    This is asked all the time. As long as nothing at all was written to the database (its snapshot
    says so), the text of the last time is right, and is returned again.
    """
    require(actor, "demand.count")
    wanted = tuple(sorted(set(states) or OPEN))
    # Within a transaction one would not see one's own writes in the snapshot.
    if not connection.in_atomic_block and wanted in _counted:
        ((snapshot,),) = statements.rows("SELECT pg_current_snapshot()::text")
        kept_snapshot, kept = _counted[wanted]
        if kept_snapshot == snapshot:
            return kept
    ((snapshot, found),) = statements.rows(_COUNTS_AS_JSON, [list(wanted)])
    _counted[wanted] = snapshot, found
    return str(found)


# What was counted last, by states, and the database's snapshot at that moment.
_counted: dict[tuple[str, ...], tuple[str, str]] = {}


def answers_by_item(since: datetime) -> dict[str, int]:
    """Returns how many of the demands since then were answered from which knowledge item (code)."""
    answered = Demand.objects.filter(accepted_at__gte=since, knowledge__isnull=False)
    rows = answered.values_list("knowledge__code").annotate(times=Count("pk"))
    return dict(rows.order_by("knowledge__code"))


def times_answered_from(code: str, since: datetime) -> int:
    """Returns how many demands were answered from a knowledge item, any version, since then."""
    return Demand.objects.filter(knowledge__code=code, completed_at__gte=since).count()
