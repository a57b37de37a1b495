"""Verbs that change the knowledge base: units propose, the centre approves, everybody remarks.

Each is one transaction with one journal entry, under the item's code.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from minsheng.catalogue.queries import refs
from minsheng.directory.access import Actor, require
from minsheng.directory.models import Unit
from minsheng.directory.permissions import Scope
from minsheng.foundation import clock, journal, text
from minsheng.foundation.errors import Conflict, Forbidden, Invalid, NotFound
from minsheng.knowledge.finding import index
from minsheng.knowledge.models import Item, Remark, Search

# Any number will do, as long as nothing else in the database takes this advisory lock.
_LOCK = 0x12345_0008

#: What a proposal says, and how long it may be (characters).
_LENGTHS: Mapping[str, int] = {"title": 120, "question": 500, "answer": 5000, "basis": 200}


def write_journal(actor: Actor, item: Item, action: str, reason: str = "", **note: Any) -> None:
    """Writes the one entry of an action on an item, under its code."""
    first = Item.objects.filter(code=item.code).order_by("version").values_list("pk", flat=True)[0]
    journal.write(
        subject_kind="knowledge",
        subject_id=first,
        ref=item.code,
        action=action,
        by=actor.signature,
        at=clock.now(),
        changes={"note": {"version": item.version, **note}},
        reason=reason,
    )


@dataclass(frozen=True, slots=True)
class Saying:
    """What an item says; unit, category and district by code. Without a `code` it is a new one."""

    title: str
    answer: str
    code: str = ""
    unit: str = ""
    question: str = ""
    basis: str = ""
    kind: str = Item.Kind.ANSWER
    category: str = ""
    district: str = ""
    audience: str = Item.Audience.BOTH
    public: bool = True
    valid_from: date | None = None
    valid_to: date | None = None
    review_on: date | None = None
    keywords: tuple[str, ...] = ()


def propose(actor: Actor, **given: Any) -> Item:
    """Proposes a new item, or with a code the next version of one; it answers nobody yet.

    `given` are the fields of `Saying`. Who may propose for their unit only always proposes for it;
    others name the unit. Raises Invalid for what is missing or contradicts itself, NotFound for an
    unknown code, Conflict where a proposal is waiting already.
    """
    granted = require(actor, "knowledge.propose")
    saying = Saying(**given)
    with transaction.atomic(savepoint=False):
        lock()
        last = Item.objects.filter(code=saying.code).order_by("version").last()
        if saying.code and last is None:
            raise NotFound("not_found", _("没有编码为“%s”的知识条目；请核对。") % saying.code)
        item = next_version(actor, granted, saying, last)
        if last and last.state == Item.State.PROPOSED:
            raise Conflict("proposed", _("这条知识已有一版待审核；请先等审核结果。"))
        item.save(force_insert=True)
        write_journal(actor, item, "knowledge.propose", title=item.title)
    return item


def lock() -> None:
    """Lets one at a time add items, until the end of the transaction: codes are given in turn."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def next_version(
    actor: Actor, granted: tuple[Scope, ...], saying: Saying, last: Item | None
) -> Item:
    """Returns an item's next version after `last`, as a proposal that is not saved.

    Raises Invalid (see `propose`), and Forbidden for an item of another unit.
    """
    fields: dict[str, Any] = {
        name: (text.clean if name in ("question", "answer") else text.line)(
            getattr(saying, name), most
        )
        for name, most in _LENGTHS.items()
    }
    for name, label in (("title", _("标题")), ("answer", _("答案"))):
        if not fields[name]:
            raise Invalid("missing", _("缺少%s；请填写。") % label, field=name)
    if saying.kind not in Item.Kind or saying.audience not in Item.Audience:
        raise Invalid("unknown_value", _("类型或对象不正确；请从列表中选择。"), field="kind")
    if saying.valid_from and saying.valid_to and saying.valid_to < saying.valid_from:
        raise Invalid("dates_crossed", _("有效期止早于有效期起；请修改。"), field="valid_to")
    if saying.kind == Item.Kind.NOTICE and not (saying.valid_from and saying.valid_to):
        raise Invalid(
            "dates_missing", _("临时通知须写明起止日期，到期自动下架；请填写。"), field="valid_to"
        )
    owner = owner_of(actor, granted, saying.unit or (last.unit.code if last else ""))
    if last and Scope.ALL not in granted and last.unit_id != actor.unit_id:
        raise Forbidden("other_unit", _("这条知识属于%s；请由该单位修改。") % last.unit.name)
    return index(
        Item(
            **fields,
            **refs(category=saying.category, district=saying.district),
            code=saying.code or (last.code if last else _next_code()),
            version=last.version + 1 if last else 1,
            kind=saying.kind,
            state=Item.State.PROPOSED,
            current=False,
            unit=owner,
            audience=saying.audience,
            public=saying.public,
            valid_from=saying.valid_from,
            valid_to=saying.valid_to,
            review_on=saying.review_on,
            keywords=[word for one in saying.keywords[:20] if (word := text.line(one, 32))],
            proposed_by_id=actor.staff_id,
            proposed_at=clock.now(),
        )
    )


