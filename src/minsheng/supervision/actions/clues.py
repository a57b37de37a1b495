"""线索移交: what points to a failure of duty goes to the discipline officers, and only to them."""

from django.utils.translation import gettext as _

from minsheng.directory.access import Actor
from minsheng.foundation import numbers, text
from minsheng.foundation.errors import Forbidden, Invalid
from minsheng.orders.actions.assigning import units_by_code
from minsheng.supervision.acting import acting, opening
from minsheng.supervision.actions.checks import demand_of
from minsheng.supervision.models import Clue
from minsheng.supervision.rules import PREFIXES


def submit(actor: Actor, *, kind: str, unit: str, text_: str, demand: str = "") -> Clue:
    """移交线索: hands over what was noticed about a unit (code), perhaps on a demand (number)."""
    if actor.staff_id is None:
        raise Forbidden("no_person", _("线索须由工作人员本人移交。"))
    if kind not in Clue.Kind:
        raise Invalid("unknown_kind", _("线索类别不正确；请从列表中选择。"), field="kind")
    words = text.clean(text_, 5000)
    with opening(actor, "clue.submit", Clue, text=words) as deed:
        deed.thing = Clue(
            number=numbers.issue(PREFIXES["clue"], deed.now).number,
            kind=kind,
            unit=units_by_code([unit])[0],
            demand=demand_of(demand) if demand else None,
            text=words,
            opened_at=deed.now,
            opened_by_id=actor.staff_id,
        )
        # What it says stays in the table, out of sight; the journal is for auditors, too.
        deed.tell(kind=kind)
    return deed.thing


def receive(actor: Actor, clue_id: int, *, receipt: str = "") -> Clue:
    """接收线索: gives the submitting supervisor a receipt, under the discipline body's own number.

    Without one it is the clue's number.
    """
    with acting(actor, "clue.receive", Clue, clue_id) as deed:
        deed.set(
            receipt=text.line(receipt, 64) or deed.thing.number,
            received_by=actor.name,
            received_at=deed.now,
        )
    return deed.thing


def conclude(actor: Actor, clue_id: int, *, result: str) -> Clue:
    """办结线索: what came of it, for the submitting supervisor to read."""
    result = text.clean(result, 5000)
    with acting(actor, "clue.conclude", Clue, clue_id, result=result) as deed:
        deed.set(result=result, concluded_at=deed.now)
    return deed.thing
