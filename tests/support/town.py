"""A small town with everything that a demand can meet, made in a few dozen milliseconds.

Two districts, a dozen units on three levels, one person for every role, categories three deep, a
catalogue, limits, reasons. Tests of all rooms live in it:

    def test_signing(town):
        demand = town.accept()
        order = town.assign(demand)
        orders.sign(town.actor("clerk"), order.pk)

The fixture stops the clock at `NOW`, a Tuesday within the years that the calendar knows; use
`clock.moved` inside a test to move on.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connection, transaction

from minsheng.catalogue.models import (
    CatalogueEntry,
    Category,
    Channel,
    City,
    Kind,
    LegalRoute,
    Reason,
    Template,
    TimeLimit,
    TransferLine,
)
from minsheng.demands import actions as demands
from minsheng.demands.models import Attachment, Demand
from minsheng.directory.access import SYSTEM, Actor, citizen, of_post
from minsheng.directory.models import District, Post, Staff, Unit, UnitAlias
from minsheng.followups import actions as follow_ups
from minsheng.followups.models import PlanRule
from minsheng.foundation import clock, recent, vault
from minsheng.knowledge.models import Item
from minsheng.orders import actions as orders
from minsheng.orders.models import Assignment
from support.deeds import picture

NOW = datetime(2026, 3, 10, 10, tzinfo=clock.ZONE)
PASSWORD = "town-password-12345"
PHONE = "13900001234"

# code, name, level, parent
DISTRICTS = [
    ("town", "小城市", "city", None),
    ("east", "东湾区", "district", "town"),
    ("west", "西岭县", "district", "town"),
    ("east-quay", "码头街道", "street", "east"),
    ("east-hill", "青山街道", "street", "east"),
    ("west-ford", "石渡镇", "town", "west"),
]

# code, name, kind, parent, district, level, territorial, sign-off
UNITS = [
    ("hotline", "热线服务中心", "centre", None, None, 0, False, False),
    ("housing", "住房局", "department", None, None, 1, False, True),
    ("traffic", "交通局", "department", None, None, 1, False, True),
    ("water", "供水公司", "enterprise", None, None, 1, False, True),
    ("watchdog", "监察室", "department", None, None, 1, False, True),
    ("east-gov", "东湾区政府", "county", None, "east", 1, True, True),
    ("west-gov", "西岭县政府", "county", None, "west", 1, True, True),
    ("housing-repair", "住房局维修科", "section", "housing", None, 2, False, False),
    ("quay", "码头街道办事处", "street", "east-gov", "east-quay", 2, True, False),
    ("hill", "青山街道办事处", "street", "east-gov", "east-hill", 2, True, False),
    ("quay-grid", "码头街道网格站", "section", "quay", "east-quay", 3, False, False),
    ("quay-grid-1", "码头第一网格", "section", "quay-grid", "east-quay", 3, False, False),
]

# username, role, unit. The first person of a role goes by the role's name.
STAFF = [
    ("agent", "agent", "hotline"),
    ("agent2", "agent", "hotline"),
    ("dispatcher", "dispatcher", "hotline"),
    ("dispatcher2", "dispatcher", "hotline"),
    ("follow_up", "follow_up", "hotline"),
    ("supervisor", "supervisor", "hotline"),
    ("supervisor2", "supervisor", "hotline"),
    ("analyst", "analyst", "hotline"),
    ("leader", "leader", "hotline"),
    ("discipline", "discipline", "watchdog"),
    ("collector", "collector", "hotline"),
    ("specialist", "specialist", "housing"),
    ("vendor", "vendor", "water"),
    ("admin", "admin", "hotline"),
    ("clerk", "clerk", "housing"),
    ("clerk2", "clerk", "housing"),
    ("unit_leader", "unit_leader", "housing"),
    ("clerk.traffic", "clerk", "traffic"),
    ("leader.traffic", "unit_leader", "traffic"),
    ("clerk.water", "clerk", "water"),
    ("clerk.repair", "clerk", "housing-repair"),
    ("clerk.east", "clerk", "east-gov"),
    ("leader.east", "unit_leader", "east-gov"),
    ("clerk.quay", "clerk", "quay"),
    ("clerk.grid", "clerk", "quay-grid"),
]

# Who handles and who signs off for a unit.
PEOPLE = {
    "housing": ("clerk", "unit_leader"),
    "traffic": ("clerk.traffic", "leader.traffic"),
}

# code, name, parent, element
CATEGORIES = [
    ("build", "住房建设", None, ""),
    ("build.home", "房屋管理", "build", ""),
    ("build.home.leak", "房屋漏水", "build.home", "event"),
    ("build.home.lift", "电梯故障", "build.home", "component"),
    ("road", "道路交通", None, ""),
    ("road.lamp", "路灯不亮", "road", "component"),
    ("road.hole", "路面坑洞", "road", "component"),
    ("noise", "噪声扰民", None, "event"),
]

# category, area, lead, assists, basis
CATALOGUE = [
    ("build", None, "housing", [], "catalogue"),
    ("build.home.lift", "east", "housing", ["@district"], "catalogue"),
    ("road", None, "traffic", [], "catalogue"),
    ("noise", None, "@district", [], "catalogue"),
]

# stage, kind, urgency, limit
LIMITS = [
    ("sign", "", "", "2wh"),
    ("contact", "", "", "1wd"),
    ("complete", "", "", "5wd"),
    ("complete", "consult", "", "3wd"),
    ("complete", "", "urgent", "24h"),
    ("supervise", "", "", "5wd"),
    ("reopen", "", "", "5wd"),
    ("abuse", "", "", "2160h"),
]


@cache
def _password() -> str:
    return make_password(PASSWORD)


@dataclass
class Town:
    """The town and shorthands for what tests do all the time."""

    units: dict[str, Unit] = field(default_factory=dict)
    posts: dict[str, Post] = field(default_factory=dict)
    calls: int = 0

    def actor(self, username: str) -> Actor:
        """Returns who acts under this user name; also `system` and `citizen`."""
        if username == "system":
            return SYSTEM
        if username == "citizen":  # who has raised nothing yet
            return citizen()
        return of_post(self.posts[username])

    def intake(self, **changed: Any) -> demands.Intake:
        """Returns a demand as an agent takes it down, with a petitioner, changed as told."""
        self.calls += 1
        given: dict[str, Any] = {
            "channel": "phone",
            "kind": "complain",
            "category": "build.home.leak",
            "district": "east-quay",
            "title": f"楼顶漏水无人维修（{self.calls}）",
            "text": "三单元楼顶下雨就漏水，物业一直没有维修。",
            "place": "码头街道幸福里3号楼",
            "petitioner": demands.PersonIn(name="钱小满", phone=PHONE),
        }
        return demands.Intake(**{**given, **changed})

    def accept(self, by: str = "agent", **changed: Any) -> Demand:
        """Accepts a demand."""
        return demands.accept(self.actor(by), self.intake(**changed))

    def secret(self, **changed: Any) -> Demand:
        """Accepts a demand that only discipline officers may know of."""
        return self.accept("discipline", channel="discipline", **changed)

    def assign(
        self, demand: Demand | None = None, lead: str = "housing", **given: Any
    ) -> Assignment:
        """Gives a demand (a new one by default) to a unit; returns the lead's order."""
        demand = demand or self.accept()
        return orders.assign(self.actor("dispatcher"), demand.pk, lead=lead, **given)[0]

    def order(self, state: str, order: Assignment | None = None) -> Assignment:
        """Brings an order of 住房局 or 交通局 into a state of its lifecycle.

        Without `order` it is a new one of 住房局.
        """
        order = order or self.assign()
        act = self.actor
        clerk, leader = PEOPLE[order.unit.code]

        def signed() -> None:
            orders.sign(act(clerk), order.pk)

        def replied() -> None:
            signed()
            orders.reply(act(clerk), order.pk, text="已派人补漏，经查不再渗水。", solved=True)

        match state:
            case "assigned":
                pass
            case "signed":
                signed()
            case "handling":
                signed()
                orders.contact(act(clerk), order.pk, method="phone", outcome="已约定上门时间")
            case "return_requested":
                orders.request_return(
                    act(clerk), order.pk, reason_code="not_ours", reason="属物业职责"
                )
            case "extension_requested":
                signed()
                orders.request_extension(act(clerk), order.pk, limit="2wd", reason="等待材料")
            case "suspended":
                signed()
                orders.suspend(
                    act("supervisor"),
                    order.pk,
                    review_on=(NOW + timedelta(days=60)).date(),
                    reason="纳入老旧小区改造",
                )
            case "sign_off":
                replied()
            case "replied":
                replied()
                orders.sign_off(act(leader), order.pk)
            case "completed":
                self.order("replied", order)
                orders.pass_audit(act("dispatcher"), order.pk)
            case "returned":
                self.order("return_requested", order)
                orders.accept_return(act("dispatcher"), order.pk)
            case "reassigned":
                orders.reassign(act("dispatcher"), order.pk, unit="traffic", reason="职责不符")
            case "recalled":
                orders.recall(act("dispatcher"), order.pk, reason="派错单位")
            case "lapsed":
                lead = self.assign(lead="traffic", assists=["housing"])
                self.order("completed", lead)
                order = lead.demand.assignments.get(part="assist")
            case _:
                raise ValueError(state)
        return Assignment.objects.select_related("demand", "unit", "work_order").get(pk=order.pk)

    def demand(self, state: str) -> Demand:
        """Returns a new demand in a state of its lifecycle."""
        act = self.actor
        if state == "draft":
            return demands.register(act("agent"), self.intake())
        if state in ("assigned", "completed"):
            order = self.order("signed" if state == "assigned" else "completed")
            return Demand.objects.get(pk=order.demand_id)
        if state in ("following_up", "evaluated"):
            demand = self.demand("completed")
            if state == "following_up":
                follow_ups.attempt(act("follow_up"), demand.pk, remark="无人接听")
            else:
                follow_ups.evaluate(act("follow_up"), demand.pk, grade="satisfied", solved=True)
        else:
            earlier = self.accept()
            demand = self.accept()
            match state:
                case "accepted":
                    pass
                case "answered":
                    demands.answer(
                        act("agent"), demand.pk, answer="维修基金可以申请。", knowledge="fund"
                    )
                case "rejected":
                    demands.reject(
                        act("dispatcher"), demand.pk, legal_route="court", reason="已进入诉讼"
                    )
                case "merged":
                    assert earlier.number
                    demands.merge(act("dispatcher"), demand.pk, into=earlier.number)
                case "withdrawn":
                    orders.withdraw(act("agent"), demand.pk, reason="问题已自行解决")
                case "archived":
                    demands.answer(
                        act("agent"), demand.pk, answer="维修基金可以申请。", knowledge="fund"
                    )
                    demands.archive(act("supervisor"), demand.pk)
                case _:
                    raise ValueError(state)
        return Demand.objects.get(pk=demand.pk)

    def attach(self, demand: Demand, **given: Any) -> Attachment:
        """Stores a picture with a demand."""
        return demands.attach(citizen(demand.pk), demand.pk, file=picture(), **given)

    def petitioner(self, demand: Demand) -> Actor:
        """Returns the petitioner of a demand, as one who gave its query code."""
        return citizen(demand.pk)

    @contextmanager
    def refused(self, code: str | None = None) -> Iterator[Any]:
        """Expects a refusal and goes on in the same transaction: a savepoint takes it back."""
        from minsheng.foundation.errors import Refused

        with pytest.raises(Refused) as seen, transaction.atomic():
            yield seen
        if code is not None:
            assert seen.value.code == code, seen.value


