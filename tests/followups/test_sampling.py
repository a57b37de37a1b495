"""Double-random sampling: uniform, repeatable by anybody, and never of those who are left out."""

import hashlib
from collections import Counter
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minsheng.catalogue.models import City
from minsheng.demands import actions as demands
from minsheng.demands.models import Demand, Petitioner
from minsheng.doors import tasks
from minsheng.followups import actions as follow_ups
from minsheng.followups import sampling
from minsheng.followups.models import FollowUp, PlanRule, Sample
from minsheng.followups.plans import choose
from minsheng.followups.rules import draw, size
from minsheng.foundation import clock, journal, recent
from support.fairly import exclude
from support.town import NOW, Town

NUMBERS = [f"SQ26031000{n:04}" for n in range(100)]
TODAY = NOW.date()


# -- the draw itself


@given(
    st.sets(st.text("0123456789", min_size=1, max_size=6), max_size=60),
    st.floats(0, 1),
    st.text(max_size=8),
)
def test_a_draw_is_a_block_and_scattered_numbers_of_the_list(numbers, share, seed) -> None:
    drawn = draw(sorted(numbers), share, seed)
    assert len(drawn.all) == len(set(drawn.all)) == size(len(numbers), share)
    assert {*drawn.all} <= numbers
    assert 0 <= len(drawn.block) - len(drawn.scattered) <= 1
    assert drawn == draw(sorted(numbers, reverse=True), share, seed)  # whatever order it came in
    listed = sorted(numbers)
    places = [listed.index(number) for number in drawn.block]
    gaps = [b - a for a, b in pairwise(places) if b - a > 1]
    assert len(gaps) <= 1  # continuous, on a ring
    if gaps:
        assert places[0] == 0
        assert places[-1] == len(listed) - 1


def test_every_number_is_drawn_as_often_as_any_other() -> None:
    """2,000 seeds, 30 of 100: chi-square with 99 degrees of freedom is below 149 (p = 0.001)."""
    for part in ("block", "scattered", "all"):
        counted: Counter[str] = Counter()
        for seed in range(2000):
            counted.update(getattr(draw(NUMBERS, 0.3, str(seed)), part))
        expected = sum(counted.values()) / len(NUMBERS)
        chance = expected / 2000
        chi2 = sum((counted[n] - expected) ** 2 for n in NUMBERS) / (expected * (1 - chance))
        assert chi2 < 149, (part, chi2)


def test_anybody_can_repeat_it_with_sha256_alone() -> None:
    drawn = draw(NUMBERS, 0.1, "2026-03-10", "company")

    def mark(word: str) -> int:
        return int(hashlib.sha256(f"2026-03-10 company {word}".encode()).hexdigest(), 16)

    first = mark("block") % 100
    block = [NUMBERS[(first + n) % 100] for n in range(5)]
    assert sorted(block) == list(drawn.block)
    rest = sorted(set(NUMBERS) - set(block), key=mark)
    assert sorted(rest[:5]) == list(drawn.scattered)
    assert draw(NUMBERS, 0.1, "2026-03-10", "other") != drawn
    assert draw(NUMBERS, 0.1, "2026-03-11", "company") != drawn


@pytest.mark.parametrize(
    ("population", "share", "drawn"),
    [(0, 0.3, 0), (1, 0.01, 1), (10, 0.3, 3), (15, 0.1, 2), (4, 0.1, 1), (7, 0, 0), (7, 1, 7)],
)
def test_how_many_are_drawn(population: int, share: float, drawn: int) -> None:
    assert size(population, share) == drawn


# -- the rules


def test_the_narrowest_rule_in_force_holds() -> None:
    def rule(code: str, **given: object) -> PlanRule:
        sent = {"share": 0.5, "effective_from": date(2020, 1, 1), **given}
        return PlanRule(code=code, **sent)  # type: ignore[misc]

    found = [
        rule("all"),
        rule("county", unit_group="县区"),
        rule("old", unit_group="县区", kind="help", effective_to=date(2020, 12, 31)),
        rule("urgent", urgency="urgent"),
        rule("province", origin="province"),
    ]

    def code(**given: object) -> str:
        asked = {"origin": "city", "urgent": False, "group": "", "kind": "help", **given}
        rule = choose(found, on=TODAY, **asked)  # type: ignore[arg-type]
        return rule.code if rule else ""

    assert code() == "all"
    assert code(group="县区") == "county"
    assert code(group="县区", urgent=True) == "urgent"
    assert code(urgent=True, origin="province") == "province"
    assert choose([], on=TODAY, origin="city", urgent=False, group="", kind="") is None


# -- draws on record


def share(value: float) -> None:
    City.objects.update(follow_up_share=value)
    recent.forget()


def tomorrow() -> object:
    return clock.moved(NOW + timedelta(days=1))


