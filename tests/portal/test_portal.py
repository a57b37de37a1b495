"""What citizens do on the portal, with a browser that runs no scripts."""

from datetime import timedelta

import pytest
from django.conf import settings

from minsheng.demands import acting, pictures
from minsheng.demands import actions as demands
from minsheng.demands.models import Demand, Supplement
from minsheng.doors import receiving
from minsheng.doors.models import Received
from minsheng.doors.opening import MOST_WRONG
from minsheng.followups.models import FollowUp
from minsheng.foundation import clock, text
from minsheng.insight.models import Suggestion
from minsheng.knowledge.models import Item
from minsheng.orders import actions as orders
from support.deeds import picture
from support.reading import Visitor
from support.solving import answer_to, raise_demand
from support.town import NOW, PHONE

settings.STATIC_ROOT.mkdir(exist_ok=True)  # the server of static files looks for it

SAID = {"title": "路灯不亮", "text": "幸福里三号楼前的路灯坏了半个月。", "place": "幸福里"}


@pytest.fixture
def visitor(town) -> Visitor:
    return Visitor()


def enter(demand: Demand) -> Visitor:
    visitor = Visitor()
    visitor.send("/portal/query", number=demand.number, code=demand.query_code)
    assert visitor.led_to == "/portal/mine"
    return visitor


def test_a_demand_gets_its_number_and_code(visitor):
    raise_demand(
        visitor, name="孙小雨", phone=PHONE, confidential="on", attachments=picture(), **SAID
    )
    page = visitor.follow()
    demand = Demand.objects.get()
    assert demand.number in page.text
    assert demand.query_code in page.text
    assert demand.confidential
    assert demand.petitioner_id
    assert demand.channel.code == "web"
    assert demand.attachments.get().public
    assert PHONE not in page.text
    assert "no-store" in visitor.response.headers["Cache-Control"]


def test_no_name_and_no_phone_is_anonymous(visitor):
    raise_demand(visitor, **SAID)
    assert Demand.objects.get().petitioner is None


def test_the_button_pressed_twice_makes_one_demand(visitor):
    form = visitor.get("/portal/submit").form()["fields"] | SAID
    form["proof_answer"] = answer_to(form["proof"])
    visitor.post("/portal/submit", form)
    visitor.post("/portal/submit", form)
    assert Demand.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "said"), [({"title": ""}, "请填写"), ({"phone": "12"}, "电话号码不完整")]
)
def test_what_is_missing_is_said_and_nothing_is_lost(visitor, wrong, said):
    page = raise_demand(visitor, 422, **{**SAID, **wrong})
    assert said in page.text
    assert page.form()["fields"]["text"] == SAID["text"]
    assert not Demand.objects.exists()


def test_a_bad_file_leaves_nothing_behind(visitor):
    bad = picture()
    bad.name = "photo.pdf"
    page = raise_demand(visitor, 422, attachments=bad, **SAID)
    assert "重新选择" in page.text
    assert not Demand.objects.exists()
    assert not Received.objects.exists()


def test_one_address_cannot_flood_the_hotline(visitor, monkeypatch):
    monkeypatch.setattr(receiving, "MOST_SENT", 1)
    raise_demand(visitor, **SAID)
    assert "太多" in raise_demand(visitor, 429, **SAID).text
    assert Demand.objects.count() == 1


def test_only_number_and_code_open_the_progress(town, visitor):
    demand, other = town.accept(), town.accept()
    visitor.get("/portal/mine", 302)
    assert visitor.led_to == "/portal/query"
    for _time in range(MOST_WRONG):
        visitor.send("/portal/query", 404, number=demand.number, code=other.query_code)
    page = visitor.send("/portal/query", 429, number=demand.number, code=demand.query_code)
    assert "15分钟" in page.text
    visitor.get("/portal/mine", 302)


def test_progress_shows_no_remark_among_offices(town):
    order = town.order("assigned")
    orders.sign(town.actor("clerk"), order.pk)
    orders.urge(town.actor("dispatcher"), order.pk, reason="领导批示尽快")
    page = enter(order.demand).get("/portal/mine")
    assert "已签收" in page.text
    assert "批示" not in page.text


def test_files_of_a_supplement_are_gone_through_before_anybody_has_to_wait(town, monkeypatch):
    done: list[str] = []
    lock, bare = acting.lock, pictures.bare
    monkeypatch.setattr(acting, "lock", lambda pk: done.append("lock") or lock(pk))
    monkeypatch.setattr(pictures, "bare", lambda *given: done.append("bare") or bare(*given))
    mine = enter(town.accept())
    files = [picture("1.png"), picture("2.png")]
    mine.send("/portal/mine/supplement", text="昨晚又漏了", attachments=files)
    assert done == ["bare", "bare", "lock", "lock", "lock"]


def test_supplement_withdraw_and_leave(town):
    mine = enter(town.accept())
    mine.send("/portal/mine/supplement", text="昨晚又漏了", attachments=picture())
    assert "昨晚又漏了" in mine.follow().text
    mine.send("/portal/mine/withdraw", reason="已经修好")
    assert "诉求已撤回" in mine.follow().text
    mine.send("/portal/mine/supplement", 409, text="又来了")
    mine.send("/portal/mine", action="leave")
    mine.get("/portal/mine", 302)


