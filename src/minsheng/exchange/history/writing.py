"""Writing a plan: what is new by COPY, what a new order changes in a known demand by UPDATE."""

from collections import Counter
from collections.abc import Sequence
from functools import partial
from itertools import repeat, starmap

from django.db import connection

from minsheng.catalogue.models import Kind
from minsheng.catalogue.queries import city, limit_for
from minsheng.catalogue.rules import LimitRule, Stage
from minsheng.demands.models import ImportBatch, Petitioner
from minsheng.directory.access import SYSTEM
from minsheng.exchange.history import copying
from minsheng.exchange.history.copying import NULL, Columns, few, numbers, or_null, texts
from minsheng.exchange.history.matters import Course, Matter, Order, Pair, settle
from minsheng.exchange.history.moments import form, parse
from minsheng.exchange.history.parents import looked_up
from minsheng.exchange.history.plan import Job
from minsheng.exchange.tuples import columns
from minsheng.followups.models import FollowUp
from minsheng.foundation import journal, text
from minsheng.foundation.errors import Refused
from minsheng.foundation.numbers import query_codes
from minsheng.orders.limits import warned

_CLAUSES = text.Clauses()  # of this process
_UPDATE_DEMAND = """
UPDATE demands_demand SET state = %s, state_at = %s, completed_at = %s, archived_at = %s,
    due_at = %s, warn_at = %s, unit_ids = %s, involved = %s
WHERE id = %s
"""


