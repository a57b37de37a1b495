"""督办 walked by a supervisor and a unit, and looked at on both screens."""

import os
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from minsheng.foundation import clock
from minsheng.supervision import actions, jobs
from minsheng.supervision.actions.checks import SiteIn
from minsheng.supervision.models import AlertRule, DutyUnit, Joint, Measure
from support.looking import NARROW, faint, overflow

pytestmark = pytest.mark.browser

PAGES = (
    *("", "/alerts", "/measures", "/measures/new", "/rules", "/roster"),
    *("/rechecks", "/field-checks", "/joints", "/ownership", "/meetings", "/decisions", "/clues"),
)


def pressed(town: Any) -> Any:
    """Has an order overdue by days and warned of, and one thing of most kinds."""
    supervisor, today = town.actor("supervisor"), clock.now().date()
    for code, name, step in (
        ("overdue", "超期未办", "urge"),
        ("overdue-3", "超期三日", "supervise"),
    ):
        AlertRule.objects.create(
            code=code, name=name, kind="overdue", step=step, effective_from=date(2020, 1, 1)
        )
    DutyUnit.objects.create(month=date(2026, 3, 1), unit=town.units["traffic"])
    order = town.order("handling")
    type(order).objects.filter(pk=order.pk).update(due_at=clock.now() - timedelta(days=8))
    other = town.assign(lead="traffic")
    type(order).objects.filter(pk=other.pk).update(due_at=clock.now() + timedelta(days=1))
    actions.issue(supervisor, step="supervise", order_id=other.pk, reason="请书面报告办理情况")
    actions.open_case(supervisor, demand_id=other.demand_id, object="manhole")
    actions.order_field_check(supervisor, demand_id=other.demand_id, reason="看井盖是否更换")
    actions.plan_joint(
        supervisor,
        title="汛前排水联合督查",
        on=today,
        units=["housing"],
        sites=[SiteIn("幸福里下穿道", "traffic"), SiteIn("码头泵站", "water")],
    )
    actions.call(supervisor, title="老旧小区排水会办", at=clock.now(), units=["housing", "water"])
    actions.submit(supervisor, kind="untrue", unit="housing", text_="称已修复，照片系旧图。")
    jobs.watch()
    return order


def test_from_a_warning_to_an_answer(people: Any, living_town: Any) -> None:
    order = pressed(living_town)
    page = people.at("supervisor", "/console/supervision")
    expect(page.get_by_role("heading", name="建议采取的措施")).to_be_visible()
    warning = page.get_by_role("row").filter(has_text="超期三日")
    warning.get_by_role("link", name="督办").click()
    page.get_by_label("事由和要求").fill("超期八天，请书面报告并说明完成日期。")
    page.get_by_role("button", name="下发督办文书").click()
    expect(page.get_by_text("已下发。")).to_be_visible()
    measure = Measure.objects.get(assignment=order)

    clerk = people.at("clerk", f"/console/demands/{order.demand_id}")
    clerk.get_by_role("link", name=measure.number).click()
    clerk.get_by_label("办理情况").fill("已进场施工，三月二十日完成。")
    clerk.get_by_role("button", name="答复").click()
    expect(clerk.get_by_text("已答复。")).to_be_visible()

    page.goto(f"{people.address}/console/supervision/measures/{measure.pk}")
    page.get_by_text("销号", exact=True).first.click()
    page.get_by_label("销号意见").fill("已落实")
    page.get_by_role("button", name="销号").click()
    expect(page.get_by_text("已销号。").first).to_be_visible()
    assert not people.complaints


@pytest.mark.parametrize(("window", "scheme"), [("wide", "dark"), ("narrow", "light")])
def test_pages_are_legible_and_fit(people: Any, living_town: Any, window: str, scheme: Any) -> None:
    order = pressed(living_town)
    options: dict[str, Any] = {"color_scheme": scheme}
    if window == "narrow":
        options["viewport"] = NARROW
    paths = [f"/console/supervision{path}" for path in PAGES]
    paths += [
        f"/console/supervision/measures/{Measure.objects.get().pk}",
        f"/console/supervision/measures/{Measure.objects.get().pk}/print",
        f"/console/supervision/joints/{Joint.objects.get().pk}",
        f"/console/demands/{order.demand_id}",
    ]
    folder = os.environ.get("MINSHENG_PICTURES")
    for number, path in enumerate(paths):
        page = people.at("supervisor", path, **options)
        page.wait_for_load_state()
        if folder:
            name = f"{window}-{scheme}-{number}.png"
            page.screenshot(path=Path(folder) / name, full_page=True)
        assert overflow(page) <= 0, path
        assert faint(page) == [], path
    assert not people.complaints
