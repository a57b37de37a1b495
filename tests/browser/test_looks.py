"""What every page keeps to on every screen: it fits, it can be read, and nothing complains."""

import pytest

from minsheng.bulletins.model import Bulletin, Chart, Figure, Paragraph, Section, Table
from minsheng.bulletins.models import Issue
from minsheng.demands import actions as demands
from minsheng.evaluation.models import Evaluation, Result
from minsheng.followups import actions as follow_ups
from minsheng.foundation import clock
from minsheng.orders import actions as orders
from support.deeds import picture
from support.looking import NARROW, WIDE, barriers, faint, overflow


def assessed(town) -> Evaluation:
    """Returns a draft with a unit that was scored, moved down, and one without data."""
    evaluation = Evaluation.objects.create(
        scheme="yueyang",
        version="2017",
        city="town",
        period="2025Q4",
        rules={"name": "热线综合评价", "decimals": 1},
        inputs_sha256="0" * 64,
        reason="一件准予剔除",
        changes=[{"unit": "住房局", "due": [5, 4], "composite": ["90", "95"], "grade": ["B", "A"]}],
        computed_at=clock.now(),
        computed_by="analyst",
    )
    lines = [{"text": "按期办结率 97.49% × 0.3 = 29.247"}, {"text": "群众满意率：没有数据"}]
    told = {"evaluation": evaluation, "rates": {}, "lines": lines, "counts": {"due": 4}}
    units = town.units
    Result.objects.create(
        **told, unit=units["housing"], unit_name="住房局", composite=95, grade="A", moved="up",
        grade_before="B",
    )  # fmt: skip
    Result.objects.create(
        **told, unit=units["quay"], unit_name="码头街道办事处", flags=["群众满意率没有数据，不评分"]
    )
    return evaluation


def issued() -> Issue:
    """Returns a draft of a bulletin with a long sentence, a wide table and a chart."""
    many = tuple(Figure(f"{n}.50%", n / 100, "on_time_completion_rate") for n in range(12))
    words = [part for figure in many for part in (f"按期办结率较高的{figure.printed}是", figure)]
    table = Table("t", "各单位办理情况", ("单位", *map(str, range(12))), (("住房局", *many),))
    chart = Chart("c", "bar", "受理量", ("一月", "二月"), {"受理量": (1, 2)}, "", "一月1，二月2。")
    bulletin = Bulletin(
        template="monthly",
        title="小城市12345热线2026年2月运行情况通报",
        subtitle="月报",
        number="2026年月报第2期",
        issuer="小城市12345政务服务便民热线中心",
        issued_on="2026-03-02",
        period="2026-02",
        sections=(Section("总体情况", (Paragraph(tuple(words), "p"), table, chart)),),
        notes=("率的变化为百分点。",),
    )
    return Issue.objects.create(
        template="monthly",
        year=2026,
        number=2,
        period="2026-02",
        title=bulletin.title,
        content=bulletin.to_json().decode(),
        made_at=clock.now(),
        made_by="analyst",
    )


@pytest.fixture
def pages(living_town) -> list[tuple[str, str]]:
    """Pages of every kind with something on them: who looks, and where."""
    town = living_town
    order = town.order("replied")
    demands.attach(town.actor("agent"), order.demand_id, file=picture())
    demands.supplement(town.actor("agent"), order.demand_id, text="昨晚又漏了")
    town.order("suspended")
    town.order("assigned")
    town.order("return_requested")
    urgent = town.accept(urgent=True, confidential=True)
    evaluated = town.demand("evaluated")
    handled = town.order("handling")
    orders.urge(town.actor("dispatcher"), handled.pk, reason="雨季将至")
    planned = follow_ups.plan(town.actor("follow_up"), town.demand("completed").pk)
    demand = f"/console/demands/{order.demand_id}"
    person = f"/console/settings/staff/{town.posts['clerk'].staff_id}"
    return [
        ("", "/console/sign-in"),
        ("agent", "/console/intake"),
        ("agent", "/console/password"),
        ("agent", "/console/post"),
        ("agent", "/console/knowledge"),
        ("collector", "/console/"),
        ("dispatcher", "/console/"),
        ("dispatcher", "/console/?tab=orders&text=漏水"),
        ("dispatcher", demand),
        ("dispatcher", f"{demand}/print"),
        ("dispatcher", f"/console/orders/{order.pk}/do/order.fail_audit"),
        ("dispatcher", f"/console/demands/{urgent.pk}/do/demand.assign"),
        ("dispatcher", f"/console/demands/{urgent.pk}/petitioner"),
        ("clerk", "/console/"),
        ("clerk", f"/console/demands/{handled.demand_id}"),
        ("clerk", f"/console/orders/{handled.pk}/do/order.reply"),
        ("clerk", "/console/sheets"),
        ("clerk", "/console/due"),
        ("dispatcher", f"/console/desks/audit/{order.pk}"),
        ("follow_up", f"/console/desks/call/{planned.pk}"),
        ("clerk", "/console/nowhere"),
        ("clerk", "/console/settings"),
        ("follow_up", f"/console/demands/{evaluated.pk}"),
        ("supervisor", "/console/?tab=suspended"),
        ("supervisor", "/console/evaluations"),
        ("supervisor", f"/console/evaluations/{assessed(town).pk}"),
        ("supervisor", f"/console/bulletins/{issued().pk}"),
        ("analyst", f"/console/bulletins/{Issue.objects.get().pk}/edit"),
        ("analyst", "/console/bulletins"),
        ("leader", "/console/figures"),
        ("admin", "/console/settings/staff"),
        ("admin", person),
        ("admin", "/console/settings/units"),
        ("admin", "/console/settings/calendar"),
        ("admin", "/console/settings/limits"),
    ]


@pytest.mark.parametrize(
    ("screen", "scheme"), [(WIDE, "light"), (NARROW, "dark")], ids=["wide-light", "narrow-dark"]
)
def test_every_page_fits_and_can_be_read(people, pages, screen, scheme):
    wrong = []
    for who, path in pages:
        page = people.at(who, path, viewport=screen, color_scheme=scheme)
        if more := overflow(page):
            wrong.append((path, f"{more} px too wide"))
        wrong += [(path, words) for words in faint(page)]
        if scheme == "light":
            wrong += [(path, words) for words in barriers(page)]
    assert not wrong


def test_every_page_fits_on_tablets_and_small_screens(people, pages):
    wrong = []
    for who, path in pages:
        page = people.at(who, path, viewport=WIDE)
        for width in (1200, 1024, 900, 800, 600):
            page.set_viewport_size({"width": width, "height": WIDE["height"]})
            if more := overflow(page):
                wrong.append((path, width, f"{more} px too wide"))
    assert not wrong


def test_the_theme_is_the_readers_choice(people):
    page = people.at("clerk", color_scheme="dark")
    root = page.locator("html")
    assert root.get_attribute("data-bs-theme") == "dark"
    page.locator("[data-menu] summary").click()
    page.get_by_role("button", name="深色或浅色").click()
    assert root.get_attribute("data-bs-theme") == "light"
    page.reload()
    assert root.get_attribute("data-bs-theme") == "light"
