"""How a demand ends without an order, and how an ended one is put away or taken up again."""

from django.utils.translation import gettext as _

from minsheng.catalogue.queries import refs
from minsheng.demands.acting import acting, lock
from minsheng.demands.models import Demand
from minsheng.demands.rules import DemandState, Disposal
from minsheng.directory.access import Actor
from minsheng.foundation import text
from minsheng.foundation.errors import Conflict, Invalid
from minsheng.knowledge.models import Item


def answer(
    actor: Actor,
    demand_id: int,
    *,
    answer: str,
    knowledge: str = "",
    transfer_line: str = "",
) -> Demand:
    """直接答复: answers at once, resting on a knowledge item's code or a transfer line's code.

    Exactly one of the two is given: the share of direct answers is only worth something when each
    can be traced to what it rested on. Raises Invalid otherwise, or for an expired item.
    """
    if bool(knowledge) == bool(transfer_line):
        raise Invalid(
            "basis_missing", _("直接答复须注明依据：选一条知识或一条转接热线，二者取一。")
        )
    with acting(actor, "demand.answer", demand_id, answer=answer) as act:
        item = None
        if knowledge:
            item = Item.objects.filter(code=knowledge, current=True).first()
            today = act.now.date()
            if item is None:
                raise Invalid("unknown_code", _("没有编码为“%s”的知识条目。") % knowledge)
            if (item.valid_to and item.valid_to < today) or (
                item.valid_from and item.valid_from > today
            ):
                raise Invalid(
                    "expired_knowledge", _("知识“%s”不在有效期内；请换用现行条目。") % item.title
                )
        act.set(
            act.demand,
            answer=text.clean(answer, 5000),
            disposal=Disposal.ANSWER if item else Disposal.TRANSFER,
            knowledge=item,
            transfer_line=refs(transfer_line=transfer_line)["transfer_line"],
            completed_at=act.now,
        )
        if item:
            act.note(knowledge_version=item.version)
    return act.demand


def reject(actor: Actor, demand_id: int, *, legal_route: str, reason: str) -> Demand:
    """不予受理: out of scope, with the legal route (code) that the petitioner may take."""
    with acting(actor, "demand.reject", demand_id, reason=reason, legal_route=legal_route) as act:
        route = refs(legal_route=legal_route)["legal_route"]
        act.set(
            act.demand,
            legal_route=route,
            disposal=Disposal.REJECT,
            answer=route.text,
            completed_at=act.now,
        )
    return act.demand


def merge(actor: Actor, demand_id: int, *, into: str, reason: str = "") -> Demand:
    """并单: this demand is the same matter as the earlier one numbered `into` and ends in it.

    Raises Invalid when `into` is unknown or later, Conflict when it is itself merged or withdrawn.
    """
    # A restricted demand is as unknown here as one that does not exist.
    earlier = Demand.objects.filter(number=into, restricted=False).only("accepted_at").first()
    if earlier is None:
        raise Invalid("unknown_demand", _("没有诉求号为“%s”的诉求；请核对编号。") % into)
    if earlier.pk == demand_id:
        raise Invalid("same_demand", _("不能并入自身；请选择另一件诉求。"))
    with acting(actor, "demand.merge", demand_id, into=into, reason=reason) as act:
        assert earlier.accepted_at
        assert act.demand.accepted_at
        if (earlier.accepted_at, earlier.pk) > (act.demand.accepted_at, act.demand.pk):
            raise Invalid("later_demand", _("只能并入更早受理的诉求；请反过来并单。"))
        # Locked after the later one, and only once that is sure: two merges cannot cross.
        target = lock(earlier.pk)
        if target.state in (DemandState.MERGED, DemandState.WITHDRAWN):
            raise Conflict("target_closed", _("%s已并单或撤回，不能再并入；请选择其主件。") % into)
        act.set(act.demand, merged_into=target, disposal=Disposal.MERGE, completed_at=act.now)
    return act.demand


def archive(actor: Actor, demand_id: int) -> Demand:
    """归档: closes a demand for good; from here on it is read-only."""
    with acting(actor, "demand.archive", demand_id) as act:
        act.set(act.demand, archived_at=act.now)
    return act.demand


def reopen(actor: Actor, demand_id: int, *, reason: str) -> Demand:
    """重新受理（回头看）: takes an archived demand up again; its earlier course stays on record."""
    with acting(actor, "demand.reopen", demand_id, reason=reason) as act:
        act.set(
            act.demand,
            archived_at=None,
            completed_at=None,
            merged_into=None,
            disposal="",
            reopened_count=act.demand.reopened_count + 1,
        )
    return act.demand
