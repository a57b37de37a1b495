"""What citizens do on the portal, with a browser that runs no scripts."""

import pytest
from django.conf import settings

from minsheng.demands.models import Demand
from minsheng.doors.models import Received
from minsheng.doors.opening import MOST_WRONG
from minsheng.doors.portal import pages
from minsheng.followups.models import FollowUp
from minsheng.foundation import text
from minsheng.knowledge.models import Item
from minsheng.orders import actions as orders
from support.deeds import picture
from support.reading import Visitor
from support.town import PHONE

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
    visitor.send(
        "/portal/submit", name="孙小雨", phone=PHONE, confidential="on",
        attachments=picture(), **SAID,
    )  # fmt: skip
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
    visitor.send("/portal/submit", **SAID)
    assert Demand.objects.get().petitioner is None


def test_the_button_pressed_twice_makes_one_demand(visitor):
    form = visitor.get("/portal/submit").form()["fields"] | SAID
    visitor.post("/portal/submit", form)
    visitor.post("/portal/submit", form)
    assert Demand.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "said"), [({"title": ""}, "请填写"), ({"phone": "12"}, "电话号码不完整")]
)
def test_what_is_missing_is_said_and_nothing_is_lost(visitor, wrong, said):
    page = visitor.send("/portal/submit", 422, **{**SAID, **wrong})
    assert said in page.text
    assert page.form()["fields"]["text"] == SAID["text"]
    assert not Demand.objects.exists()


def test_a_bad_file_leaves_nothing_behind(visitor):
    bad = picture()
    bad.name = "photo.pdf"
    visitor.send("/portal/submit", 422, attachments=bad, **SAID)
    assert not Demand.objects.exists()
    assert not Received.objects.exists()


def test_one_address_cannot_flood_the_hotline(visitor, monkeypatch):
    monkeypatch.setattr(pages, "MOST_SENT", 1)
    visitor.send("/portal/submit", **SAID)
    assert "太多" in visitor.send("/portal/submit", 429, **SAID).text
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


def test_supplement_withdraw_and_leave(town):
    mine = enter(town.accept())
    mine.send("/portal/mine/supplement", text="昨晚又漏了", attachments=picture())
    assert "昨晚又漏了" in mine.follow().text
    mine.send("/portal/mine/withdraw", reason="已经修好")
    assert "诉求已撤回" in mine.follow().text
    mine.send("/portal/mine/supplement", 409, text="又来了")
    mine.send("/portal/mine", action="leave")
    mine.get("/portal/mine", 302)


def test_who_is_dissatisfied_says_why(town):
    demand = town.demand("completed")
    mine = enter(demand)
    given = {"grade": "dissatisfied", "solved": "no"}
    assert "原因" in mine.send("/portal/mine/evaluate", 422, **given).text
    mine.send("/portal/mine/evaluate", reason="还在漏", **given)
    row = FollowUp.objects.get(demand=demand, state="evaluated")
    assert (row.grade, row.solved, row.source) == ("dissatisfied", False, "portal")


def test_answers_for_agents_only_are_not_found(visitor, town):
    item = Item.objects.filter(current=True, public=True).first()
    assert item
    item.words = text.tokens(item.title)
    item.save()
    assert item.answer in visitor.get("/portal/", data={"q": item.title}).text
    Item.objects.filter(pk=item.pk).update(public=False)
    assert item.answer not in visitor.get("/portal/", data={"q": item.title}).text
