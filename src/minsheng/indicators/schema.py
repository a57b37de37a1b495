"""What the facts hold: every fact table and its columns, as a literal table.

A column is a name, a type and the SQL that draws it. Flags are 0 or 1 rather than booleans, and
durations whole numbers, so that every engine computes the same; moments are in the city's own time,
without a zone. There is nothing here that tells who somebody is, and no text that people wrote.
Restricted demands (纪检) are left out altogether: nobody may conclude anything about them.
"""

# ruff: noqa: S608 (the SQL is put together from this file's own literals)

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from minsheng.demands.rules import DISSATISFIED, Disposal
from minsheng.indicators import proceedings
from minsheng.orders.rules import OrderState

#: A demand is a repeat when its petitioner raised one of the same category so many days before.
REPEAT_DAYS = 30

FLAG, SMALL, NUMBER, TEXT = pa.int8(), pa.int32(), pa.int64(), pa.string()
MOMENT = pa.timestamp("us")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a fact table: its name, its type and the SQL expression that it is drawn by."""

    name: str
    type: pa.DataType
    sql: str


@dataclass(frozen=True, slots=True)
class FactTable:
    """A table of facts with one row per `key`; `source` is the SQL behind FROM."""

    name: str
    key: str
    columns: Sequence[Column]
    source: str

    @property
    def schema(self) -> pa.Schema:
        return pa.schema([(column.name, column.type) for column in self.columns])

    def select(self, where: str) -> str:
        """Returns the statement that draws the rows for which `where` holds, by ascending key."""
        wanted = ", ".join(f"{column.sql} AS {column.name}" for column in self.columns)
        return f"SELECT {wanted} FROM {self.source} WHERE {where} ORDER BY {self.key}"


def local(sql: str) -> str:
    """Returns the SQL of a moment in the city's time."""
    return f"{sql} AT TIME ZONE 'Asia/Shanghai'"


def moment(name: str, sql: str) -> Column:
    return Column(name, MOMENT, local(sql))


def flag(name: str, sql: str) -> Column:
    """Returns a column of 0 and 1; what is unknown is 0."""
    return Column(name, FLAG, f"coalesce({sql}, false)::int")


def _among(values: Sequence[str] | frozenset[str]) -> str:
    return "({})".format(", ".join(f"'{value}'" for value in sorted(values)))


# What is said of the demand `d` in every table that is about one.
_OF_DEMAND = (
    Column("demand_id", NUMBER, "d.id"),
    moment("accepted_at", "d.accepted_at"),
    Column("channel_id", NUMBER, "d.channel_id"),
    Column("kind_id", NUMBER, "d.kind_id"),
    Column("category_id", NUMBER, "d.category_id"),
    Column("district_id", NUMBER, "d.district_id"),
    Column("origin", TEXT, "d.origin"),
    Column("element", TEXT, "coalesce(nullif(d.element, ''), nullif(c.element, ''))"),
    Column("petitioner_kind", TEXT, "nullif(d.petitioner_kind, '')"),
    flag("is_public", "ch.is_public"),
    flag("is_collector", "ch.is_collector"),
    flag("urgent", "d.urgent"),
    flag("enterprise", "d.enterprise"),
    flag("excluded", "d.excluded"),
)
_DEMAND_SOURCE = (
    "demands_demand d JOIN catalogue_channel ch ON ch.id = d.channel_id"
    " LEFT JOIN catalogue_category c ON c.id = d.category_id"
)


def _same_matter(order: str, span: str) -> str:
    """Returns SQL that is true where the petitioner raised the same matter before (<) or after."""
    return (
        "EXISTS (SELECT FROM demands_demand e WHERE e.petitioner_id = d.petitioner_id"
        " AND e.category_id = d.category_id AND NOT e.restricted"
        f" AND (e.accepted_at, e.id) {order} (d.accepted_at, d.id)"
        f" AND e.accepted_at BETWEEN {span})"
    )


_DAYS = f"interval '{REPEAT_DAYS} days'"
_BEFORE = _same_matter("<", f"d.accepted_at - {_DAYS} AND d.accepted_at")
_AFTER = _same_matter(">", f"d.accepted_at AND d.accepted_at + {_DAYS}")

