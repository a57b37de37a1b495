"""Registers as the city defines them: entries, steps, who may, and what is refused, by the API."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from minsheng.directory.permissions import Role
from minsheng.foundation import clock, journal
from minsheng.foundation.errors import Invalid
from minsheng.registers import rules
from minsheng.registers.models import Entry
from support.calling import Caller

SUGGESTION = {"title": "海棠路加装路灯", "text": "夜里太黑，建议加装。", "source": "来电"}


class Asker:
    """Asks as somebody, and gets the whole response, whatever it is."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller

    def get(self, path: str) -> Any:
        return self.caller.get(path, None)

    def post(self, path: str, body: object, key: str = "") -> Any:
        headers = {"Idempotency_Key": key} if key else {}
        return self.caller.post(path, body, None, **headers)


@pytest.fixture
def ask(call: Callable[..., Caller]) -> Callable[..., Asker]:
    return lambda who="": Asker(call(who))


def soon(days: int = 10) -> str:
    return (clock.now().date() + timedelta(days=days)).isoformat()


def add(ask, register: str, fields: dict, who: str = "supervisor", **more):
    return ask(who).post(f"/registers/{register}/entries", {"fields": fields, **more})


def inspection(ask, unit: str = "housing") -> str:
    fields = {
        "title": "值班电话",
        "on": "2026-03-01",
        "checklist": "有人接；有记录",
        "findings": "夜间无人接听",
    }
    made = add(ask, "inspection", fields, unit=unit, due_on=soon())
    assert made.status_code == 200, made.json()
    return made.json()["number"]


def test_every_register_of_the_city_can_be_kept(ask, town):
    """Each of them takes an entry with all of its fields, and every step is reachable."""
    demand = town.accept()
    numbers: dict[str, str] = {}
    for code, one in rules.registers().items():
        fields = {}
        for field in one.fields_of():
            match field.kind:
                case rules.FieldKind.NUMBER:
                    fields[field.code] = 3
                case rules.FieldKind.DATE:
                    fields[field.code] = "2026-03-02"
                case rules.FieldKind.CHOICE:
                    fields[field.code] = field.options[-1]
                case rules.FieldKind.DEMAND:
                    fields[field.code] = demand.number
                case rules.FieldKind.ENTRY:
                    fields[field.code] = numbers[field.register]
                case _:
                    fields[field.code] = f"{field.name}是这样"
        more = {}
        if one.unit is rules.Presence.REQUIRED:
            more["unit"] = "housing"
        if one.due is rules.Presence.REQUIRED:
            more["due_on"] = soon()
        made = add(ask, code, fields, one.keepers[0], **more)
        assert made.status_code == 200, (code, made.json())
        numbers[code] = made.json()["number"]
        assert made.json()["fields"] == fields
        reached, grown = {one.first_state.code}, True
        while grown:
            found = {s.to for s in one.steps.values() if s.to and reached & {*s.sources}} - reached
            reached, grown = reached | found, bool(found)
        assert reached == {*one.states}, code
    listed = ask("supervisor").get("/registers").json()
    assert [(one["code"], one["total"]) for one in listed] == [(c, 1) for c in rules.registers()]


def test_a_suggestion_is_collected_adopted_and_answered(ask):
    number = add(ask, "suggestion", SUGGESTION, "agent").json()["number"]
    steps = f"/register-entries/{number}/steps"
    early = ask("agent").post(f"{steps}/reply", {"fields": {"reply": "谢谢"}})
    assert early.status_code == 409
    adopted = ask("supervisor").post(f"{steps}/adopt", {"fields": {"ruling": "列入计划"}})
    assert adopted.json()["state"] == "adopted"
    done = ask("agent").post(f"{steps}/reply", {"fields": {"reply": "已列入今年计划。"}}).json()
    assert done["state"] == "replied"
    assert done["closed_at"]
    assert done["fields"] == {**SUGGESTION, "ruling": "列入计划", "reply": "已列入今年计划。"}
    entry = Entry.objects.get(number=number)
    actions = [line.action for line in journal.timeline("register", entry.pk)]
    assert actions == ["register.add", "register.step", "register.step"]


