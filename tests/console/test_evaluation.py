"""Evaluations on the staff pages: computed, read line by line, published, revised."""

from collections.abc import Callable
from pathlib import Path

import pytest

from minsheng.directory.access import SYSTEM
from minsheng.evaluation.models import Evaluation
from minsheng.exchange.history.run import import_orders, open_history
from support.fairly import exclude
from support.history import row, text_of
from support.reading import Visitor
from support.town import Town

At = Callable[..., Visitor]
SHELF = "/console/evaluations"


@pytest.fixture
def quarter(town: Town, tmp_path: Path) -> None:
    path = tmp_path / "history.csv"
    path.write_text(text_of([row(1), row(2, due_at="2025-03-05 17:30:00")]))
    import_orders(SYSTEM, open_history(path)[0], rejects=tmp_path / "rejects.csv")


def test_from_the_first_draft_to_a_revision(at: At, town: Town, quarter: None) -> None:
    supervisor = at("supervisor")
    supervisor.send(SHELF, action=SHELF, scheme="yueyang", period="2025Q1")
    page = supervisor.follow()
    assert "按期办结率 50.00% × 0.3 = 15" in page.text
    assert "2025年一季度考核评价" in page.text
    evaluation = Evaluation.objects.get()
    address = f"{SHELF}/{evaluation.pk}"
    supervisor.send(address, action=f"{address}/publish")
    assert "已发布" in supervisor.follow().text

    refused = supervisor.send(SHELF, 409, action=SHELF, scheme="yueyang", period="2025Q1")
    assert "没有变化" in refused.text
    exclude(town, "S2")
    refused = supervisor.send(SHELF, 422, action=SHELF, scheme="yueyang", period="2025Q1")
    assert "说明理由" in refused.text
    supervisor.send(SHELF, action=SHELF, scheme="yueyang", period="2025Q1", reason="S2准予剔除")
    page = supervisor.follow()
    assert "超期办理 1 → 0" in page.text
    assert "S2准予剔除" in page.text
    listed = at("leader").get(SHELF).text
    assert listed.count("2025年一季度") == 1  # in its last revision alone
    name = town.posts["supervisor"].staff.name  # not the account
    assert f"2 草稿 {name}" in listed


def test_who_may_only_look_gets_no_forms(at: At, quarter: None) -> None:
    at("analyst").send(SHELF, action=SHELF, scheme="yueyang", period="2025Q1")
    pk = Evaluation.objects.get().pk
    for role in ("leader", "analyst"):
        page = at(role).get(f"{SHELF}/{pk}")
        assert not [form for form in page.forms if form["action"].endswith("/publish")]
        at(role).post(f"{SHELF}/{pk}/publish", {}, 403)
    assert not [form for form in at("leader").get(SHELF).forms if form["action"] == SHELF]
    at("leader").post(SHELF, {"scheme": "yueyang", "period": "2025Q1"}, None)
    assert Evaluation.objects.get().state == "draft"
    at("agent").get(f"{SHELF}/{pk}", 403)
    at("clerk").get(f"{SHELF}/{pk}", 404)  # a draft is not for units
