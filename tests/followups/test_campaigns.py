"""A survey asks drawn people the same questions, each once, and never who does not want it."""

from collections.abc import Callable

import pytest

from minsheng.demands import actions as demands
from minsheng.followups import campaigns
from minsheng.followups.models import Campaign, CampaignCall
from minsheng.foundation import journal
from support.reading import Visitor
from support.town import NOW, Town

TODAY = NOW.date()
QUESTIONS = [
    {"kind": "yes_no", "text": "您的问题解决了吗"},
    {"kind": "scale", "text": "您给热线打几分"},
    {"kind": "words", "text": "还有什么建议"},
]


def create(town: Town, **given: object) -> Campaign:
    sent = {"title": "春季联合调查", "questions": QUESTIONS, "first": TODAY, "last": TODAY, **given}
    return campaigns.create(town.actor("supervisor"), **{"size": 10, **sent})  # type: ignore[arg-type]


def callers(town: Town, count: int) -> None:
    for n in range(count):
        person = demands.PersonIn(name=f"某{n}", phone=f"139000020{n:02}")
        town.accept(petitioner=person)


def test_from_the_questions_to_the_figures(town: Town) -> None:
    callers(town, 4)
    town.accept(petitioner=demands.PersonIn(name="某0", phone="13900002000"))  # once more
    row = campaigns.start(town.actor("supervisor"), create(town).pk, seed="7")
    calls = list(campaigns.waiting(row))
    assert len(calls) == 4
    act = town.actor("follow_up")
    campaigns.record(act, calls[0].pk, outcome="answered", answers=["yes", "5", "多修路灯"])
    campaigns.record(act, calls[1].pk, outcome="answered", answers=["no", "2", ""])
    campaigns.record(act, calls[2].pk, outcome="refused")
    for tries in (1, 2, 3):
        call = campaigns.record(act, calls[3].pk, outcome="unreached")
        assert call.state == ("unreached" if tries == 3 else "waiting")
    solved, points, words = campaigns.results(row)
    assert (solved["counts"], solved["answered"]) == ({"no": 1, "yes": 1}, 2)
    assert (points["mean"], words["words"]) == (3.5, ["多修路灯"])
    assert dict(campaigns.tally(row)) == {
        "waiting": 0,
        "answered": 2,
        "refused": 1,
        "unreached": 1,
    }
    campaigns.close(town.actor("supervisor"), row.pk)
    actions = [entry.action for entry in journal.timeline("campaign", row.pk)]
    assert actions == [
        "campaign.create",
        "campaign.start",
        *["campaign.record"] * 6,
        "campaign.close",
    ]


def test_who_does_not_want_it_is_never_drawn(town: Town) -> None:
    callers(town, 1)
    town.accept(petitioner=demands.PersonIn(name="勿扰", phone="13900003001", do_not_call=True))
    town.accept(petitioner=demands.PersonIn(name="无号"))
    town.accept(petitioner=demands.PersonIn())
    town.secret(petitioner=demands.PersonIn(name="密", phone="13900003002"))
    row = campaigns.start(town.actor("supervisor"), create(town, size=5000).pk)
    assert [call.petitioner.identity.name_mask for call in row.calls.all()] == ["某**"]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"title": " "}, "missing"),
        ({"questions": []}, "bad_questions"),
        ({"questions": [{"kind": "riddle", "text": "为何"}]}, "bad_questions"),
        ({"size": 0}, "bad_size"),
        ({"first": TODAY.replace(day=11)}, "bad_days"),
    ],
)
def test_what_makes_no_campaign(town: Town, given: dict[str, object], code: str) -> None:
    with town.refused(code):
        create(town, **given)
    assert not Campaign.objects.exists()


def test_what_is_refused_on_the_way(town: Town) -> None:
    act, caller = town.actor("supervisor"), town.actor("follow_up")
    row = create(town)
    with town.refused("nobody"):
        campaigns.start(act, row.pk)
    callers(town, 1)
    with town.refused("forbidden"):
        campaigns.start(caller, row.pk)
    with town.refused("wrong_state"):
        campaigns.close(act, row.pk)
    campaigns.start(act, row.pk)
    with town.refused("wrong_state"):
        campaigns.start(act, row.pk)
    call = CampaignCall.objects.get()
    for answers in (["yes"], ["maybe", "5", ""], ["yes", "6", ""], ["", "", ""]):
        with town.refused("bad_answers"):
            campaigns.record(caller, call.pk, outcome="answered", answers=answers)
    with town.refused("unknown_outcome"):
        campaigns.record(caller, call.pk, outcome="waiting")
    with town.refused("forbidden"):
        campaigns.record(town.actor("analyst"), call.pk, outcome="refused")
    campaigns.record(caller, call.pk, outcome="refused")
    with town.refused("recorded"):
        campaigns.record(caller, call.pk, outcome="answered", answers=["yes", "5", ""])


