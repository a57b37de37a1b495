"""Writing a plan: what is new by COPY, what a new order changes in a known demand by UPDATE."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from django.db import connection

from minsheng.catalogue.models import Kind
from minsheng.catalogue.queries import city, limit_for
from minsheng.catalogue.rules import LimitRule, Stage
from minsheng.demands.models import ImportBatch, Petitioner
from minsheng.demands.rules import Disposal
from minsheng.directory.access import SYSTEM
from minsheng.exchange.history.matters import Course, Matter, Order, Pair, settle
from minsheng.exchange.history.moments import form, parse
from minsheng.exchange.history.parents import looked_up
from minsheng.exchange.history.plan import Job
from minsheng.followups.models import FollowUp
from minsheng.foundation import journal, numbers, text
from minsheng.foundation.errors import Refused
from minsheng.orders.limits import warned

_PIECE = 2000  # lines sent to the database at once
_NULL = "\\N"
_CLAUSES = text.Clauses()  # of this process


class _Table:
    """A table in COPY: the columns that a line gives, and those that are always the same."""

    def __init__(self, name: str, columns: str, always: Mapping[str, str]) -> None:
        self.name = name
        self.columns = ", ".join(f'"{column}"' for column in (*columns.split(), *always))
        self.tail = "".join(f"\t{value}" for value in always.values()) + "\n"


_DEMANDS = _Table(
    "demands_demand",
    "id number query_code state state_at channel_id kind_id category_id element title text words"
    " district_id petitioner_kind origin batch_id urgent restricted enterprise registered_at"
    " accepted_at completed_at archived_at due_at warn_at unit_ids involved",
    {
        "disposal": Disposal.ASSIGN,
        "reopened_count": "0",
        **dict.fromkeys(("confidential", "excluded", "escalated", "difficult"), "f"),
        **dict.fromkeys(("place", "external_no", "call_no", "answer"), ""),
    },
)
_ORDERS = _Table("orders_workorder", "id number demand_id issued_at closed_at", {})
_PAIRS = _Table(
    "orders_assignment",
    "id work_order_id demand_id unit_id part state assigned_at sign_due_at signed_at limit due_at"
    " first_due_at warn_at handled_at completed_at closed_at rework_count solved",
    {
        "level": "1",
        "extension_count": "0",
        "urge_count": "0",
        "return_forbidden": "f",
        "reply_public": "t",
        **dict.fromkeys(("basis", "note", "state_before", "reply"), ""),
    },
)
_FOLLOW_UPS = _Table(
    "followups_followup",
    "id demand_id assignment_id round state sampled planned_at grade solved evaluated_at",
    {
        "attempt_count": "0",
        "valid": "t",
        "source": FollowUp.Source.IMPORT,
        **dict.fromkeys(("reason_code", "reason", "by"), ""),
    },
)
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
        ids = _ids(_DEMANDS, len(new))
        codes = numbers.query_codes(len(new))

        lines = []
        for (matter, course), id, code in zip(new, ids, codes, strict=True):
            matter.id = id
            lines.append(self._demand_line(matter, course, batch, code))
        _copy(_DEMANDS, lines)
        return len(new)

    def _add_orders(self) -> int:
        new = [order for order in self.orders if order.is_new]
        for order, id in zip(new, _ids(_ORDERS, len(new)), strict=True):
            order.id = id
        _copy(_ORDERS, [_order_line(order) for order in new])
        return len(new)

    def _add_pairs(self) -> int:
        new = [(order, pair) for order, pair in self.pairs if pair.line]
        for (_order, pair), id in zip(new, _ids(_PAIRS, len(new)), strict=True):
            pair.id = id
        _copy(_PAIRS, [self._pair_line(order, pair) for order, pair in new])
        asked = [(o, p) for o, p in new if p.facts.sampled or p.facts.evaluated]
        rounds = self._rounds()
        ids = _ids(_FOLLOW_UPS, len(asked))

        lines = []
        for (order, pair), id in zip(asked, ids, strict=True):
            rounds[order.matter.id] += 1
            lines.append(_follow_up_line(id, order, pair, rounds[order.matter.id]))
        _copy(_FOLLOW_UPS, lines)
        return len(asked)

    def _rounds(self) -> Counter[int]:
        """Returns how often each known demand was followed up before."""
        known = [matter.id for matter, _course in self.matters if not matter.is_new]
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT demand_id, count(*) FROM followups_followup"
                " WHERE demand_id = ANY(%s) GROUP BY 1",
                [known],
            )
            return Counter(dict(cursor.fetchall()))

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

    # One line of COPY each

    def _demand_line(self, matter: Matter, course: Course, batch: int, code: str) -> str:
        told = matter.described
        words = '","'.join(text.tokens(f"{told.title}\n{told.text}\n", _CLAUSES))
        due_at, warn_at = self._shown_limit(matter, course)
        return "\t".join(
            (
                str(matter.id),
                _safe(matter.number),
                code,
                course.state,
                course.state_at,
                str(told.channel),
                _given(told.kind),
                _given(told.category),
                told.element,
                _safe(told.title),
                _safe(told.text),
                f'{{"{words}"}}' if words else "{}",
                _given(told.district),
                told.petitioner_type,
                told.origin,
                str(batch),
                "t" if told.urgent else "f",
                "t" if matter.restricted else "f",
                "t" if told.petitioner_type == Petitioner.Kind.ENTERPRISE else "f",
                told.accepted_at,
                told.accepted_at,
                course.completed_at or _NULL,
                course.archived_at or _NULL,
                due_at or _NULL,
                warn_at or _NULL,
                _array(matter.unit_ids),
                _array(matter.involved),
            )
        )

    def _pair_line(self, order: Order, pair: Pair) -> str:
        facts = pair.facts
        rule = self._rule(order.matter, pair)
        return "\t".join(
            (
                str(pair.id),
                str(order.id),
                str(order.matter.id),
                str(pair.unit_id),
                pair.part,
                pair.state,
                facts.assigned_at,
                facts.sign_due_at or _NULL,
                facts.signed_at or _NULL,
                str(rule.limit) if rule else "",
                facts.due_at,
                facts.due_at,
                self._warn_at(order.matter, pair) or _NULL,
                facts.completed_at or _NULL,
                facts.completed_at or _NULL,
                pair.closed_at or _NULL,
                str(facts.rework_count),
                _given(facts.solved),
            )
        )

    # Limits

    def _shown_limit(self, matter: Matter, course: Course) -> tuple[str, str]:
        """Returns the limit and the warning that a demand shows: of the lead it waits for."""
        if course.lead is None or course.completed_at:
            return "", ""
        return course.lead.facts.due_at, self._warn_at(matter, course.lead)

    def _warn_at(self, matter: Matter, pair: Pair) -> str:
        """Returns when the warning share of an open order's time is used up, "" if that is open.

        It is for an order that has ended, one without a rule, and in a year the calendar lacks.
        """
        rule = self._rule(matter, pair)
        if pair.closed_at or rule is None:
            return ""
        try:
            return form(warned(rule, parse(pair.facts.assigned_at), parse(pair.facts.due_at)))
        except Refused:
            return ""

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


def _order_line(order: Order) -> str:
    issued_at = min(pair.facts.assigned_at for pair in order.pairs.values())
    return "\t".join(
        (
            str(order.id),
            _safe(order.number),
            str(order.matter.id),
            issued_at,
            order.closed_at or _NULL,
        )
    )


def _follow_up_line(id: int, order: Order, pair: Pair, round: int) -> str:
    facts = pair.facts
    at = facts.completed_at or facts.signed_at or facts.assigned_at
    state = FollowUp.State.EVALUATED if facts.evaluated else FollowUp.State.UNREACHED
    return "\t".join(
        (
            str(id),
            str(order.matter.id),
            str(pair.id),
            str(round),
            state,
            "t" if facts.sampled else "f",
            at,
            facts.satisfaction,
            _given(facts.solved if facts.evaluated else None),
            at if facts.evaluated else _NULL,
        )
    )


def _ids(table: _Table, count: int) -> list[int]:
    """Returns new ids, as the table itself would give them out."""
    with connection.cursor() as cursor:
        cursor.execute(
            # The name of the sequence is asked for once, not for every id.
            "WITH own AS MATERIALIZED (SELECT pg_get_serial_sequence(%s, 'id')::regclass AS ids)"
            " SELECT nextval(ids) FROM own, generate_series(1, %s)",
            [table.name, count],
        )
        return [id for (id,) in cursor.fetchall()]


def _copy(table: _Table, lines: Sequence[str]) -> None:
    """Sends lines, ready made: the connection can be asked nothing else meanwhile."""
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.copy(f"COPY {table.name} ({table.columns}) FROM STDIN") as copy,
    ):
        for start in range(0, len(lines), _PIECE):
            copy.write(table.tail.join([*lines[start : start + _PIECE], ""]))


def _safe(value: str) -> str:
    """Returns a text as COPY takes it. Texts were cleaned: of the rest, only these can be there."""
    if "\\" in value:
        value = value.replace("\\", "\\\\")
    if "\n" in value:
        value = value.replace("\n", "\\n")
    return value.replace("\t", "\\t") if "\t" in value else value


def _given(value: int | bool | None) -> str:
    if value is None:
        return _NULL
    return str(value) if value is not True and value is not False else "ft"[value]


def _array(ids: Iterable[int]) -> str:
    return f"{{{','.join(map(str, ids))}}}"