class Writing:
    """Writes one batch, in the transaction that is under way."""

    def __init__(self, job: Job, matters: Sequence[Matter]) -> None:
        now, days = form(job.at), city().archive_after_days
        self.job = job
        self.matters = [(matter, settle(matter, now, days)) for matter in matters]
        self.orders = [order for matter in matters for order in matter.orders.values()]
        self.pairs = [(order, pair) for order in self.orders for pair in order.pairs.values()]
        self._kinds: dict[int | None, str] = dict(Kind.objects.values_list("pk", "code"))
        self._rules: dict[tuple[int | None, bool, str, int], LimitRule | None] = {}

    def write(self, counts: Counter[str], lines: tuple[int, int]) -> Counter[str]:
        """Writes everything that is new, with the batch and its journal entry.

        `counts` are those of the rows, `lines` the first and last of them in the file. Returns how
        many demands, orders and follow-ups are new.
        """
        source = self.job.source
        batch = ImportBatch.objects.create(
            source=text.line(f"orders {source.path.name}", 64),
            file_sha256=source.sha256,
            rows=counts["landed"],
            at=self.job.at,
        )
        self._change_known()
        with looked_up(self._parents()):
            written = Counter(
                demands=self._add_demands(batch.pk),
                orders=self._add_orders(),
                follow_ups=self._add_pairs(),
            )
        journal.write(
            subject_kind="import",
            subject_id=batch.pk,
            ref=text.line(source.path.name, 40) + f":{lines[0]}-{lines[1]}",
            action="import.orders",
            by=SYSTEM.signature,
            at=self.job.at,
            changes={
                "note": {
                    "file": source.path.name,
                    "sha256": source.sha256,
                    "lines": list(lines),
                    **counts,
                    **written,
                }
            },
        )
        return written

    def _parents(self) -> dict[str, set[int]]:
        """Returns the ids, by table, that the new rows point to besides each other."""
        told = [matter.described for matter, _course in self.matters if matter.is_new]
        return {
            "catalogue_channel": {described.channel for described in told},
            "catalogue_kind": {described.kind for described in told if described.kind},
            "catalogue_category": {d.category for d in told if d.category},
            "directory_district": {d.district for d in told if d.district},
            "directory_unit": {pair.unit_id for _order, pair in self.pairs if pair.line},
            "demands_demand": {matter.id for matter, _course in self.matters if not matter.is_new},
            "orders_workorder": {order.id for order in self.orders if not order.is_new},
        }

    def _add_demands(self, batch: int) -> int:
        new = [(matter, course) for matter, course in self.matters if matter.is_new]
        for (matter, _course), id in zip(new, copying.DEMANDS.ids(len(new)), strict=True):
            matter.id = id
        copying.DEMANDS.add(new, partial(self._demands, batch))
        return len(new)

    def _demands(self, batch: int, new: Sequence[tuple[Matter, Course]]) -> Columns:
        matters, courses = zip(*new, strict=True)
        told = columns([matter.described for matter in matters])
        course = columns(courses)
        due_at, warn_at = zip(*starmap(self._shown_limit, new), strict=True)
        return (
            numbers([matter.id for matter in matters]),
            texts([matter.number for matter in matters]),
            query_codes(len(new)),
            course.state,
            course.state_at,
            few(told.channel),
            few(told.kind),
            few(told.category),
            told.element,
            texts(told.title),
            texts(told.text),
            map(_words, told.title, told.text),
            few(told.district),
            told.petitioner_type,
            told.origin,
            repeat(str(batch), len(new)),
            few(told.urgent),
            few([matter.restricted for matter in matters]),
            few([kind == Petitioner.Kind.ENTERPRISE.value for kind in told.petitioner_type]),
            told.accepted_at,
            told.accepted_at,
            or_null(course.completed_at),
            or_null(course.archived_at),
            or_null(due_at),
            or_null(warn_at),
            few([tuple(matter.unit_ids) for matter in matters]),
            few([tuple(matter.involved) for matter in matters]),
        )

    def _add_orders(self) -> int:
        new = [order for order in self.orders if order.is_new]
        for order, id in zip(new, copying.ORDERS.ids(len(new)), strict=True):
            order.id = id
        copying.ORDERS.add(new, _orders)
        return len(new)

    def _add_pairs(self) -> int:
        """Adds the orders with their units, and follow-ups; returns how many of the latter."""
        new = [(order, pair) for order, pair in self.pairs if pair.line]
        for (_order, pair), id in zip(new, copying.PAIRS.ids(len(new)), strict=True):
            pair.id = id
        copying.PAIRS.add(new, self._pairs)
        asked = [(order, pair) for order, pair in new if pair.facts.sampled or pair.facts.evaluated]
        ids, rounds = copying.FOLLOW_UPS.ids(len(asked)), self._rounds(asked)
        copying.FOLLOW_UPS.add(list(zip(ids, rounds, asked, strict=True)), _follow_ups)
        return len(asked)

    def _pairs(self, new: Sequence[tuple[Order, Pair]]) -> Columns:
        orders, pairs = zip(*new, strict=True)
        told = columns([pair.facts for pair in pairs])
        rules = [self._rule(order.matter, pair) for order, pair in new]
        return (
            numbers([pair.id for pair in pairs]),
            numbers([order.id for order in orders]),
            numbers([order.matter.id for order in orders]),
            few([pair.unit_id for pair in pairs]),
            [pair.part for pair in pairs],
            [pair.state for pair in pairs],
            told.assigned_at,
            or_null(told.sign_due_at),
            or_null(told.signed_at),
            [str(rule.limit) if rule else "" for rule in rules],
            told.due_at,
            told.due_at,
            or_null(map(_warn_at, pairs, rules)),
            or_null(told.completed_at),
            or_null(told.completed_at),
            or_null([pair.closed_at for pair in pairs]),
            few(told.rework_count),
            few(told.solved),
        )

    def _rounds(self, asked: Sequence[tuple[Order, Pair]]) -> list[int]:
        """Returns for each of these follow-ups which of its demand it is, counted from 1."""
        known = [matter.id for matter, _course in self.matters if not matter.is_new]
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT demand_id, count(*) FROM followups_followup"
                " WHERE demand_id = ANY(%s) GROUP BY 1",
                [known],
            )
            counts = Counter[int](dict(cursor.fetchall()))
        rounds = []
        for order, _pair in asked:
            counts[order.matter.id] += 1
            rounds.append(counts[order.matter.id])
        return rounds

    def _change_known(self) -> None:
        """Brings demands that were there, and their orders, to where the new orders put them."""
        with connection.cursor() as cursor:
            cursor.executemany(
                _UPDATE_DEMAND,
                [
                    (
                        course.state,
                        course.state_at,
                        course.completed_at or None,
                        course.archived_at or None,
                        *(moment or None for moment in self._shown_limit(matter, course)),
                        list(matter.unit_ids),
                        list(matter.involved),
                        matter.id,
                    )
                    for matter, course in self.matters
                    if not matter.is_new
                ],
            )
            cursor.executemany(
                "UPDATE orders_workorder SET closed_at = %s WHERE id = %s",
                [(order.closed_at or None, order.id) for order in self.orders if not order.is_new],
            )
            cursor.executemany(
                "UPDATE orders_assignment SET state = %s, closed_at = %s WHERE id = %s",
                [
                    (pair.state, pair.closed_at or None, pair.id)
                    for _order, pair in self.pairs
                    if pair.id and not pair.facts.completed_at
                ],
            )

    # Limits

    def _shown_limit(self, matter: Matter, course: Course) -> tuple[str, str]:
        """Returns the limit and the warning that a demand shows: of the lead it waits for."""
        if course.lead is None or course.completed_at:
            return "", ""
        return course.lead.facts.due_at, _warn_at(course.lead, self._rule(matter, course.lead))

    def _rule(self, matter: Matter, pair: Pair) -> LimitRule | None:
        """Returns the city's present rule for such an order: what an extension is measured by."""
        told = matter.described
        case = (told.kind, bool(told.urgent), told.origin, pair.level)
        if case not in self._rules:
            try:
                self._rules[case] = limit_for(
                    Stage.COMPLETE,
                    on=self.job.at.date(),
                    kind=self._kinds.get(told.kind, ""),
                    urgent=bool(told.urgent),
                    origin=told.origin,
                    unit_level=pair.level,
                )
            except Refused:
                self._rules[case] = None
        return self._rules[case]