def test_through_the_doors(
    town: Town, call: Callable[..., object], at: Callable[..., Visitor]
) -> None:
    callers(town, 2)
    day = TODAY.isoformat()
    body = {"title": "调查", "questions": QUESTIONS, "first": day, "last": day, "size": 2}
    call("follow_up").post("/campaigns", body, 403)
    made = call("supervisor").post("/campaigns", body, 201)
    one = f"/campaigns/{made['id']}"
    assert call("supervisor").post(f"{one}/start", {"seed": "7"})["calls"]["waiting"] == 2
    first, second = call("follow_up").get(f"{one}/calls")
    assert first["phone"].startswith("139****")
    call("leader").get(f"{one}/calls", 403)
    record = f"/campaign-calls/{first['id']}/record"
    call("follow_up").post(record, {"outcome": "answered", "answers": ["yes"]}, 422)
    call("follow_up").post(record, {"outcome": "answered", "answers": ["yes", "4", ""]})
    call("follow_up").post(record, {"outcome": "refused"}, 409)

    agent = at("follow_up")
    page = agent.get(f"/console{one}")
    assert "已回答 1" in page.text
    agent.send(f"/console{one}", action="/take")
    form = agent.follow().form(f"/calls/{second['id']}")
    agent.post(form["action"], {**form["fields"], "outcome": "answered"}, 422)
    said = {"outcome": "answered", "q0": "no", "q1": "2", "q2": "快一点"}
    agent.post(form["action"], {**form["fields"], **said})
    assert "快一点" in agent.follow().text
    supervisor = at("supervisor")
    supervisor.send(f"/console{one}", action="/do/close")
    assert "调查已结束" in supervisor.follow().text
    shelf = "/console/campaigns"
    wrong = {"title": "二", "questions": "您好吗", "first": day, "last": day, "size": "1"}
    assert "没有写题型" in supervisor.send(shelf, 422, action=shelf, **wrong).text
    supervisor.send(shelf, action=shelf, **{**wrong, "questions": "是非 您好吗\n打分：几分"})
    assert Campaign.objects.get(title="二").questions == [
        {"kind": "yes_no", "text": "您好吗"},
        {"kind": "scale", "text": "几分"},
    ]


def test_two_callers_never_have_the_same_person(town: Town, at: Callable[..., Visitor]) -> None:
    callers(town, 2)
    row = campaigns.start(town.actor("supervisor"), create(town).pk)
    page = f"/console/campaigns/{row.pk}"
    first, second = at("follow_up"), at("supervisor")
    for one in (first, second):
        one.get(page)  # to look claims nobody
        one.send(page, action="/take")
    mine, theirs = (one.get(page).form("")["action"] for one in (first, second))
    assert mine != theirs
    assert first.get(page).form("")["action"] == mine  # until it is recorded
    late = at("supervisor2")
    late.send(page, action="/take")
    assert "正由别人访问" in late.follow().text

    form = first.get(page).form("")
    fields = {**form["fields"], "outcome": "unreached"}
    first.post(mine, fields)
    first.post(mine, fields)  # the button pressed twice
    assert sorted(row.calls.values_list("tries", flat=True)) == [0, 1]
    # Answers that come too late for one are not taken for another.
    other = second.get(page).form("")
    call = int(theirs.rsplit("/", 1)[-1])
    campaigns.record(town.actor("follow_up"), call, outcome="refused")
    said = {"outcome": "answered", "q0": "yes", "q1": "5", "q2": "留住这句话"}
    late = second.post(theirs, {**other["fields"], **said}, 409)
    assert "已经访问过" in late.text
    assert late.form("")["action"] == theirs
    assert "留住这句话" in late.form("")["fields"]["q2"]
