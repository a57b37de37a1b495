"""导出: a unit takes a list of its orders out of the system; that it did stands in its journal."""

from django.db import transaction

from minsheng.directory.access import Actor, require
from minsheng.foundation import clock, journal


def export(actor: Actor, *, what: str, rows: int) -> None:
    """Records that `actor` takes `rows` orders of the list `what` along. Raises Forbidden."""
    require(actor, "order.export")
    with transaction.atomic(savepoint=False):
        journal.write(
            subject_kind="unit",
            subject_id=actor.unit_id or 0,
            ref=actor.unit_code,
            action="order.export",
            by=actor.signature,
            at=clock.now(),
            changes={"note": {"list": what, "rows": rows}},
        )
