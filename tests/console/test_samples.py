"""Draws on the staff pages: made, listed, proved."""

from collections.abc import Callable
from datetime import timedelta

from minsheng.followups.models import Sample
from minsheng.foundation import clock
from support.reading import Visitor
from support.town import NOW, Town

SHELF = "/console/samples"


def test_a_draw_is_made_and_proved_on_the_page(town: Town, at: Callable[..., Visitor]) -> None:
    numbers = [town.demand("completed").number for _n in range(5)]
    day = NOW.date().isoformat()
    supervisor = at("supervisor")
    assert "日期须已过去" in supervisor.send(SHELF, 422, action=SHELF, first=day, last=day).text
    with clock.moved(NOW + timedelta(days=1)):
        supervisor.send(SHELF, action=SHELF, first=day, last=day, seed="7", share="0.4")
        page = supervisor.follow()
        assert "名单一致" in page.text
        assert "5件中抽取2件" in page.text
        assert all(number in page.text for number in numbers)
        Sample.objects.update(seed="8")  # somebody tampers with it
        assert "名单不一致" in supervisor.get(f"{SHELF}/{Sample.objects.get().pk}").text
        page = at("follow_up").get(SHELF)
        assert day in page.text
        assert not [form for form in page.forms if form["action"] == SHELF]