def _orders(new: Sequence[Order]) -> Columns:
    return (
        numbers([order.id for order in new]),
        texts([order.number for order in new]),
        numbers([order.matter.id for order in new]),
        [min([pair.facts.assigned_at for pair in order.pairs.values()]) for order in new],
        or_null([order.closed_at for order in new]),
    )


def _follow_ups(new: Sequence[tuple[int, int, tuple[Order, Pair]]]) -> Columns:
    ids, rounds, asked = zip(*new, strict=True)
    told = columns([pair.facts for _order, pair in asked])
    states = {True: FollowUp.State.EVALUATED.value, False: FollowUp.State.UNREACHED.value}
    moments = zip(told.completed_at, told.signed_at, told.assigned_at, strict=True)
    at = [
        completed_at or signed_at or assigned_at for completed_at, signed_at, assigned_at in moments
    ]
    return (
        numbers(ids),
        numbers([order.matter.id for order, _pair in asked]),
        numbers([pair.id for _order, pair in asked]),
        numbers(rounds),
        map(states.__getitem__, told.evaluated),
        few(told.sampled),
        at,
        told.satisfaction,
        few([s if done else None for s, done in zip(told.solved, told.evaluated, strict=True)]),
        [time if done else NULL for time, done in zip(at, told.evaluated, strict=True)],
    )


def _warn_at(pair: Pair, rule: LimitRule | None) -> str:
    """Returns when the warning share of an open order's time is used up, "" if that is open.

    It is for an order that has ended, one without a rule, and in a year the calendar lacks.
    """
    if pair.closed_at or rule is None:
        return ""
    try:
        return form(warned(rule, parse(pair.facts.assigned_at), parse(pair.facts.due_at)))
    except Refused:
        return ""


def _words(title: str, body: str) -> str:
    words = '","'.join(text.tokens(f"{title}\n{body}\n", _CLAUSES))
    return f'{{"{words}"}}' if words else "{}"
