"""The knowledge base out and in: nothing is lost, nothing comes twice, faults stay in their row."""

import csv
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import load_workbook

from minsheng.directory.access import SYSTEM
from minsheng.directory.permissions import Role, scopes
from minsheng.exchange import knowledge
from minsheng.foundation import journal
from minsheng.foundation.errors import Forbidden, Invalid
from minsheng.knowledge import actions
from minsheng.knowledge.models import Item
from minsheng.knowledge.queries import exported
from support.calling import taken_back
from support.town import Town

ROLES = [role for role in Role if role not in (Role.CITIZEN, Role.SYSTEM)]
HEAD = "code,kind,title,question,answer,unit,valid_from,valid_to,public\n"


@pytest.fixture
def full(town: Town, known) -> Item:
    """An item that has something in every column."""
    return known(
        *("stop", "三里桥停水", "=8时至18时停水；“详见公告”。\n第二段,带逗号"),
        unit="water",
        kind=Item.Kind.NOTICE,
        question="什么时候来水？",
        basis="供水办法第十八条",
        category_id=town.accept().category_id,
        district=town.units["quay"].district,
        audience="person",
        public=False,
        valid_from=date(2026, 3, 1),
        valid_to=date(2026, 3, 31),
        review_on=date(2026, 3, 20),
        keywords=["停水", "水车"],
    )


def said() -> list[dict[str, object]]:
    left_out = {"_state", "id", "settled_at", "proposed_at", "words", "sounds"}
    return [
        {name: value for name, value in vars(item).items() if name not in left_out}
        for item in Item.objects.filter(current=True).order_by("code")
    ]


def take_in(path: Path, *, publish: bool = True, actor=SYSTEM) -> dict[str, int]:
    rejects = path.with_suffix(".rejects.csv")
    return dict(knowledge.import_items(actor, path, publish=publish, rejects=rejects))


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("sheet", [True, False])
def test_what_goes_out_comes_back_equal(town: Town, full: Item, tmp_path: Path, sheet: bool):
    before = said()
    path = tmp_path / ("items.xlsx" if sheet else "items.csv")
    path.write_bytes(knowledge.written(exported(SYSTEM), sheet=sheet))
    assert take_in(path) == {"read": 3, "known": 3, "rejected": 0}
    assert Item.objects.count() == 3
    Item.objects.all().delete()
    assert take_in(path) == {"read": 3, "new": 3, "rejected": 0}
    assert said() == before


def test_a_spreadsheet_speaks_chinese_and_computes_nothing(town: Town, full: Item):
    book = load_workbook(BytesIO(knowledge.written(exported(SYSTEM), sheet=True)))
    rows = list(book["知识"].iter_rows(values_only=True))
    told = dict(zip(rows[0], rows[-1], strict=True))
    assert (told["类型"], told["对象"], told["对外公开"]) == ("临时通知", "个人", "否")
    assert not [c for row in book["知识"].iter_rows() for c in row if c.data_type == "f"]


def test_bad_rows_are_told_with_line_and_reason_and_good_ones_land(town: Town, tmp_path: Path):
    path = written(
        tmp_path / "items.csv",
        HEAD + "a1,answer,路灯报修,,拨打热线。,traffic,,,true\n"
        ",answer,,,没有标题,traffic,,,true\n"
        ",notice,停电,,没有日期,traffic,,,true\n"
        ",answer,坏日期,,内容,traffic,某日,,true\n"
        ",answer,坏单位,,内容,moon,,,true\n"
        ",answer,坏公开,,内容,traffic,,,或许\n"
        '"坏 编码",answer,题,,内容,traffic,,,true\n'
        "多一格,answer,题,,内容,traffic,,,true,x\n"
        ",answer,公交卡,,到网点办理。,traffic,,,\n",
    )
    assert take_in(path) == {"read": 9, "new": 2, "rejected": 7}
    with path.with_suffix(".rejects.csv").open(encoding="utf-8-sig") as file:
        told = {int(row["line"]): row["reason"] for row in csv.DictReader(file)}
    assert sorted(told) == [3, 4, 5, 6, 7, 8, 9]
    for line, why in ((3, "标题"), (4, "起止日期"), (5, "某日"), (6, "moon"), (7, "对外公开")):
        assert why in told[line]
    assert take_in(path) == {"read": 9, "known": 2, "rejected": 7}
    assert Item.objects.filter(unit__code="traffic", current=True).count() == 2