def test_a_form_sent_twice_adds_once(town):
    mine = enter(town.accept())
    form = mine.get("/portal/mine/supplement").form()["fields"] | {"text": "昨晚又漏了"}
    for _time in range(2):
        mine.post("/portal/mine/supplement", form)
    assert Supplement.objects.count() == 1


def test_who_is_dissatisfied_says_why(town):
    demand = town.demand("completed")
    mine = enter(demand)
    given = {"grade": "dissatisfied", "solved": "no"}
    assert "原因" in mine.send("/portal/mine/evaluate", 422, **given).text
    mine.send("/portal/mine/evaluate", reason="还在漏", **given)
    row = FollowUp.objects.get(demand=demand, state="evaluated")
    assert (row.grade, row.solved, row.source) == ("dissatisfied", False, "portal")


def test_what_is_not_solved_is_asked_about_again(town):
    demand = town.demand("evaluated")
    mine = enter(demand)
    assert "可以申请重办" in mine.get("/portal/mine").text
    mine.send("/portal/mine/again", reason="雨一下又漏了")
    assert "回访中" in mine.follow().text
    row = FollowUp.objects.get(demand=demand, state="planned")
    assert (row.round, row.sampled, row.reason, row.source) == (2, False, "雨一下又漏了", "portal")
    assert row.assignment_id


def test_the_limit_for_asking_again_ends(town):
    demand = town.demand("completed")
    with clock.moved(NOW + timedelta(days=8)):
        mine = enter(demand)
        assert "/portal/mine/again" not in {one["href"] for one in mine.get("/portal/mine").links}
        assert "期限" in mine.send("/portal/mine/again", 409, reason="又漏了").text
    assert Demand.objects.get(pk=demand.pk).state == "completed"


def test_the_petitioners_files_come_back_to_them_alone(town):
    demand, other = town.accept(), town.accept()
    mine = enter(demand)
    own, secret = town.attach(demand, public=True), town.attach(demand)
    mine.get(f"/portal/mine/files/{own.pk}")
    assert mine.response.headers["Content-Disposition"].startswith("attachment")
    mine.get(f"/portal/mine/files/{secret.pk}", 404)
    enter(other).get(f"/portal/mine/files/{own.pk}", 404)


def test_an_enterprise_asks_the_specialists(town, visitor):
    page = raise_demand(visitor, 422, "/portal/enterprise/ask", **SAID)
    assert "企业名称" in page.text
    raise_demand(visitor, address="/portal/enterprise/ask", name="海风机械厂", phone=PHONE, **SAID)
    demand = Demand.objects.get()
    assert demand.enterprise
    assert demand.petitioner_kind == "enterprise"
    assert demand.kind.code == "consult"
    specialist = Visitor(town.posts["specialist"])
    assert SAID["title"] in specialist.get("/console/").text
    assert SAID["title"] in specialist.get(f"/console/demands/{demand.pk}").text
    demands.answer(
        town.actor("specialist"), demand.pk, answer="可以在税务大厅申报。", knowledge="fund"
    )
    private = town.accept(title="楼道灯不亮")
    specialist.get(f"/console/demands/{private.pk}", 404)


def test_guesses_are_offered_and_the_choice_is_kept(town, visitor):
    page = visitor.post("/portal/hints", {"title": "路灯不亮", "text": "三天了"}, 200)
    assert "道路交通 / 路灯不亮" in page.text
    (slip,) = (given["value"] for _tag, given in page.tags if given.get("name") == "guessed")
    raise_demand(visitor, category="road.lamp", guessed=slip, **SAID)
    assert Demand.objects.get().category.code == "road.lamp"
    row = Suggestion.objects.get()
    assert (row.what, row.chosen, row.rank, row.by) == ("guess", "road.lamp", 0, None)


def test_the_first_page_is_for_people_and_staff_find_theirs(visitor, town):
    visitor.get("/", 302)
    assert visitor.led_to == "/portal/"
    assert "/console/" in {link["href"] for link in visitor.follow().links}


def test_answers_for_agents_only_are_not_found(visitor, town):
    item = Item.objects.filter(current=True, public=True).first()
    assert item
    item.words = text.tokens(item.title)
    item.save()
    assert item.answer in visitor.get("/portal/", data={"q": item.title}).text
    Item.objects.filter(pk=item.pk).update(public=False)
    assert item.answer not in visitor.get("/portal/", data={"q": item.title}).text


def test_nothing_stands_inline_and_nothing_comes_from_outside(town):
    mine = enter(town.demand("completed"))
    for path in ("", "submit", "enterprise", "enterprise/ask", "query", "mine", "mine/again"):
        page = mine.get(f"/portal/{path}")
        policy = mine.response.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        for tag, given in page.tags:
            assert not given.keys() & {"style", "onclick", "onsubmit"}, (path, tag)
            assert tag != "style"
            assert tag != "script" or given["src"].startswith("/static/")