def make_town() -> Town:
    """Fills an empty database with the town."""
    vault.check()
    City.objects.create(
        code="town", name="小城市", hotline="小城12345", population=800_000, lon=119.2, lat=34.6
    )
    districts: dict[str, District] = {}
    for code, name, level, parent in DISTRICTS:
        above = districts[parent] if parent else None
        districts[code] = District(
            code=code, name=name, short_name=name, level=level, parent=above, lon=119.2, lat=34.6
        )
    _plant(districts.values())
    units: dict[str, Unit] = {}
    for code, name, kind, parent, district, unit_level, territorial, sign_off in UNITS:
        above_unit = units[parent] if parent else None
        units[code] = Unit(
            code=code,
            name=name,
            kind=kind,
            parent=above_unit,
            district=districts[district] if district else None,
            level=unit_level,
            is_territorial=territorial,
            sign_off=sign_off,
        )
    _plant(units.values())
    UnitAlias.objects.create(unit=units["housing"], name="市住房保障局")

    staff = Staff.objects.bulk_create(
        Staff(username=username, name=f"{role}·{unit}"[:32], password=_password())
        for username, role, unit in STAFF
    )
    posts = Post.objects.bulk_create(
        Post(
            staff=person, role=role, unit=units[unit], since=datetime(2020, 1, 1, tzinfo=clock.ZONE)
        )
        for person, (_username, role, unit) in zip(staff, STAFF, strict=True)
    )
    _dictionaries(units, districts)
    recent.forget()
    return Town(units=units, posts={post.staff.username: post for post in posts})