DEMANDS = FactTable(
    "demands",
    "demand_id",
    (
        *_OF_DEMAND,
        Column("unit_id", NUMBER, "lead.unit_id"),
        moment(
            "ended_at",
            "coalesce(d.completed_at, d.archived_at,"
            " CASE WHEN d.state = 'withdrawn' THEN d.state_at END)",
        ),
        flag("direct", f"d.disposal IN {_among([Disposal.ANSWER, Disposal.TRANSFER])}"),
        flag("assigned", f"d.disposal = '{Disposal.ASSIGN}' OR lead.unit_id IS NOT NULL"),
        flag("rejected", f"d.disposal = '{Disposal.REJECT}'"),
        flag("merged", "d.merged_into_id IS NOT NULL"),
        flag("escalated", "d.escalated"),
        flag("difficult", "d.difficult"),
        flag("reopened", "d.reopened_count > 0"),
        # The same person, the same category, within the days before, and within those after.
        flag("repeats", f"d.merged_into_id IS NOT NULL OR {_BEFORE}"),
        flag("repeated", _AFTER),
        flag("named", "d.petitioner_id IS NOT NULL OR d.merged_into_id IS NOT NULL"),
    ),
    # The lead that has it now, or else the one that had it last.
    f"{_DEMAND_SOURCE} LEFT JOIN LATERAL (SELECT a.unit_id FROM orders_assignment a"
    " WHERE a.demand_id = d.id AND a.part = 'lead' AND a.parent_id IS NULL"
    " ORDER BY a.state IN "
    f"{_among([OrderState.RETURNED, OrderState.REASSIGNED, OrderState.RECALLED])}, a.id DESC"
    " LIMIT 1) lead ON true",
)

_GONE = _among([OrderState.RETURNED, OrderState.REASSIGNED, OrderState.RECALLED, OrderState.LAPSED])
_EVALUATED = "fu.grade IS NOT NULL"

ASSIGNMENTS = FactTable(
    "assignments",
    "assignment_id",
    (
        Column("assignment_id", NUMBER, "a.id"),
        Column("work_order_id", NUMBER, "a.work_order_id"),
        Column("unit_id", NUMBER, "a.unit_id"),
        Column("part", TEXT, "a.part"),
        Column("basis", TEXT, "nullif(a.basis, '')"),
        Column("level", SMALL, "a.level"),
        flag("onward", "a.parent_id IS NOT NULL"),
        *_OF_DEMAND,
        moment("assigned_at", "a.assigned_at"),
        moment("sign_due_at", "a.sign_due_at"),
        moment("signed_at", "a.signed_at"),
        moment("contact_due_at", "a.contact_due_at"),
        moment("contacted_at", "a.contacted_at"),
        moment("due_at", "a.due_at"),
        moment("handled_at", "a.handled_at"),
        moment("completed_at", "a.completed_at"),
        moment("closed_at", "a.closed_at"),
        Column(
            "sign_seconds",
            NUMBER,
            "round(extract(epoch FROM a.signed_at - a.assigned_at))::bigint",
        ),
        Column(
            "completion_seconds",
            NUMBER,
            "round(extract(epoch FROM a.completed_at - a.assigned_at))::bigint",
        ),
        # Filled in from the city's calendar when the facts are drawn.
        Column("completion_workdays", SMALL, "NULL::int"),
        flag("standing", f"a.state NOT IN {_GONE}"),
        flag("suspended", f"a.state = '{OrderState.SUSPENDED}'"),
        flag("returned", f"a.state = '{OrderState.RETURNED}'"),
        flag("reassigned", f"a.state = '{OrderState.REASSIGNED}'"),
        Column("rework_count", SMALL, "a.rework_count"),
        Column("extension_count", SMALL, "a.extension_count"),
        Column("urge_count", SMALL, "a.urge_count"),
        flag("sampled", "asked.sampled"),
        flag("evaluated", _EVALUATED),
        flag("valid", f"{_EVALUATED} AND fu.valid"),
        flag("dissatisfied", f"fu.grade IN {_among(DISSATISFIED)}"),
        Column("grade", TEXT, "nullif(fu.grade, '')"),
        Column("solved", FLAG, "fu.solved::int"),
    ),
    f"{_DEMAND_SOURCE} JOIN orders_assignment a ON a.demand_id = d.id"
    " LEFT JOIN LATERAL (SELECT bool_or(f.sampled) AS sampled FROM followups_followup f"
    " WHERE f.assignment_id = a.id AND f.state <> 'cancelled') asked ON true"
    # What was said last counts, even while another round of asking is under way.
    " LEFT JOIN LATERAL (SELECT f.grade, f.valid, f.solved FROM followups_followup f"
    " WHERE f.assignment_id = a.id AND f.state = 'evaluated'"
    " ORDER BY f.round DESC, f.id DESC LIMIT 1) fu ON true",
)