def test_a_day_is_drawn_once_kept_with_its_seed_and_asked(town: Town) -> None:
    share(0.3)
    made = [town.demand("completed").number for _n in range(10)]
    assert tasks.run("sample-follow-ups") == 0  # the day is not over
    with tomorrow():
        assert tasks.run("sample-follow-ups") == 3
        assert tasks.run("sample-follow-ups") == 0
    row = Sample.objects.get()
    assert (row.first, row.last, row.size, row.by_clock) == (TODAY, TODAY, 3, True)
    (group,) = row.groups
    assert group["population"] == sorted(made)
    planned = FollowUp.objects.filter(sample=row).values_list("demand__number", flat=True)
    assert sorted(planned) == sorted(sampling.drawn_in(group))
    assert sampling.again(row) == []
    (entry,) = journal.timeline("sample", row.pk)
    assert entry.said["changes"]["note"]["seed"] == row.seed
    row.groups[0]["scattered"] = []
    assert sampling.again(row) == ["-"]


def test_what_a_killed_run_left_is_planned_by_the_next(town: Town) -> None:
    share(0.5)
    for _n in range(4):
        town.demand("completed")
    with tomorrow():
        sampling.sample(town.actor("supervisor"), TODAY, TODAY, by_clock=True)
        assert not FollowUp.objects.exists()
        assert tasks.run("sample-follow-ups") == 2


def test_who_is_left_out_is_never_drawn(town: Town) -> None:
    share(0.99)
    usual = town.demand("completed")
    named = [town.demand("completed") for _n in range(5)]
    calm, secret, asked, out, archived = named
    Petitioner.objects.filter(pk=calm.petitioner_id).update(do_not_call=False)
    unwilling = town.demand("completed")
    Demand.objects.filter(pk=unwilling.pk).update(
        confidential=True,
        petitioner=town.accept(
            petitioner=demands.PersonIn(name="不愿", phone="13900004321", do_not_call=True)
        ).petitioner,
    )
    anonymous = town.demand("completed")
    Demand.objects.filter(pk=anonymous.pk).update(petitioner=None)
    Demand.objects.filter(pk=secret.pk).update(restricted=True)
    follow_ups.plan(town.actor("follow_up"), asked.pk)
    exclude(town, out.number)
    demands.archive(town.actor("supervisor"), archived.pk)
    urgent = town.demand("completed")
    Demand.objects.filter(pk=urgent.pk).update(urgent=True)
    found = {one.number for one in sampling.candidates(TODAY, TODAY)}
    assert found == {usual.number, calm.number, urgent.number}
    with tomorrow():
        for seed in range(20):
            row = sampling.sample(town.actor("supervisor"), TODAY, TODAY, seed=str(seed))
            assert row is not None
            assert {*sampling.drawn_in(row.groups[0])} <= {usual.number, calm.number}


def test_what_is_refused(town: Town) -> None:
    act = town.actor("supervisor")
    with town.refused("forbidden"):
        sampling.sample(town.actor("follow_up"), TODAY, TODAY)
    with town.refused("bad_days"):
        sampling.sample(act, TODAY, TODAY)
    with town.refused("too_many_days"):
        sampling.sample(act, TODAY - timedelta(days=100), TODAY - timedelta(days=1))
    yesterday = TODAY - timedelta(days=1)
    with town.refused("bad_share"):
        sampling.sample(act, yesterday, yesterday, shares={"": 1.5})
    assert sampling.sample(act, yesterday, yesterday) is None
    assert not Sample.objects.exists()


# -- through the doors


def test_through_the_api(town: Town, call) -> None:
    share(0.5)
    for _n in range(4):
        town.demand("completed")
    day = TODAY.isoformat()
    body = {"first": day, "last": day, "seed": "当众抽出的号码 7"}
    call("follow_up").post("/samples", body, 403)
    assert call("supervisor").post("/samples", body, 422)["code"] == "bad_days"
    with tomorrow():
        made = call("supervisor").post("/samples", body, 201, Idempotency_Key="draw")
        assert call("supervisor").post("/samples", body, 201, Idempotency_Key="draw") == made
        assert (made["size"], made["alike"]) == (2, True)
        (group,) = made["groups"]
        drawn = draw(group["population"], 0.5, body["seed"], "")
        assert (list(drawn.block), list(drawn.scattered)) == (group["block"], group["scattered"])
        more = call("supervisor").post("/samples", {**body, "shares": {"": 1.0}}, 201)
        assert more["size"] == 4
    assert [row["id"] for row in call("follow_up").get("/samples")["items"]][-1] == made["id"]
    assert call("leader").get(f"/samples/{made['id']}")["groups"] == made["groups"]
    call("clerk").get("/samples", 403)
    call("leader").get("/samples/999999", 404)