def owner_of(actor: Actor, granted: tuple[Scope, ...], code: str) -> Unit:
    """Returns the unit that an item belongs to: the actor's own, unless they write for all.

    Raises Invalid for an unknown code.
    """
    if Scope.ALL not in granted:
        return Unit.objects.get(code=actor.unit_code)
    unit = Unit.objects.filter(code=code or actor.unit_code, active=True).first()
    if unit is None:
        raise Invalid("unknown_unit", _("没有编码为“%s”的在用单位。") % code, field="unit")
    return unit


def _next_code() -> str:
    highest = Item.objects.filter(code__regex=r"^N\d{6}$").aggregate(last=Max("code"))["last"]
    return f"N{int(highest[1:]) + 1 if highest else 1:06d}"


def _locked(item_id: int) -> Item:
    item = Item.objects.select_for_update(of=("self",)).filter(pk=item_id).first()
    if item is None:
        raise NotFound("not_found", _("没有找到这条知识；请从列表中选择。"))
    return item


def _settling(actor: Actor, item_id: int) -> Item:
    item = _locked(item_id)
    if item.state != Item.State.PROPOSED:
        raise Conflict("settled", _("这一版已经审核过；请刷新后查看。"))
    item.settled_by_id, item.settled_at = actor.staff_id, clock.now()
    return item


def approve(actor: Actor, item_id: int) -> Item:
    """Publishes a proposed version; the one before stays on record.

    Raises Forbidden for one's own proposal: four eyes see what an agent will read out.
    """
    require(actor, "knowledge.approve")
    with transaction.atomic(savepoint=False):
        item = _settling(actor, item_id)
        if item.proposed_by_id == actor.staff_id:
            raise Forbidden("own_proposal", _("不能审核自己提交的知识；请由另一位审核。"))
        Item.objects.filter(code=item.code, current=True).update(current=False)
        item.state, item.current = Item.State.APPROVED, True
        item.save()
        write_journal(actor, item, "knowledge.approve")
    return item


def refuse(actor: Actor, item_id: int, *, reason: str) -> Item:
    """Sends a proposed version back with the reason; what holds goes on holding.

    Raises Invalid without a reason.
    """
    require(actor, "knowledge.approve")
    if not (reason := text.line(reason)):
        raise Invalid("missing", _("请写明退回的原因。"), field="reason")
    with transaction.atomic(savepoint=False):
        item = _settling(actor, item_id)
        item.state, item.remark = Item.State.REFUSED, reason
        item.save()
        write_journal(actor, item, "knowledge.refuse", reason)
    return item