def test_what_says_something_new_is_the_next_version(town: Town, tmp_path: Path):
    path = written(tmp_path / "a.csv", HEAD + "fund,answer,维修基金,,先公示七天。,housing,,,true\n")
    assert take_in(path, publish=False) == {"read": 1, "changed": 1, "rejected": 0}
    assert Item.objects.get(code="fund", current=True).version == 1
    assert take_in(path, publish=False)["known"] == 1
    other = written(tmp_path / "b.csv", HEAD + "fund,answer,维修基金,,三天。,housing,,,true\n")
    assert take_in(other) == {"read": 1, "rejected": 1}  # one waits already
    waiting = Item.objects.get(code="fund", state="proposed")
    actions.refuse(town.actor("dispatcher"), waiting.pk, reason="不对")
    assert take_in(path)["known"] == 1  # refused for saying just that
    assert take_in(other) == {"read": 1, "changed": 1, "rejected": 0}
    assert Item.objects.get(code="fund", current=True).version == 3
    first = Item.objects.get(code="fund", version=1)
    trail = [entry.action for entry in journal.timeline("knowledge", first.pk)]
    assert trail.count("knowledge.import") == 2


def test_units_bring_in_and_take_out_their_own(town: Town, tmp_path: Path):
    clerk = town.actor("clerk")
    path = written(
        tmp_path / "a.csv",
        HEAD + ",answer,补漏,,先报修。,,,,true\nold,answer,停水,,改,water,,,true\n",
    )
    assert take_in(path, publish=False, actor=clerk) == {"read": 2, "new": 1, "rejected": 1}
    assert Item.objects.get(title="补漏").unit.code == "housing"
    with pytest.raises(Forbidden):
        take_in(path, publish=True, actor=clerk)
    assert [item.code for item in exported(clerk)] == ["fund"]


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "code,title\nx,y\n"])
def test_what_is_no_such_table(town: Town, tmp_path: Path, text: str):
    with pytest.raises(Invalid):
        take_in(written(tmp_path / "a.csv", text))
    broken = tmp_path / "a.xlsx"
    broken.write_bytes(b"PK no zip")
    with pytest.raises(Invalid, match="xlsx"):
        take_in(broken)


def test_through_the_api_with_its_refusals(call, town: Town, full: Item):
    dispatcher = call("dispatcher")
    page = dispatcher.get("/knowledge/export", limit=2)
    rest = dispatcher.get("/knowledge/export", limit=2, after=page["next"])
    items = [*page["items"], *rest["items"]]
    assert ([one["code"] for one in items], rest["next"]) == (["fund", "old", "stop"], None)
    left_out = {"id", "version", "state", "current"}
    rows = [{k: v for k, v in one.items() if k not in left_out} for one in items]
    told = dispatcher.post("/knowledge/import", {"items": rows})
    assert told == {"new": 0, "changed": 0, "known": 3, "rejected": []}
    bad = {"title": "停气", "answer": "检修", "unit": "water", "kind": "notice"}
    good = {"title": "换表", "answer": "免费更换。", "unit": "water"}
    told = dispatcher.post("/knowledge/import", {"items": [bad, good], "publish": True})
    assert (told["new"], told["rejected"][0]["row"]) == (1, 1)
    assert told["rejected"][0]["field"] == "valid_to"
    assert Item.objects.get(title="换表").current
    call("clerk").post("/knowledge/import", {"items": [good], "publish": True}, 403)
    dispatcher.post("/knowledge/import", {"items": []}, 422)
    dispatcher.get("/knowledge/export", 422, after="不 是")


def test_the_permission_table_walked_through_the_api(call, town: Town):
    for role in ROLES:
        with taken_back():
            body = {"items": [{"title": "题", "answer": "答", "unit": ""}]}
            asked = {
                "knowledge.import": call(role).post("/knowledge/import", body, None),
                "knowledge.export": call(role).get("/knowledge/export", None),
            }
            for action, response in asked.items():
                allowed = bool(scopes(role, action))
                assert response.status_code == (200 if allowed else 403), (role, action)
