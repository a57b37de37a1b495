"""What a batch of rows means beside what is there: taken row by row, in the file's order."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, connection
from django.utils.translation import gettext as _

from minsheng.catalogue.queries import city
from minsheng.demands.models import Demand
from minsheng.exchange.csvfile import Source
from minsheng.exchange.history.columns import LABELS
from minsheng.exchange.history.matters import Described, Facts, Matter, Order, Pair, Row
from minsheng.foundation import clock, numbers


@dataclass(frozen=True, slots=True)
class Job:
    """One run over one file. `last_batch` is the last that was there before it."""

    source: Source
    at: datetime
    dry_run: bool
    last_batch: int


class Plan:
    """The matters that a batch adds or adds to.

    Raises IntegrityError where somebody else changed something meanwhile: then plan again.
    """

    def __init__(self, job: Job, rows: Sequence[Row]) -> None:
        self.job = job
        self.matters: dict[str, Matter] = {}
        self.orders: dict[str, Order] = {}
        self.touched: dict[str, Matter] = {}  # those that get something new
        self._prefixes = (city().demand_prefix, city().order_prefix)
        self._look_up(rows)

    def take(self, row: Row) -> tuple[str, str]:
        """Takes a row into the plan.

        Returns what becomes of it (landed, known, differing or rejected), and for the latter two
        why, in a sentence.
        """
        unit = row.unit
        matter = self.matters.get(row.demand_no)
        order = self.orders.get(row.order_no)
        if order is not None and order.matter is not matter:
            return "rejected", _("工单号已属于另一件诉求（%s）。") % order.matter.number
        if matter is None:
            if ours := self._given_out_again(row):
                return "rejected", _("编号%s与本平台今后要发的编号相同，请先改号。") % ours
            matter = Matter(row.demand_no, row.described, row.line, restricted=row.restricted)
        elif matter.batch_id is None and not matter.is_new:
            return "rejected", _("诉求号与本平台自己受理的诉求相同。")
        else:
            pair = order.pairs.get(unit.id) if order else None
            other = matter.described.contradictions(row)
            if pair is not None:
                return self._again(row, matter, pair, other)
            if matter.has_lived:
                return "rejected", _("这件诉求已在本平台继续办理，不能再补录它的工单。")
            if other:
                where = _("第%d行") % matter.line if matter.line else _("已导入的数据")
                return "rejected", _("同一诉求的%(columns)s与%(where)s不一致。") % {
                    "columns": _labels(other),
                    "where": where,
                }
        if order is None:
            order = Order(row.order_no, matter)
        pair = Pair(row.facts, unit.id, unit.level, order.part_of(row), row.line)
        if pair.is_lead and not pair.facts.completed_at and order.has_open_lead():
            return "rejected", _("这张工单已有主办单位在办，一张工单同时只有一个主办。")
        order.pairs[unit.id] = pair
        matter.orders[row.order_no] = self.orders[row.order_no] = order
        matter.unit_ids[unit.id] = None
        matter.involved |= dict.fromkeys(unit.lineage)
        self.matters[row.demand_no] = self.touched[row.demand_no] = matter
        return "landed", ""

    def forget(self) -> None:
        """Parts matters from their orders, so that both go at once: lanes collect no garbage."""
        for matter in self.matters.values():
            matter.orders.clear()

    def _again(self, row: Row, matter: Matter, pair: Pair, other: list[str]) -> tuple[str, str]:
        """Returns what becomes of a row whose order with this unit is there already."""
        if pair.line:
            return "rejected", _("与第%d行重复：同一工单、同一单位。") % pair.line
        if matter.batch_id and matter.batch_id > self.job.last_batch:
            return "rejected", _("与前面的一行重复：同一工单、同一单位。")
        if matter.has_lived:
            return "known", ""
        other = other + [
            name
            for name, new, kept in zip(Facts._fields, row.facts, pair.facts, strict=True)
            if new != kept
        ]
        if row.role and row.role != pair.part:
            other.append("role")
        if other:
            return "differing", _("已导入，但%s与已有数据不同；已有数据保持不变。") % _labels(other)
        return "known", ""

    def _given_out_again(self, row: Row) -> str:
        """Returns a number of the row that this platform itself is still going to give out."""
        for number in (row.demand_no, row.order_no):
            if number.startswith(self._prefixes) and numbers.check(number):
                found = numbers.parse(number)
                if found.prefix in self._prefixes and found.day >= clock.now().date():
                    return number
        return ""

    # What is there already

    def _look_up(self, rows: Sequence[Row]) -> None:
        with connection.cursor() as cursor:
            cursor.execute(_DEMANDS, [list({row.demand_no for row in rows})])
            by_id = {}
            for id, number, batch_id, units, involved, *described in cursor.fetchall():
                matter = Matter(
                    number,
                    Described(*described),
                    id=id,
                    batch_id=batch_id,
                    is_new=False,
                    unit_ids=dict.fromkeys(units),
                    involved=dict.fromkeys(involved),
                )
                self.matters[number] = by_id[id] = matter
            cursor.execute(_ORDERS, [list({row.order_no for row in rows}), list(by_id)])
            orders = {}
            for id, number, demand_id, demand_no in cursor.fetchall():
                matter = by_id.get(demand_id) or Matter(demand_no, _NOTHING, is_new=False)
                order = Order(number, matter, id=id, is_new=False)
                self.orders[number] = matter.orders[number] = orders[id] = order
            if not by_id:
                return
            for id in self._lived(by_id):
                by_id[id].has_lived = True
            cursor.execute(_PAIRS, [list(by_id)])
            for id, order_id, unit_id, level, part, state, *facts in cursor.fetchall():
                orders[order_id].pairs[unit_id] = Pair(
                    Facts(*facts), unit_id, level, part, id=id, state=state
                )

    def _lived(self, ids: Iterable[int]) -> list[int]:
        """Returns which of these demands have a journal of their own."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT subject_id FROM foundation_journalhead"
                " WHERE subject_kind = 'demand' AND subject_id = ANY(%s)",
                [list(ids)],
            )
            return [id for (id,) in cursor.fetchall()]

    def lock(self) -> None:
        """Locks the demands that are there and get something new."""
        ids = [matter.id for matter in self.touched.values() if not matter.is_new]
        if not ids:
            return
        list(Demand.objects.filter(pk__in=ids).order_by("pk").select_for_update().values("pk"))
        if self._lived(ids):
            raise IntegrityError("somebody acted on a demand of this batch")


