"""The rules of hot issues as an administrator changes them: from a day on, with a reason."""

from datetime import timedelta

from minsheng.foundation.models import JournalEntry
from minsheng.insight.hot_issues import actions
from minsheng.insight.hot_issues.rules import rules
from minsheng.insight.models import HotIssueRule
from support.town import NOW

TODAY = NOW.date()
PAGE = "/console/settings/hot-issues"


def least(on) -> dict[str, int]:
    return {rule.code: rule.least for rule in rules(on)}


def test_a_threshold_changes_from_a_day_on_and_stays_on_record(town, at):
    before = least(TODAY)["growing"]
    day = TODAY + timedelta(days=7)
    given = {"least": "9", "effective_from": str(day), "reason": "汛期前误报多"}
    page = at("admin").get(PAGE)
    assert "事件扩散" in page.text
    at("admin").send(f"{PAGE}/growing", **given)
    assert least(TODAY)["growing"] == before
    assert least(day)["growing"] == 9
    entry = JournalEntry.objects.get(action="hot_issue.set_rule")
    assert (entry.ref, entry.staff) == ("growing", "admin")
    assert "汛期前误报多" in at("analyst").get(PAGE).text
    page = at("admin").send(f"{PAGE}/growing", 409, **given)
    assert "已有安排" in page.text


def test_a_rule_ends_and_a_new_one_begins(town, at):
    end = str(TODAY + timedelta(days=1))
    at("admin").send(f"{PAGE}/unit-week", effective_to=end, reason="不再使用")
    assert "unit-week" in least(TODAY)
    assert "unit-week" not in least(TODAY + timedelta(days=2))
    made = {"code": "street-day", "name": "街镇激增", "kind": "topic", "area": "street"}
    at("admin").send(f"{PAGE}/new", **made, reason="试行")
    assert HotIssueRule.objects.get(code="street-day").area == "street"
    assert "street-day" in least(TODAY)


def test_what_makes_no_sense_is_refused_at_its_field(town, at):
    admin = at("admin")
    for wrong in (
        {"least": "0"},
        {"odds": "2"},
        {"odds": "nan"},
        {"effective_from": str(TODAY - timedelta(days=1))},
        {"effective_to": str(TODAY - timedelta(days=1))},
        {"reason": " "},
    ):
        admin.send(f"{PAGE}/growing", 422, **{"reason": "x", **wrong})
    assert not HotIssueRule.objects.exists()
    admin.get(f"{PAGE}/nothing", 404)
    with town.refused("forbidden"):
        actions.set_rule(town.actor("supervisor"), reason="x", code="growing")
    at("supervisor").get(f"{PAGE}/growing", 403)
