"""What each kind of warning means, in SQL: all orders at once, never row by row.

What is looked at grows with the orders that are open, never with all that there ever were.

Each statement yields the open orders of which it is true at the moment `now`: order, demand, unit
and since when. `cut` is `now` or as many working days before it as the rule says, `earliest` so
many days before it, `times` how often, `below` the step of the ladder that went unanswered ('' for
any). Restricted demands are left out: their orders are none of
a supervisor's business.
"""
# ruff: noqa: S608 (put together from constants of the code)

from collections.abc import Mapping

from minsheng.orders.rules import OPEN, RUNNING, OrderState, Part
from minsheng.supervision.rules import AlertKind, MeasureState


def _in(states: object) -> str:
    """Returns a condition that is spelt as the partial indexes are."""
    return ", ".join(f"'{state}'" for state in sorted(states))  # type: ignore[call-overload]


_FROM = "FROM orders_assignment a JOIN demands_demand d ON d.id = a.demand_id AND NOT d.restricted"
_OPEN = f"a.state IN ({_in(OPEN)})"
_RUNNING = f"a.state IN ({_in(RUNNING)})"
_LEAD = f"a.part = '{Part.LEAD}' AND a.parent_id IS NULL"
_COLUMNS = "SELECT a.id, a.demand_id, a.unit_id"

_LAST_DEED = """
    greatest(
        a.assigned_at,
        a.signed_at,
        (SELECT max(c.at) FROM orders_contact c WHERE c.assignment_id = a.id),
        (SELECT max(r.audited_at) FROM orders_reply r WHERE r.assignment_id = a.id),
        (SELECT max(e.requested_at) FROM orders_extension e WHERE e.assignment_id = a.id)
    )
"""

CONDITIONS: Mapping[str, str] = {
    AlertKind.UNSIGNED: f"""
        {_COLUMNS}, a.sign_due_at AS since {_FROM}
        WHERE a.state = '{OrderState.ASSIGNED}' AND a.sign_due_at <= %(cut)s
    """,
    AlertKind.SILENT: f"""
        SELECT * FROM (
            {_COLUMNS}, {_LAST_DEED} AS since {_FROM}
            WHERE a.state IN ('{OrderState.SIGNED}', '{OrderState.HANDLING}')
                AND a.assigned_at <= %(cut)s
        ) quiet WHERE since <= %(cut)s
    """,
    AlertKind.NEAR: f"""
        {_COLUMNS}, a.warn_at AS since {_FROM}
        WHERE {_RUNNING} AND a.due_at > %(now)s AND a.warn_at <= %(now)s
    """,
    AlertKind.OVERDUE: f"""
        {_COLUMNS}, a.due_at AS since {_FROM} WHERE {_RUNNING} AND a.due_at <= %(cut)s
    """,
    AlertKind.LATE_EXTENSION: f"""
        {_COLUMNS}, e.since {_FROM}
        CROSS JOIN LATERAL (
            SELECT min(requested_at) AS since FROM orders_extension
            WHERE assignment_id = a.id
                AND (requested_at AT TIME ZONE 'Asia/Shanghai')::date
                = (old_due_at AT TIME ZONE 'Asia/Shanghai')::date
        ) e
        WHERE {_OPEN} AND e.since IS NOT NULL
    """,
    AlertKind.NO_CONTACT: f"""
        {_COLUMNS}, (
            SELECT coalesce(max(r.at), a.assigned_at) FROM orders_reply r
            WHERE r.assignment_id = a.id
        ) AS since {_FROM}
        WHERE a.state IN ('{OrderState.SIGN_OFF}', '{OrderState.REPLIED}')
            AND a.contacted_at IS NULL
    """,
    AlertKind.RETURNED: f"""
        {_COLUMNS}, r.since {_FROM}
        CROSS JOIN LATERAL (
            SELECT count(*) AS times, max(t.requested_at) AS since
            FROM orders_assignment o JOIN orders_return t ON t.assignment_id = o.id
            WHERE o.demand_id = a.demand_id
        ) r
        WHERE {_OPEN} AND {_LEAD} AND r.times >= %(times)s
    """,
    AlertKind.REOPENED: f"""
        {_COLUMNS}, a.assigned_at AS since {_FROM}
        WHERE {_OPEN} AND {_LEAD} AND d.reopened_count >= %(times)s
    """,
    AlertKind.RECURRING: f"""
        {_COLUMNS}, p.since {_FROM}
        JOIN (
            SELECT category_id, coalesce(district_id, 0) AS district_id, place,
                max(accepted_at) AS since
            FROM demands_demand
            WHERE accepted_at >= %(earliest)s AND place <> '' AND NOT restricted
                AND state NOT IN ('merged', 'withdrawn', 'rejected')
            GROUP BY 1, 2, 3 HAVING count(*) >= %(times)s
        ) p ON p.category_id = d.category_id AND p.district_id = coalesce(d.district_id, 0)
            AND p.place = d.place
        WHERE {_OPEN} AND {_LEAD}
    """,
    AlertKind.UNANSWERED: f"""
        {_COLUMNS}, m.since {_FROM}
        JOIN (
            SELECT assignment_id, min(due_at) AS since FROM supervision_measure
            WHERE state = '{MeasureState.ISSUED}' AND due_at <= %(cut)s
                AND %(below)s IN ('', step)
            GROUP BY assignment_id
        ) m ON m.assignment_id = a.id
        WHERE {_OPEN}
    """,
}

# Three things of one moment: what is true, what is new of it, and what is true no more. A full join
# tells them apart, as it can only be hashed or merged: an anti-join was planned as a loop over a
# table that grew by 100,000 rows since it was last analysed, and took minutes; to leave what is
# warned of already to the unique index alone made every run try to insert all of it again.
WATCH = """
WITH found AS ({condition}),
known AS (
    SELECT id AS alert_id, assignment_id FROM supervision_alert
    WHERE code = %(code)s AND cleared_at IS NULL
),
differs AS MATERIALIZED (
    SELECT found.*, known.alert_id FROM found FULL JOIN known ON known.assignment_id = found.id
    WHERE found.id IS NULL OR known.alert_id IS NULL
),
raised AS (
    INSERT INTO supervision_alert (code, kind, step, demand_id, assignment_id, unit_id, since,
        raised_at, dismissed_by, reason)
    SELECT %(code)s, %(kind)s, %(step)s, demand_id, id, unit_id, since, %(now)s, '', ''
    FROM differs WHERE alert_id IS NULL
    ON CONFLICT (code, assignment_id) WHERE cleared_at IS NULL DO NOTHING
    RETURNING 1
),
cleared AS (
    UPDATE supervision_alert SET cleared_at = %(now)s
    WHERE id IN (SELECT alert_id FROM differs WHERE alert_id IS NOT NULL) AND cleared_at IS NULL
    RETURNING 1
)
SELECT (SELECT count(*) FROM raised), (SELECT count(*) FROM cleared)
"""

# What no rule warns of any more.
FORGET = """
UPDATE supervision_alert SET cleared_at = %(now)s
WHERE cleared_at IS NULL AND NOT code = ANY(%(codes)s::text[])
"""