FOLLOW_UPS = FactTable(
    "follow_ups",
    "follow_up_id",
    (
        Column("follow_up_id", NUMBER, "f.id"),
        Column("unit_id", NUMBER, "a.unit_id"),
        *_OF_DEMAND,
        Column("round", SMALL, "f.round"),
        Column("attempts", SMALL, "f.attempt_count"),
        Column("source", TEXT, "nullif(f.source, '')"),
        Column("reason", TEXT, "nullif(f.reason_code, '')"),
        Column("grade", TEXT, "nullif(f.grade, '')"),
        flag("direct", "f.assignment_id IS NULL"),
        flag("sampled", "f.sampled"),
        flag("evaluated", "f.state = 'evaluated'"),
        flag("unreached", "f.state = 'unreached'"),
        flag("valid", "f.state = 'evaluated' AND f.valid"),
        flag("dissatisfied", f"f.state = 'evaluated' AND f.grade IN {_among(DISSATISFIED)}"),
        Column("solved", FLAG, "f.solved::int"),
        moment("planned_at", "f.planned_at"),
        moment("evaluated_at", "f.evaluated_at"),
    ),
    f"{_DEMAND_SOURCE} JOIN followups_followup f ON f.demand_id = d.id AND f.state <> 'cancelled'"
    " LEFT JOIN orders_assignment a ON a.id = f.assignment_id",
)

CALLS = FactTable(
    "calls",
    "call_id",
    (
        Column("call_id", NUMBER, "k.id"),
        Column("direction", TEXT, "k.direction"),
        Column("line", TEXT, "nullif(k.line, '')"),
        Column("agent", TEXT, "nullif(k.agent, '')"),
        moment("offered_at", "k.offered_at"),
        flag("answered", "k.answered_at IS NOT NULL"),
        flag("abandoned", "k.abandoned"),
        flag("unclosed", "k.unclosed"),
        flag("with_demand", "k.demand_no <> ''"),
        Column("wait_seconds", NUMBER, "k.wait_seconds"),
        Column("talk_seconds", NUMBER, "k.talk_seconds"),
        Column("hold_seconds", NUMBER, "k.hold_seconds"),
        Column("after_call_seconds", NUMBER, "k.after_call_seconds"),
    ),
    "calls_call k",
)

PROCEEDINGS = FactTable(
    "proceedings",
    "proceeding_id",
    (
        Column("proceeding_id", NUMBER, "p.id"),
        Column("proceeding", TEXT, "p.kind"),
        Column("unit_id", NUMBER, "p.unit_id"),
        Column("register", TEXT, "p.register"),
        Column("outcome", TEXT, "p.outcome"),
        Column("score", NUMBER, "p.score"),
        moment("opened_at", "p.opened_at"),
        moment("due_at", "p.due_at"),
        moment("answered_at", "p.answered_at"),
        moment("closed_at", "p.closed_at"),
    ),
    proceedings.SOURCE,
)


@dataclass(frozen=True, slots=True)
class Family:
    """Tables that are kept in one file for each month of `moment` of `rows`, which they rest on.

    `condition` is the SQL that says which of these rows are facts.
    """

    rows: str
    moment: str
    condition: str
    tables: Sequence[FactTable]