def _plant(tree: Iterable[Any]) -> None:
    """Stores the nodes of a tree, given from the roots on, each with its line of ancestors."""
    nodes = list(tree)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [nodes[0]._meta.db_table, len(nodes)],
        )
        for node, (node.pk,) in zip(nodes, cursor.fetchall(), strict=True):
            node.lineage = [*(node.parent.lineage if node.parent else []), node.pk]
    type(nodes[0]).objects.bulk_create(nodes)


def _dictionaries(units: dict[str, Unit], districts: dict[str, District]) -> None:
    Channel.objects.bulk_create(
        Channel(
            code=code,
            name=name,
            door=door,
            is_public=public,
            is_collector=collector,
            restricted=restricted,
            sort=place,
        )
        for place, (code, name, door, public, collector, restricted) in enumerate(
            [
                ("phone", "电话", "phone", True, False, False),
                ("web", "网站", "web", True, False, False),
                ("patrol", "巡查采集", "collector", False, True, False),
                ("province", "省平台", "exchange", True, False, False),
                ("discipline", "纪检专线", "phone", True, False, True),
            ]
        )
    )
    Kind.objects.bulk_create(
        Kind(code=code, name=name, sort=place)
        for place, (code, name) in enumerate(
            [
                ("consult", "咨询"),
                ("help", "求助"),
                ("complain", "投诉"),
                ("report", "举报"),
                ("suggest", "建议"),
                ("praise", "表扬"),
            ]
        )
    )
    categories: dict[str, Category] = {}
    for code, name, parent, element in CATEGORIES:
        above = categories[parent] if parent else None
        categories[code] = Category(
            code=code,
            name=name,
            parent=above,
            level=above.level + 1 if above else 1,
            element=element,
        )
    _plant(categories.values())
    since = date(2020, 1, 1)
    CatalogueEntry.objects.bulk_create(
        CatalogueEntry(
            category=categories[category],
            area=districts[area] if area else None,
            lead=lead,
            assists=assists,
            basis=basis,
            effective_from=since,
        )
        for category, area, lead, assists, basis in CATALOGUE
    )
    TimeLimit.objects.bulk_create(
        TimeLimit(stage=stage, kind=kind, urgency=urgency, limit=limit, effective_from=since)
        for stage, kind, urgency, limit in LIMITS
    )
    PlanRule.objects.bulk_create(
        PlanRule(
            code=code,
            name=code,
            origin=origin,
            urgency=urgency,
            share=1,
            course=course,
            effective_from=since,
        )
        for code, origin, urgency, course in [
            ("province", "province", "", "three_plus_one"),
            ("urgent", "", "urgent", "standard"),
        ]
    )
    TransferLine.objects.create(
        code="water", name="供水热线", number="96116", mode="transfer", unit=units["water"]
    )
    LegalRoute.objects.create(
        code="court", name="诉讼", text="该事项已进入诉讼程序，请通过法院反映。"
    )
    Reason.objects.bulk_create(
        Reason(kind=kind, code=code, name=name)
        for kind, code, name in [
            ("return", "not_ours", "不属本单位职责"),
            ("return", "wrong_place", "不在本辖区"),
            ("dissatisfied", "unsolved", "问题未解决"),
            ("dissatisfied", "attitude", "态度不好"),
            ("extension", "materials", "等待材料"),
            ("rework", "no_contact", "未联系诉求人"),
            ("rework", "evasive", "答复空泛"),
            ("attempt", "no_answer", "无人接听"),
            ("attempt", "wrong_number", "号码错误"),
            ("exclusion", "unreasonable", "诉求不合理"),
            ("exclusion", "force_majeure", "不可抗力"),
        ]
    )
    Template.objects.bulk_create(
        Template(
            use=use,
            code=code,
            name=name,
            kind=kind,
            text=text,
            effective_from=since,
            category=categories[category] if category else None,
        )
        for use, code, name, kind, category, text in [
            ("reply", "leak", "漏水", "", "build.home.leak", "经查，{place}漏水已于{date}修复。"),
            ("reply", "any", "通用", "", "", "您反映的“{title}”，经核实，____。"),
            ("reply", "lamp", "路灯", "", "road.lamp", "路灯已更换。"),
            ("call", "any", "通用", "", "", "您好，这里是{hotline}。您反映的“{title}”办结了吗？"),
            ("call", "consult", "咨询", "consult", "", "您好，您咨询的“{title}”得到答复了吗？"),
        ]
    )
    Item.objects.bulk_create(
        [
            Item(
                code="fund",
                title="维修基金如何申请",
                question="房屋漏水能用维修基金吗",
                answer="可以，向业主委员会申请。",
                unit=units["housing"],
            ),
            Item(
                code="old",
                title="临时停水通知",
                answer="某日停水。",
                unit=units["water"],
                valid_to=date(2021, 1, 1),
            ),
        ]
    )


@contextmanager
def inhabited() -> Iterator[Town]:
    """The town for the time of a block, with the clock stopped at `NOW`."""
    with clock.moved(NOW):
        yield make_town()
    recent.forget()
