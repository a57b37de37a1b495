"""What is suggested while a demand is typed, before a model was taught. All texts are invented."""

import pytest
from django.conf import settings

from minsheng.catalogue.models import Category
from minsheng.demands.models import Demand
from minsheng.directory.models import District
from minsheng.directory.permissions import Role, scopes
from minsheng.foundation import clock, recent
from minsheng.foundation.models import JournalEntry
from minsheng.insight import actions
from minsheng.insight.duplicates.feeding import catch_up
from minsheng.insight.models import NamedPlace, Suggestion
from minsheng.insight.queries import suggest
from minsheng.insight.suggesting import Suggested
from minsheng.knowledge.finding import index
from minsheng.knowledge.models import Item
from minsheng.orders import actions as orders
from support.reading import Visitor

LAMP = "青山路的路灯坏了，晚上一片漆黑"

LONG = "路灯" * 25_000
ODD = {
    "empty": "",
    "one character": "灯",
    "very long": LONG,
    "emoji": "🚧🚧😡",
    "table": "姓名\t电话\n张某\t0000\n李某\t0001",
    "traditional": "路燈壞了，請派人修理",
    "NUL and surrogates": "路灯\x00坏\ud800了",
    "marks only": "。。。！！",
}


@pytest.fixture
def taught(town):
    """The town, its categories with keywords and its knowledge ready to be found."""
    words = {
        "road.lamp": (["路灯", "不亮", "灯坏"], ["漏电"]),
        "road.hole": (["坑洞", "坑洼"], []),
        "build.home.leak": (["漏水", "渗水"], []),
        "noise": (["噪声", "吵"], []),
    }
    for code, (keywords, urgent) in words.items():
        Category.objects.filter(code=code).update(keywords=keywords, urgent_words=urgent)
    for item in Item.objects.all():
        index(item).save()
    recent.forget()
    return town


def asked(town, text: str, username: str = "agent", **known: str) -> Suggested:
    return suggest(text, actor=town.actor(username), **known)


def test_the_keywords_of_the_catalogue_name_category_and_unit(taught):
    found = asked(taught, LAMP)
    assert found.categories[0].value == "road.lamp"
    assert found.categories[0].label == "道路交通 / 路灯不亮"
    assert found.categories[0].sure
    assert [one.value for one in found.units] == ["traffic"]
    assert "派单目录" in found.units[0].reason


def test_an_unsure_text_is_called_unsure_and_names_no_unit(taught):
    found = asked(taught, "很吵")
    assert found.categories
    assert not found.categories[0].sure
    assert not found.units


def test_what_is_known_of_the_wide_category_is_said_first(taught):
    found = asked(taught, "路灯不亮，旁边还有坑洞，坑洼不平，都是道路交通的事")
    assert (found.categories[0].value, found.categories[0].sure) == ("road", True)
    assert {one.value for one in found.categories[1:]} >= {"road.lamp", "road.hole"}
    assert not any(one.sure for one in found.categories[1:])


def test_the_area_decides_where_the_catalogue_asks_for_it(taught):
    here = asked(taught, "楼下噪声太吵，天天噪声扰民", district="east-quay")
    assert [one.value for one in here.units] == ["east-gov"]
    assert not asked(taught, "楼下噪声太吵，天天噪声扰民").units


def test_a_chosen_category_comes_before_the_text(taught):
    found = asked(taught, LAMP, category="build.home.leak")
    assert found.units[0].value == "housing"


def test_urgent_words_are_quoted_and_taken_back(taught):
    found = asked(taught, "有人要跳楼，燃气泄漏了")
    assert [one.label for one in found.urgency] == ["危及生命", "公共安全"]
    assert found.urgency[0].reason == "跳楼"
    assert not asked(taught, "希望组织燃气泄漏演练").urgency
    assert asked(taught, "几十名工人被欠薪，准备去市政府堵门").urgency[0].label == "群体事件"
    assert asked(taught, LAMP + "，灯杆漏电").urgency[-1].reason == "漏电"


