"""Exclusions and appeals on the staff pages, from the unit's form to the centre's decision."""

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from minsheng.demands.models import Demand
from minsheng.directory.access import SYSTEM
from minsheng.evaluation import actions
from minsheng.evaluation.models import Appeal, Exclusion
from minsheng.exchange.history.run import import_orders, open_history
from support.deeds import picture
from support.history import row, text_of
from support.reading import Visitor
from support.town import Town

At = Callable[..., Visitor]


def test_an_application_goes_from_the_units_form_through_two_hands(at: At, town: Town) -> None:
    demand = town.demand("completed")
    clerk = at("clerk")
    form = f"/console/demands/{demand.pk}/exclusion"
    page = clerk.get(f"/console/demands/{demand.pk}")
    assert form in {link["href"] for link in page.links}
    page = clerk.send(form, 422, reason_code="unreasonable")
    assert "须附证据" in page.text
    clerk.send(form, reason_code="unreasonable", attachments=picture())
    one = f"/console/exclusions/{Exclusion.objects.get().pk}"
    assert clerk.led_to == one
    page = clerk.follow()
    assert "现场.png" in page.text
    assert not [link for link in page.links if link["href"] == form]

    first = at("supervisor")
    assert demand.number in first.get("/console/exclusions").text
    form = {**first.get(one).form("/do/approve")["fields"], "reason": "属实"}
    first.post(f"{one}/do/approve", form)
    page = first.follow()
    assert "等待另一位复核" in page.text
    first.post(f"{one}/do/approve", form)  # the button pressed twice
    assert "没有重复办理" in first.follow().text
    assert not [form for form in page.forms if form["action"].endswith("/do/confirm")]
    first.post(f"{one}/do/confirm", {"once": uuid4()}, 403)
    second = at("supervisor2")
    second.send(one, 422, action=f"{one}/do/refuse", reason="")
    second.send(one, action=f"{one}/do/confirm")
    assert "考核结果会重新计算" in second.follow().text
    assert Demand.objects.get(pk=demand.pk).excluded
    assert "没有待审批" in second.get("/console/exclusions").text
    assert "剔除复核同意" in clerk.get(f"/console/demands/{demand.pk}").text
    at("clerk.traffic").get(one, 404)
    at("agent").get(one, 403)


def test_a_unit_takes_its_application_back(at: At, town: Town) -> None:
    demand = town.demand("completed")
    leader = at("unit_leader")
    form = f"/console/demands/{demand.pk}/exclusion"
    leader.send(form, reason_code="unreasonable", evidence="已解释")
    one = leader.led_to
    leader.send(one, action=f"{one}/do/withdraw")
    assert "申请已撤回" in leader.follow().text
    leader.post(f"{one}/do/withdraw", {"once": uuid4()}, 409)
    leader.post(f"{one}/do/nothing", {}, 404)


def test_an_appeal_goes_from_the_evaluation_to_its_answer(
    at: At, town: Town, tmp_path: Path
) -> None:
    path = tmp_path / "history.csv"
    path.write_text(text_of([row(1), row(2, due_at="2025-03-05 17:30:00"), row(3, unit="交通局")]))
    import_orders(SYSTEM, open_history(path)[0], rejects=tmp_path / "rejects.csv")
    draft = actions.evaluate(SYSTEM, "yueyang", "2025Q1")
    evaluation = f"/console/evaluations/{actions.publish(SYSTEM, draft.pk).pk}"

    leader = at("unit_leader")
    page = leader.get(evaluation)
    assert "住房局" in page.text
    assert "交通局" not in page.text
    form = f"{evaluation}/appeal"
    assert form in {link["href"] for link in page.links}
    assert "没有承办过" in leader.send(form, 422, reason="道路封闭", demands="S3").text
    leader.send(form, reason="道路封闭", demands="s2，")
    one = leader.led_to
    assert "S2" in leader.follow().text
    assert form not in {link["href"] for link in leader.get(evaluation).links}
    assert form not in {link["href"] for link in at("clerk").get(evaluation).links}
    at("leader.traffic").get(one, 404)

    centre = at("supervisor")
    assert one in {link["href"] for link in centre.get(evaluation).links}
    assert "住房局" in centre.get("/console/appeals").text
    refused = centre.send(one, 422, action=f"{one}/do/grant", answer="同意", exclude="")
    assert "怎样更正" in refused.text
    centre.send(one, action=f"{one}/do/grant", answer="系统停机", exclude="", overdue="-1")
    assert "超期办理 -1" in centre.follow().text
    assert Appeal.objects.get().state == "granted"
    page = centre.get(evaluation)
    assert "影响得分的事项：1项" in page.text
    assert "系统停机" in page.text
    centre.post(f"{one}/do/refuse", {"answer": "不", "once": uuid4()}, 409)