OF_DEMANDS = Family(
    "demands_demand d",
    "d.accepted_at",
    "d.accepted_at IS NOT NULL AND NOT d.restricted",
    (DEMANDS, ASSIGNMENTS, FOLLOW_UPS),
)
OF_CALLS = Family("calls_call k", "k.offered_at", "true", (CALLS,))
OF_PROCEEDINGS = Family(
    proceedings.SOURCE, "p.opened_at", "p.opened_at IS NOT NULL", (PROCEEDINGS,)
)
FAMILIES = (OF_DEMANDS, OF_CALLS, OF_PROCEEDINGS)
FACT_TABLES = {table.name: table for family in FAMILIES for table in family.tables}


# Names are what people read; where two things share one, it says below what they stand.
_LABEL = (
    "CASE WHEN count(*) OVER (PARTITION BY n.name) > 1 AND p.name IS NOT NULL"
    " THEN n.name || '（' || p.name || '）' ELSE n.name END"
)


# What an import made has no code that anybody knows.
_SPOKEN = "CASE WHEN n.code LIKE 'import-%' THEN n.name ELSE n.code END"


def _labelled(table: str) -> str:
    """Returns the SQL of a dictionary's rows with their labels."""
    return (
        f"(SELECT n.*, {_LABEL} AS label FROM {table} n LEFT JOIN {table} p ON p.id = n.parent_id)"
    )


def _above(level: int) -> str:
    """Returns the SQL of the label of a category's ancestor (or its own) on a level."""
    return (
        "(SELECT z.label FROM labelled z"
        f" WHERE z.level = {level} AND (z.id = y.id OR z.id = ANY(y.lineage)) LIMIT 1)"
    )


def _names(name: str, key: str, source: str, *columns: Column) -> FactTable:
    return FactTable(name, key, (Column(key, NUMBER, "n.id"), *columns), source)


#: Small tables, drawn whole: what the ids in the facts are called.
NAME_TABLES = {
    table.name: table
    for table in (
        _names(
            "units",
            "unit_id",
            f"{_labelled('directory_unit')} n",
            Column("code", TEXT, "n.code"),
            Column("unit", TEXT, "n.label"),
            Column("unit_group", TEXT, "nullif(n.unit_group, '')"),
            Column("unit_kind", TEXT, "n.kind"),
        ),
        _names(
            "categories",
            "category_id",
            f"(WITH labelled AS {_labelled('catalogue_category')} SELECT y.*, {_above(1)} AS first,"
            f" {_above(2)} AS second, {_above(3)} AS third FROM labelled y) n",
            Column("code", TEXT, "n.code"),
            Column("category", TEXT, "n.label"),
            Column("category1", TEXT, "n.first"),
            Column("category2", TEXT, "n.second"),
            Column("category3", TEXT, "n.third"),
        ),
        _names(
            "districts",
            "district_id",
            f"{_labelled('directory_district')} n",
            Column("code", TEXT, "n.code"),
            Column("street", TEXT, "n.label"),
            Column(
                "district",
                TEXT,
                "coalesce((SELECT z.name FROM directory_district z"
                " WHERE z.level IN ('district', 'zone') AND z.id = ANY(n.lineage) LIMIT 1),"
                " n.label)",
            ),
        ),
        _names(
            "channels",
            "channel_id",
            "catalogue_channel n",
            Column("channel", TEXT, _SPOKEN),
            Column("label", TEXT, "n.name"),
        ),
        _names(
            "kinds",
            "kind_id",
            "catalogue_kind n",
            Column("kind", TEXT, _SPOKEN),
            Column("label", TEXT, "n.name"),
        ),
        # Who takes calls, for seats per inhabitants: every row says how many inhabitants there are.
        _names(
            "seats",
            "post_id",
            "(SELECT * FROM directory_post WHERE role = 'agent') n",
            Column("staff_id", NUMBER, "n.staff_id"),
            moment("since", "n.since"),
            moment("until", "n.until"),
            Column("population", NUMBER, "(SELECT max(population) FROM catalogue_city)"),
        ),
    )
}

ALL_TABLES = FACT_TABLES | NAME_TABLES

#: Changes whenever facts that were drawn before have to be drawn anew.
SHAPE = hashlib.sha256(
    "\n".join(
        [family.condition for family in FAMILIES]
        + [f"{table.schema}{table.select('true')}" for table in ALL_TABLES.values()]
    ).encode()
).hexdigest()[:16]
