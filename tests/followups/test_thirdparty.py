"""An institute judges how demands were dealt with, and learns nothing of who raised them."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from minsheng.demands.models import Demand, Petitioner
from minsheng.followups import thirdparty
from minsheng.followups.models import Commission, CommissionItem
from minsheng.foundation import clock
from minsheng.orders import actions as orders
from minsheng.orders.models import Assignment
from support.fairly import exclude
from support.reading import Visitor
from support.town import NOW, PHONE, Town

TODAY = NOW.date()


def later() -> object:
    return clock.moved(NOW + timedelta(days=1))


def commission(town: Town, size: int = 10) -> Commission:
    return thirdparty.commission(
        town.actor("analyst"), institute="某评估院", first=TODAY, last=TODAY, size=size, seed="7"
    )


def handled(town: Town, reply: str) -> Demand:
    order = town.assign()
    orders.sign(town.actor("clerk"), order.pk)
    orders.reply(town.actor("clerk"), order.pk, text=reply, solved=True)
    orders.sign_off(town.actor("unit_leader"), order.pk)
    orders.pass_audit(town.actor("dispatcher"), order.pk)
    return Demand.objects.get(pk=order.demand_id)


def test_what_goes_out_names_nobody(town: Town) -> None:
    reply = (
        f"已联系钱小满（{PHONE}，139 0000 1234，320102199003078888），孙师傅已到场，邮箱a@b.cn。"
    )
    demand = handled(town, reply)
    with later():
        row = commission(town)
    (item,) = thirdparty.taken_out(town.actor("analyst"), row.pk)
    assert set(item) == {*thirdparty.COLUMNS}
    said = str(item)
    for secret in ("钱小满", "1234", "8888", "a@b.cn", "孙师傅", demand.number, demand.query_code):
        assert secret not in said, secret
    assert "已到场" in item["reply"]
    assert (item["unit"], item["category"], item["in_time"]) == ("住房局", "房屋漏水", True)


def test_nobody_is_named_whom_the_vault_does_not_open(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.demand("completed")
    petitioner = Petitioner.objects.get(demand__state="completed")

    def locked(_identity: object) -> None:
        raise thirdparty.vault.VaultLocked("locked", "锁着")

    monkeypatch.setattr(thirdparty.vault, "open_person", locked)
    assert thirdparty.anonymous("钱小满说好了", petitioner) == ""


def test_restricted_and_excluded_ones_never_go_out(town: Town) -> None:
    kept, secret, out = (town.demand("completed") for _n in range(3))
    Demand.objects.filter(pk=secret.pk).update(restricted=True)
    exclude(town, out.number)
    with later():
        row = commission(town)
    assert [item.demand_id for item in row.items.all()] == [kept.pk]


def test_scores_come_back_all_or_none_and_once(town: Town) -> None:
    for _n in range(3):
        town.demand("completed")
    act = town.actor("analyst")
    with later():
        row = commission(town)
        one, two, three = row.items.order_by("code").values_list("code", flat=True)
        file = (
            f"code,score,remark\r\n{one},90.5,详实\r\n{two.lower()},60,\r\n{three},,\r\n".encode()
        )
        assert thirdparty.bring_back(act, row.pk, file) == 2
        assert thirdparty.bring_back(act, row.pk, file) == 0
        for wrong, words in (
            (f"{three},70\nNOSUCH,80", "NOSUCH"),
            (f"{three},70\n{three},70", "出现两次"),
            (f"{three},101", "不是0到100"),
            (f"{three},高", "不是0到100"),
            (f"{three},NaN", "不是0到100"),
            (f"{three},70\n{one},10", "已有不同的评分"),
        ):
            with town.refused("bad_line") as seen:
                thirdparty.bring_back(act, row.pk, f"code,score\n{wrong}".encode())
            assert words in str(seen.value)
        with town.refused("missing_column"):
            thirdparty.bring_back(act, row.pk, b"code,points\nA,1")
    assert CommissionItem.objects.filter(score=None).count() == 1
    (unit,) = thirdparty.by_unit(row)
    assert (unit["items"], unit["scored"], unit["mean"]) == (3, 2, Decimal("75.25"))


def test_what_is_refused(town: Town) -> None:
    act = town.actor("supervisor")
    with town.refused("forbidden"):
        thirdparty.commission(town.actor("leader"), institute="院", first=TODAY, last=TODAY, size=1)
    with town.refused("bad_days"):
        thirdparty.commission(act, institute="院", first=TODAY, last=TODAY, size=1)
    yesterday = TODAY - timedelta(days=1)
    for given, code in (
        ({"institute": " ", "size": 1}, "missing"),
        ({"institute": "院", "size": 0}, "bad_size"),
        ({"institute": "院", "size": 1}, "nobody"),
    ):
        with town.refused(code):
            thirdparty.commission(act, first=yesterday, last=yesterday, **given)  # type: ignore[arg-type]
    assert not Commission.objects.exists()


def test_through_the_doors(
    town: Town, call: Callable[..., object], at: Callable[..., Visitor]
) -> None:
    town.demand("completed")
    Assignment.objects.update(reply="=1+1 已修")
    day = TODAY.isoformat()
    body = {"institute": "某评估院", "first": day, "last": day, "size": 5}
    with later():
        call("leader").post("/commissions", body, 403)
        made = call("analyst").post("/commissions", body, 201)
        one = f"/commissions/{made['id']}"
        (item,) = call("analyst").get(f"{one}/items")
        call("leader").get(f"{one}/items", 403)
        scores = f"code,score,remark\n{item['code']},88,好".encode()
        file = SimpleUploadedFile("scores.csv", scores, "text/csv")
        assert call("analyst").upload(f"{one}/scores", 200, file=file) == {"new": 1}
        assert call("leader").get(one)["units"][0]["mean"] == 88.0

        page = at("analyst").get(f"/console{one}")
        assert "88.00" in page.text
        visitor = at("analyst")
        visitor.get(f"/console{one}/out")
        sheet = visitor.response.content.decode("utf-8-sig")
        (row,) = csv.DictReader(io.StringIO(sheet))
        assert row["reply"].startswith("'=")  # no formula for a spreadsheet
        at("leader").get(f"/console{one}/out", 403)
        visitor.send(f"/console{one}", 422, file=SimpleUploadedFile("x.csv", b"a,b\n"))
        visitor.send("/console/commissions", action="/console/commissions", **body)
        assert Commission.objects.count() == 2