def test_the_way_of_asking_tells_the_kind(taught):
    assert asked(taught, "请问维修基金如何申请，需要什么材料").kind[0].value == "consult"


def test_knowledge_is_found(taught):
    found = asked(taught, "漏水以后想申请", title="维修基金如何申请")
    assert found.knowledge[0].value == "fund"


@pytest.mark.parametrize("text", ODD.values(), ids=ODD.keys())
def test_whatever_is_typed_is_answered(taught, text):
    assert asked(taught, text).slip
    assert asked(taught, "", title=text[:300]).slip


def order(town, unit: str) -> Demand:
    """A demand on a lamp that was assigned to a unit."""
    demand = town.accept(category="road.lamp", district="east-quay")
    orders.assign(town.actor("dispatcher"), demand.pk, lead=unit)
    return demand


def returned(town, demand: Demand) -> None:
    """The unit returns the order, and the dispatcher gives it to the housing bureau."""
    given = demand.assignments.get()
    clerk, dispatcher = town.actor("clerk.traffic"), town.actor("dispatcher")
    orders.request_return(clerk, given.pk, reason_code="not_ours", reason="不归我们管")
    orders.accept_return(dispatcher, given.pk, unit="housing")


def test_past_orders_are_precedents(taught):
    first, second = order(taught, "traffic"), order(taught, "traffic")
    found = asked(taught, LAMP, district="east-quay").units
    assert found[0].value == "traffic"
    assert "近期同类2件" in found[0].reason
    assert {one.number for one in found[0].more.precedents} == {first.number, second.number}


def test_a_unit_that_keeps_returning_comes_first_no_more(taught):
    for _time in range(6):
        returned(taught, order(taught, "traffic"))
    found = asked(taught, LAMP, district="east-quay").units
    assert found[0].value == "housing"
    assert "其中退单" not in found[0].reason


# What was chosen


def test_what_was_chosen_stands_beside_what_was_suggested(taught):
    found = asked(taught, LAMP)
    demand = taught.accept(category="road.lamp")
    assert actions.chosen(taught.actor("agent"), found.slip, demand.pk) == 2
    row = Suggestion.objects.get(what="category")
    assert (row.chosen, row.rank, row.by.username) == ("road.lamp", 0, "agent")
    assert row.values[0] == "road.lamp"
    assert row.confidences[0] > 0.6
    assert not Suggestion.objects.filter(what="unit").exists()  # nobody decided it yet


def test_another_choice_has_no_rank(taught):
    demand = taught.accept(category="noise")
    actions.chosen(taught.actor("agent"), asked(taught, LAMP).slip, demand.pk)
    row = Suggestion.objects.get(what="category")
    assert (row.chosen, row.rank) == ("noise", None)


def test_a_slip_counts_once_and_a_broken_one_stops_nobody(taught):
    slip = asked(taught, LAMP).slip
    demand = taught.accept(category="road.lamp")
    agent = taught.actor("agent")
    for _time in range(2):
        actions.chosen(agent, slip, demand.pk)
    assert Suggestion.objects.filter(what="category").count() == 1
    for broken in ("", "x", slip[:-2], slip + "a"):
        assert actions.chosen(agent, broken, demand.pk) == 0


# Doors


def test_the_api_suggests_and_takes_the_choice_down(taught, call):
    agent = call("agent")
    found = agent.post("/insight/suggestions", {"text": LAMP, "district": "east-quay"})
    assert found["categories"][0]["value"] == "road.lamp"
    assert found["units"][0]["value"] == "traffic"
    made = agent.post("/demands", {"channel": "phone", "title": "灯", "category": "road.lamp"}, 201)
    body = {"slip": found["slip"], "demand": made["number"]}
    assert agent.post("/insight/choices", body)["fields"] >= 1
    assert Suggestion.objects.get(what="category").rank == 0
    assert call("agent", "read").post("/insight/suggestions", {"text": LAMP})["categories"]
    long = agent.post("/insight/suggestions", {"text": LONG})
    assert long["categories"][0]["value"] == "road.lamp"