def test_a_step_is_taken_only_by_whom_the_register_names(ask):
    number = add(ask, "suggestion", SUGGESTION, "agent").json()["number"]
    refused = ask("agent").post(
        f"/register-entries/{number}/steps/adopt", {"fields": {"ruling": "好"}}
    )
    assert refused.status_code == 403
    assert "督查员" in refused.json()["message"]
    assert Entry.objects.get(number=number).state == "collected"


@pytest.mark.parametrize(
    ("fields", "more", "field"),
    [
        ({"title": "无内容", "source": "来电"}, {}, "text"),
        ({**SUGGESTION, "source": "传说"}, {}, "source"),
        ({**SUGGESTION, "colour": "red"}, {}, "colour"),
        ({**SUGGESTION, "title": "长" * 201}, {}, "title"),
        ({**SUGGESTION, "title": 7}, {}, "title"),
        ({**SUGGESTION, "ruling": "抢先"}, {}, "ruling"),
        ({**SUGGESTION, "demand": "SQ2601010000010"}, {}, "demand"),
        (SUGGESTION, {"unit": "nowhere"}, "unit"),
        (SUGGESTION, {"due_on": "2020-01-01"}, "due_on"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_kept(ask, fields, more, field):
    refused = add(ask, "suggestion", fields, **more)
    assert refused.status_code == 422
    assert refused.json()["detail"]["field"] == field
    assert not Entry.objects.exists()


def test_a_number_and_a_day_are_what_they_say(ask):
    training = {"topic": "接听礼仪", "on": "2026-03-05", "people": 30}
    assert add(ask, "training", training).status_code == 200
    for wrong in ({"people": -1}, {"people": "三十"}, {"on": "三月五日"}, {"on": "0001-01-01"}):
        assert add(ask, "training", {**training, **wrong}).status_code == 422, wrong


def test_a_unit_sees_and_answers_what_is_its_own(ask, town):
    ours, theirs = inspection(ask, "housing"), inspection(ask, "traffic")
    clerk = ask("clerk")
    seen = clerk.get("/registers/inspection/entries").json()["items"]
    assert [row["number"] for row in seen] == [ours]
    assert clerk.get(f"/register-entries/{theirs}").status_code == 404
    report = {"fields": {"mended": "已安排夜班"}}
    assert clerk.post(f"/register-entries/{theirs}/steps/mend", report).status_code == 404
    told = clerk.post(f"/register-entries/{ours}/steps/mend", report).json()
    assert told["state"] == "mended"
    assert told["fields"]["mended"] == "已安排夜班"
    assert add(ask, "inspection", {}, "clerk", unit="housing").status_code == 403  # not the keeper


def test_who_has_nothing_to_do_with_registers_is_refused(ask):
    for role in (Role.COLLECTOR, Role.VENDOR, Role.SPECIALIST):
        assert ask(role.value).get("/registers").status_code == 403, role
        assert add(ask, "suggestion", SUGGESTION, role.value).status_code == 403, role
    assert add(ask, "suggestion", SUGGESTION, "follow_up").status_code == 403
    assert ask().get("/registers").status_code == 401
    assert ask("supervisor").get("/registers/nothing/entries").status_code == 404


def test_what_is_late_is_counted_until_it_is_over(ask):
    number = inspection(ask)
    supervisor = ask("supervisor")

    def late() -> list[str]:
        rows = supervisor.get("/registers/inspection/entries?late=true").json()["items"]
        return [row["number"] for row in rows]

    assert late() == []
    with clock.moved(clock.now() + timedelta(days=11)):
        assert late() == [number]
        shelf = next(s for s in supervisor.get("/registers").json() if s["code"] == "inspection")
        assert (shelf["open"], shelf["late"]) == (1, 1)
        steps = f"/register-entries/{number}/steps"
        ask("clerk").post(f"{steps}/mend", {"fields": {"mended": "已安排夜班"}})
        assert late() == [number]
        supervisor.post(f"{steps}/accept", {"fields": {"verdict": "抽查有人接听"}})
        assert late() == []


def test_an_amendment_keeps_the_old_on_record(ask):
    number = add(ask, "suggestion", {**SUGGESTION, "demand": None}).json()["number"]
    path = f"/register-entries/{number}/amend"
    change = {"fields": {"title": "海棠路和学院路加装路灯"}, "reason": "并入另一条"}
    assert ask("supervisor").post(path, change).json()["title"] == change["fields"]["title"]
    assert ask("supervisor").post(path, change).status_code == 422  # nothing to change any more
    assert ask("supervisor").post(path, {**change, "reason": ""}).status_code == 422
    empty = {"fields": {"title": ""}, "reason": "清空"}
    assert ask("supervisor").post(path, empty).status_code == 422
    entry = Entry.objects.get(number=number)
    note = journal.timeline("register", entry.pk).last().said["changes"]["note"]
    assert note["before"] == {"title": SUGGESTION["title"]}
    assert note["after"] == change["fields"]


def test_a_vendor_shows_how_people_rated_it(ask):
    vendor = {"name": "快修锁行", "trade": "开锁", "phone": "12345678"}
    shop = add(ask, "vendor", vendor, "agent").json()["number"]
    needed = {"service": "门锁打不开", "vendor": shop}
    referral = add(ask, "referral", needed, "agent").json()["number"]
    assert add(ask, "referral", {**needed, "vendor": referral}, "agent").status_code == 404
    rated = ask("follow_up").post(
        f"/register-entries/{referral}/steps/rate", {"fields": {"rating": "4分"}}
    )
    assert rated.json()["state"] == "rated"
    assert Entry.objects.get(number=referral).about.number == shop


def test_a_case_tells_its_story_without_names(ask, town):
    order = town.order("completed")
    demand = order.demand
    case = {"title": "一盏灯", "sort": "典型", "demand": demand.number}
    assert add(ask, "case", case, "analyst").status_code == 200
    story = ask("analyst").get(f"/demands/{demand.number}/story").json()["story"]
    assert "受理了这件诉求" in story
    assert f"{order.unit.name}签收" in story
    assert "答复通过审核" in story
    assert story.splitlines()[1].startswith("3月")
    secret = town.secret()
    assert ask("analyst").get(f"/demands/{secret.number}/story").status_code == 404
    assert add(ask, "case", {**case, "demand": secret.number}, "analyst").status_code == 422


def test_a_second_send_adds_nothing_twice(ask):
    caller, body = ask("supervisor"), {"fields": SUGGESTION}
    first = caller.post("/registers/suggestion/entries", body, "once-1").json()
    assert caller.post("/registers/suggestion/entries", body, "once-1").json() == first
    assert Entry.objects.count() == 1


GOOD = """
[[register]]
code = "visit"
name = "走访"
prefix = "ZF"
about = "走访记录"
keepers = ["supervisor"]
field = [{ code = "title", name = "题目", required = true }]
"""


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (GOOD + GOOD, "twice"),
        (GOOD + GOOD.replace("visit", "call"), "prefix"),
        (GOOD.replace('"ZF"', '"zf1"'), "capital"),
        (GOOD.replace('"visit"', '"calendar"'), "another page"),
        (GOOD.replace("required = true", "required = false"), "required field"),
        (GOOD.replace('"supervisor"', '"collector"'), "may not keep"),
        (GOOD.replace('"supervisor"', '"king"'), "king"),
        (GOOD.replace('name = "题目"', 'kind = "choice", name = "题目"'), "options"),
        (GOOD.replace('name = "题目"', 'kind = "number", name = "题目", step = "go"'), "required"),
        (GOOD + 'step = [{code="go", name="走", from=["kept"], to="gone", by=["agent"]}]', "gone"),
        (GOOD + 'step = [{code="go", name="走", from=["kept"], by=["collector"]}]', "no step"),
        ("[[register]]\ncode = 1", "register"),
        ("not toml", "registers.toml"),
    ],
)
def test_a_broken_definition_says_what_is_wrong(tmp_path: Path, broken, said):
    path = tmp_path / "registers.toml"
    path.write_text(broken, encoding="utf-8")
    with pytest.raises(Invalid, match=said):
        rules.read(path)


def test_a_good_definition_is_read(tmp_path: Path):
    path = tmp_path / "registers.toml"
    path.write_text(GOOD, encoding="utf-8")
    visit = rules.read(path)["visit"]
    assert visit.first_state.code == "kept"
    assert visit.cleaned({"title": " 社区 "}) == {"title": "社区"}
    with pytest.raises(Invalid):
        visit.cleaned({"title": ""})