def _labels(names: Iterable[str]) -> str:
    return "、".join(LABELS.get(name, name) for name in dict.fromkeys(names))


def _moment(column: str) -> str:
    """Returns the SQL of a moment in the form of `moments`, "" for none."""
    return (
        f"coalesce(to_char({column} AT TIME ZONE 'Asia/Shanghai',"
        " 'YYYY-MM-DD HH24:MI:SS\"+08\"'), '')"
    )


_NOTHING = Described("", 0, None, None, "", "", "", None, "", "", False)

_DEMANDS = f"""
SELECT id, number, batch_id, unit_ids, involved,
       {_moment("accepted_at")}, channel_id, kind_id, category_id, element, title, text,
       district_id, origin, petitioner_kind, urgent
FROM demands_demand WHERE number = ANY(%s)
"""  # noqa: S608 (no part of it comes from outside)

_ORDERS = """
WITH found AS (
    SELECT id, number, demand_id FROM orders_workorder WHERE number = ANY(%s)
    UNION
    SELECT id, number, demand_id FROM orders_workorder WHERE demand_id = ANY(%s)
)
SELECT found.id, found.number, found.demand_id, d.number
FROM found JOIN demands_demand d ON d.id = found.demand_id
"""

_PAIRS = f"""
SELECT a.id, a.work_order_id, a.unit_id, u.level, a.part, a.state,
       {_moment("a.assigned_at")}, {_moment("a.sign_due_at")}, {_moment("a.signed_at")},
       {_moment("a.due_at")}, {_moment("a.completed_at")}, a.rework_count, a.solved,
       coalesce(f.sampled, false), coalesce(f.state = 'evaluated', false), coalesce(f.grade, '')
FROM orders_assignment a
JOIN directory_unit u ON u.id = a.unit_id
LEFT JOIN followups_followup f ON f.assignment_id = a.id AND f.source = 'import'
WHERE a.demand_id = ANY(%s) AND a.parent_id IS NULL
ORDER BY a.id
"""  # noqa: S608 (no part of it comes from outside)