@pytest.mark.parametrize("role", [role for role in Role if role not in ("citizen", "system")])
def test_only_who_takes_in_or_assigns_is_suggested_to(taught, call, role):
    response = call(role).post("/insight/suggestions", {"text": LAMP}, None)
    assert response.status_code == (200 if scopes(role, "insight.suggest") else 403)


def test_the_page_shows_buttons_that_fill_in(taught):
    visitor = Visitor(taught.posts["agent"])
    fields = {"text": LAMP, "title": "", "district": "east-quay", "place": "", "category": ""}
    page = visitor.post("/console/insight/suggestions", fields, 200)
    accepts = {
        (given["data-accept"], given["data-value"])
        for tag, given in page.tags
        if tag == "button" and "data-accept" in given
    }
    assert {("category", "road.lamp"), ("lead", "traffic")} <= accepts
    assert any(given.get("name") == "suggested" for _tag, given in page.tags)
    assert "还没有可以建议的内容" in visitor.post("/console/insight/suggestions", {}, 200).text


# Place and similar demands


def test_the_place_and_the_same_matter_are_named(taught):
    quay = District.objects.get(code="east-quay")
    NamedPlace.objects.create(name="海棠花园", kind="estate", street=quay, changed_at=clock.now())
    told = "海棠花园3号楼旁的路灯坏了三天，晚上一片漆黑"
    earlier = taught.accept(title="海棠花园路灯坏了", text=told, category="road.lamp")
    catch_up()
    recent.forget()
    found = asked(taught, told, title="海棠花园路灯坏了")
    assert found.place[0].value.startswith("东湾区码头街道海棠花园")
    assert found.place[0].more.area == "east-quay"
    assert [one.value for one in found.similar] == [earlier.number]
    assert "同一地点" in found.similar[0].reason


def test_the_dispatcher_sees_units_and_the_choice_is_kept(taught):
    demand = taught.accept(category="road.lamp", title="路灯坏了", text=LAMP)
    visitor = Visitor(taught.posts["dispatcher"])
    page = visitor.post(f"/console/insight/demands/{demand.pk}", {}, 200)
    (slip,) = (given["value"] for _tag, given in page.tags if given.get("name") == "suggested")
    assert "交通局" in page.text
    assert "类别可能不对" not in page.text
    address = f"/console/dispatch/assign/{demand.pk}"
    desk = visitor.get(address)
    assert any(given.get("id") == "suggestions" for _tag, given in desk.tags)
    form = desk.form("/demand.assign")
    visitor.post(form["action"], {**form["fields"], "lead": "traffic", "suggested": slip})
    assert Suggestion.objects.get(what="unit").rank == 0
    wrong = taught.accept(category="noise", title="路灯坏了", text=LAMP)
    page = visitor.post(f"/console/insight/demands/{wrong.pk}", {}, 200)
    assert "类别可能不对" in page.text


def test_the_dispatcher_puts_category_and_urgency_right_by_one_press(taught):
    demand = taught.accept(category="noise", title="路灯坏了", text=LAMP + "，灯杆漏电")
    visitor = Visitor(taught.posts["dispatcher"])
    address = f"/console/dispatch/assign/{demand.pk}?category=noise"

    def press(wanted: str, status: int = 302) -> None:
        page = visitor.post(f"/console/insight/demands/{demand.pk}", {}, 200)
        assert (status == 302) == (wanted in {given.get("value") for _tag, given in page.tags})
        form = visitor.get(address).form("/demand.assign?category=noise")
        visitor.post(form["action"], {**form["fields"], "take": wanted}, status)

    press("category:road.lamp")
    assert visitor.led_to == address
    assert Suggestion.objects.get().rank == 0  # of the category, and of nothing that waits yet
    press("category:road.lamp", 409)
    visitor.client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    press("urgency:urgent")
    demand.refresh_from_db()
    assert (demand.category.code, demand.urgent) == ("road.lamp", True)
    entry = JournalEntry.objects.get(action="demand.mark")
    assert "诉求中说到：漏电" in entry.body  # whoever reads the pages in English
    assert Suggestion.objects.get(what="urgency").rank == 0