def retire(actor: Actor, item_id: int, *, reason: str) -> Item:
    """Takes a current item out of use. Answers that rested on it keep pointing at it.

    Raises Invalid without a reason, Conflict for a version that does not hold.
    """
    require(actor, "knowledge.approve")
    if not (reason := text.line(reason)):
        raise Invalid("missing", _("请写明停用的原因。"), field="reason")
    with transaction.atomic(savepoint=False):
        item = _locked(item_id)
        if not item.current:
            raise Conflict("not_current", _("这一版不是现行版本；无须停用。"))
        item.state, item.current, item.remark = Item.State.RETIRED, False, reason
        item.settled_by_id, item.settled_at = actor.staff_id, clock.now()
        item.save()
        write_journal(actor, item, "knowledge.retire", reason)
    return item


def review(actor: Actor, item_id: int, *, next_on: date) -> Item:
    """Says that a current item still holds and when to look again. Raises Invalid for the past."""
    granted = require(actor, "knowledge.propose")
    if next_on <= clock.now().date():
        raise Invalid("not_future", _("下次复核日期须晚于今天；请修改。"), field="next_on")
    with transaction.atomic(savepoint=False):
        item = _locked(item_id)
        if Scope.ALL not in granted and item.unit_id != actor.unit_id:
            raise Forbidden("other_unit", _("这条知识属于%s；请由该单位复核。") % item.unit.name)
        if not item.current:
            raise Conflict("not_current", _("这一版不是现行版本；无须复核。"))
        before, item.review_on = item.review_on, next_on
        item.save(update_fields=["review_on"])
        write_journal(actor, item, "knowledge.review", review_on=[before, next_on])
    return item


def remark(actor: Actor, item_id: int, *, kind: str, said: str = "") -> Remark:
    """Keeps what somebody says of an item they worked with; what is wrong must be said in words."""
    require(actor, "knowledge.remark")
    said = text.line(said, 500)
    if kind not in Remark.Kind:
        raise Invalid("unknown_value", _("意见类型不正确；请从列表中选择。"), field="kind")
    if kind != Remark.Kind.USEFUL and not said:
        raise Invalid("missing", _("请写明哪里不对，方便单位修改。"), field="said")
    if actor.staff_id is None:
        raise Forbidden("no_person", _("反馈须由工作人员提交。"))
    with transaction.atomic(savepoint=False):
        item = _locked(item_id)
        made = Remark.objects.create(
            item=item, kind=kind, text=said, by_id=actor.staff_id, at=clock.now()
        )
        write_journal(actor, item, "knowledge.remark", kind=kind)
    return made


def settle_remark(actor: Actor, remark_id: int, *, settlement: str) -> Remark:
    """Says what was done about a remark: by the centre, or by the item's unit.

    Raises Forbidden for another unit, Conflict for a remark that was seen to already.
    """
    granted = require(actor, "knowledge.propose")
    if not (settlement := text.line(settlement)):
        raise Invalid("missing", _("请写明处理结果。"), field="settlement")
    with transaction.atomic(savepoint=False):
        made = Remark.objects.select_for_update().filter(pk=remark_id).first()
        if made is None:
            raise NotFound("not_found", _("没有找到这条反馈；请刷新后重试。"))
        if Scope.ALL not in granted and made.item.unit_id != actor.unit_id:
            raise Forbidden("other_unit", _("这条知识属于其他单位；请由该单位处理。"))
        if made.settled_at:
            raise Conflict("settled", _("这条反馈已经处理过；请刷新后查看。"))
        made.settled_at, made.settlement = clock.now(), settlement
        made.save(update_fields=["settled_at", "settlement"])
        write_journal(actor, made.item, "knowledge.settle_remark", settlement)
    return made


def searched(query: str, found: int) -> None:
    """Keeps what was looked for, so that what nobody finds gets written. Not who looked."""
    Search.objects.create(query=text.line(query, 100), found=found, at=clock.now())
