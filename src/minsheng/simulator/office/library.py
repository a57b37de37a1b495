"""知识库: units write, the centre approves, agents remark, and keepers look after it."""

from datetime import timedelta

from minsheng.demands.models import Demand
from minsheng.directory.permissions import Role
from minsheng.knowledge import actions, queries
from minsheng.knowledge.models import Item, Remark
from minsheng.simulator.office.desk import Desk

VERSIONS, NOTICES, REMARKS, SEARCHES = 10, 5, 16, 40  # a month
APPROVED, SETTLED = 0.25, 0.12  # of what waits, at each sitting
REFUSED = 0.12  # of what is decided on
REVIEWED, RETIRED = 0.2, 0.05
NEXT_REVIEW = timedelta(days=180)
_KINDS = (("useful", 0.45), ("unclear", 0.25), ("outdated", 0.2), ("wrong", 0.1))
_MOST = 20


def write(desk: Desk) -> None:
    """报送: a unit's clerk writes another version of an item, or a notice for some days."""
    if desk.monthly(VERSIONS):
        _next_version(desk)
    if desk.monthly(NOTICES):
        notice, unit = desk.words("notices"), desk.unit()
        clerk = desk.clerk(unit)
        if notice and clerk:
            said = desk.rng.choice(notice)
            desk.do(
                "knowledge.propose",
                actions.propose,
                clerk,
                title=desk.fill(said["title"], unit=desk.name(unit)),
                answer=desk.fill(said["answer"], unit=desk.name(unit)),
                kind=Item.Kind.NOTICE,
                valid_from=desk.today,
                valid_to=desk.today + timedelta(days=desk.rng.randint(3, 20)),
            )
    late = queries.stale(desk.today).select_related("unit").order_by("code")[:_MOST]
    for item in desk.some(late, REVIEWED):
        if clerk := desk.clerk(item.unit.code):
            next_on = desk.today + NEXT_REVIEW
            desk.do("knowledge.review", actions.review, clerk, item.pk, next_on=next_on)


def _next_version(desk: Desk) -> None:
    waiting = Item.objects.filter(state=Item.State.PROPOSED).values("code")
    there = Item.objects.filter(current=True, kind=Item.Kind.ANSWER).exclude(code__in=waiting)
    keys = list(there.order_by("code").values_list("pk", flat=True))
    if not keys:
        return
    item = Item.objects.select_related("unit", "category", "district").get(pk=desk.rng.choice(keys))
    clerk = desk.clerk(item.unit.code)
    if clerk is None:
        return
    desk.do(
        "knowledge.propose",
        actions.propose,
        clerk,
        code=item.code,
        title=item.title,
        question=item.question,
        answer=f"{item.answer}{desk.say('addition', unit=item.unit.name)}",
        basis=item.basis,
        category=item.category.code if item.category else "",
        district=item.district.code if item.district else "",
        audience=item.audience,
        public=item.public,
        valid_from=item.valid_from,
        valid_to=item.valid_to,
        review_on=desk.today + NEXT_REVIEW,
        keywords=tuple(item.keywords),
    )


def approve(desk: Desk) -> None:
    """审核: the centre publishes what was proposed or sends it back, and retires old notices."""
    waiting = Item.objects.filter(state=Item.State.PROPOSED).order_by("code", "version")
    for item in desk.some(waiting, APPROVED):
        role = desk.rng.choice((Role.DISPATCHER, Role.SUPERVISOR))
        actor = desk.somebody(role, but=[item.proposed_by_id])
        if desk.chance(REFUSED):
            reason = desk.say("refused_item")
            desk.do("knowledge.refuse", actions.refuse, actor, item.pk, reason=reason)
        else:
            desk.do("knowledge.approve", actions.approve, actor, item.pk)
    over = Item.objects.filter(current=True, kind=Item.Kind.NOTICE, valid_to__lt=desk.today)
    for item in desk.some(over.order_by("code"), RETIRED):
        actor = desk.somebody(Role.SUPERVISOR)
        desk.do("knowledge.retire", actions.retire, actor, item.pk, reason=desk.say("retired"))


def remark(desk: Desk) -> None:
    """反馈: agents say what they think of an item, or look in vain; units see to what was said."""
    if desk.monthly(REMARKS):
        used = Demand.objects.filter(knowledge__isnull=False, accepted_at__gte=desk.days_ago(7))
        items = list(used.order_by("number").values_list("knowledge", flat=True)[:_MOST])
        if items:
            kind = desk.pick(_KINDS)
            said = "" if kind == "useful" else desk.say("remark", kind)
            agent = desk.somebody(Role.AGENT)
            item = desk.rng.choice(items)
            desk.do("knowledge.remark", actions.remark, agent, item, kind=kind, said=said)
    if desk.monthly(SEARCHES) and (lines := desk.words("looked_for")):
        query = desk.rng.choice(lines)
        actions.searched(query, len(queries.search(query, desk.today).items))
    waiting = Remark.objects.filter(settled_at=None).select_related("item__unit")
    for row in desk.some(waiting.order_by("at", "item__code")[:_MOST], SETTLED):
        if clerk := desk.clerk(row.item.unit.code):
            words = desk.say("settled_remark")
            desk.do(
                "knowledge.settle_remark", actions.settle_remark, clerk, row.pk, settlement=words
            )
