"""Orders by spreadsheet: out, filled in by the unit, back; twice the same changes nothing."""

from io import BytesIO
from uuid import uuid4
from zipfile import ZipFile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import Workbook, load_workbook

from minsheng.doors.models import Batch
from minsheng.foundation import recent
from minsheng.foundation.models import JournalEntry
from minsheng.orders import actions as orders
from minsheng.orders.models import Assignment, Contact, Reply
from support.town import PHONE

REPLY = "3月10日已到幸福里3号楼补漏，经查不再漏水。"


def taken_out(visitor, tab: str = "sign"):
    """Returns the workbook that somebody gets of a list."""
    visitor.post("/console/sheets/out", {"tab": tab}, 200)
    assert "attachment" in visitor.response.headers["Content-Disposition"]
    return load_workbook(BytesIO(visitor.response.content))


def columns(book) -> dict[str, int]:
    return {cell.value: cell.column for cell in book["工单"][1]}


def fill(book, row: int, **said) -> None:
    for name, value in said.items():
        book["工单"].cell(row, columns(book)[name]).value = value


def packed(book, name: str = "工单.xlsx") -> SimpleUploadedFile:
    file = BytesIO()
    book.save(file)
    return SimpleUploadedFile(name, file.getvalue())


def brought_back(visitor, file, status: int = 302):
    """Brings a sheet back; returns the page of results."""
    page = visitor.post("/console/sheets/in", {"file": file, "once": str(uuid4())}, status)
    return visitor.follow() if status == 302 else page


def test_numbers_are_numbers_times_are_times_and_people_are_masked(town, at):
    order = town.order("assigned")
    book = taken_out(at("clerk"))
    row = {name: book["工单"].cell(2, place) for name, place in columns(book).items()}
    assert row["工单号"].value == order.work_order.number
    assert row["派单时间"].is_date
    assert row["办结时限"].value.isoformat() == "2026-03-17T17:30:00"
    assert row["剩余工作日"].value == pytest.approx(5.8, abs=0.1)
    assert row["返工次数"].value == 0
    assert row["诉求人"].value == "钱**"
    words = " ".join(str(cell.value) for line in book["工单"] for cell in line)
    assert PHONE not in words
    assert "钱小满" not in words
    entry = JournalEntry.objects.get(action="order.export")
    assert (entry.subject_kind, entry.ref, entry.staff) == ("unit", "housing", "clerk")
    assert '"rows":1' in entry.body


def test_of_a_confidential_petitioner_not_even_a_mask_is_shown(town, at):
    town.assign(town.accept(confidential=True))
    book = taken_out(at("clerk"))
    row = {name: book["工单"].cell(2, place).value for name, place in columns(book).items()}
    assert not row["诉求人"]
    assert not row["电话"]


def test_what_a_caller_says_is_never_a_formula(town, at):
    town.assign(town.accept(title="=HYPERLINK(1)", text="+1+1\x00漏水"))
    book = taken_out(at("clerk"))
    cells = {name: book["工单"].cell(2, place) for name, place in columns(book).items()}
    assert (cells["标题"].value, cells["标题"].data_type) == ("=HYPERLINK(1)", "s")
    assert cells["内容"].data_type == "s"


def test_a_list_is_what_its_reader_sees(town, at):
    town.order("assigned")
    town.assign(lead="traffic")
    assert taken_out(at("clerk"))["工单"].max_row == 2
    assert taken_out(at("clerk.water"))["工单"].max_row == 1
    at("clerk").post("/console/sheets/out", {"tab": "nowhere"}, 404)
    at("dispatcher").post("/console/sheets/out", {"tab": "orders"}, 403)
    at("unit_leader").post("/console/sheets/in", {}, 403)
    assert JournalEntry.objects.filter(action="order.export").count() == 2


def test_a_sheet_signs_contacts_and_replies_and_twice_changes_nothing(town, at):
    for state in ("assigned", "signed", "handling"):
        town.order(state)
    clerk = at("clerk")
    book = taken_out(clerk, "orders")
    states = {book["工单"].cell(row, columns(book)["状态"]).value: row for row in (2, 3, 4)}
    fill(book, states["待签收"], 操作="签收")
    fill(
        book, states["已签收"], 操作="联系", 联系方式="电话", 联系情况="约定下午到", 是否联系上="是"
    )
    fill(book, states["办理中"], 操作="答复", 答复内容=REPLY, 是否解决="是")
    page = brought_back(clerk, packed(book))
    assert "办成 3" in page.text
    found = sorted(Assignment.objects.values_list("state", flat=True))
    assert found == ["handling", "sign_off", "signed"]
    assert Reply.objects.get().text == REPLY
    assert Contact.objects.filter(outcome="约定下午到").count() == 1
    journal = JournalEntry.objects.count()
    page = brought_back(clerk, packed(book))
    assert "无变化 3" in page.text
    assert JournalEntry.objects.count() == journal
    assert brought_back(at("clerk2"), packed(book)).text.count("没有重复办理") == 3


def test_another_sheet_may_say_the_same_again(town, at):
    order, clerk = town.order("handling"), at("clerk")
    for _time in range(2):
        book = taken_out(clerk, "running")
        fill(book, 2, 操作="联系", 联系方式="电话", 联系情况="无人接听", 是否联系上="否")
        assert "办成 1" in brought_back(clerk, packed(book)).text
    assert order.contacts.filter(reached=False).count() == 2


def test_what_the_check_finds_is_told_and_kept(town, at):
    town.order("signed")
    clerk = at("clerk")
    book = taken_out(clerk, "running")
    fill(book, 2, 操作="答复", 答复内容="高度重视，尽快处理。", 是否解决="否")
    assert "答复检查提示" in brought_back(clerk, packed(book)).text
    assert "no_contact" in Reply.objects.get().findings


#: What a row says, and what is said of it.
WRONG = [
    ({"操作": "=1+1"}, "是公式"),
    ({"操作": "签收", "联系情况": "=A1"}, "是公式"),
    ({"操作": "办结"}, "只能填签收、联系、答复"),
    ({"操作": "联系", "联系情况": "已联系"}, "须填“联系方式”"),
    ({"操作": "联系", "联系方式": "电话"}, "须填“联系情况”"),
    ({"操作": "答复", "答复内容": "已办"}, "“答复内容”和“是否解决”"),
    ({"操作": "答复", "答复内容": "已办", "是否解决": "也许"}, "只能填是、否"),
    ({"答复内容": "已办"}, "没有选“操作”"),
    ({"操作": "签收", "工单号": ""}, "没有工单号"),
    ({"操作": "签收", "工单号": "GD0000000000000"}, "没有找到这张工单"),
    ({"操作": "签收", "单位编码": "traffic"}, "没有找到这张工单"),
    ({"操作": "答复", "答复内容": "已办", "是否解决": "是"}, "不能答复"),
]


def test_a_row_that_cannot_be_done_says_why_and_holds_up_no_other(town, at):
    town.order("assigned")
    clerk = at("clerk")
    book = taken_out(clerk)
    sheet = book["工单"]
    for row, (said, _why) in enumerate(WRONG, 2):
        for cell in sheet[2]:
            sheet.cell(row, cell.column).value = cell.value if cell.column <= 2 else None
        fill(book, row, **said)
    # The last row does what it says.
    fill(book, len(WRONG) + 2, 工单号=sheet.cell(2, 1).value, 单位编码="housing", 操作="签收")
    brought_back(clerk, packed(book))
    *refused, done = Batch.objects.get().lines
    assert done["outcome"] == "done"
    for line, (said, why) in zip(refused, WRONG, strict=True):
        assert (line["outcome"], why in line["said"]) == ("refused", True), (said, line)
    order = Assignment.objects.get()
    assert (order.state, order.reply) == ("signed", "")


def test_an_alien_order_stays_as_it_is(town, at):
    alien = town.assign(lead="traffic")
    town.order("assigned")
    book = taken_out(at("clerk"))
    fill(book, 2, 操作="签收", 工单号=alien.work_order.number, 单位编码="traffic")
    page = brought_back(at("clerk"), packed(book))
    assert "没有找到这张工单" in page.text
    assert alien.demand.title not in page.text.replace("（2）", "")
    alien.refresh_from_db()
    assert alien.state == "assigned"


def rubbish() -> dict[str, bytes]:
    plain, bomb, entities = BytesIO(), BytesIO(), BytesIO()
    Workbook().save(plain)
    with ZipFile(bomb, "w", 8) as file:
        file.writestr("xl/workbook.xml", b" " * 70_000_000)
    with ZipFile(entities, "w") as file:
        file.writestr("xl/workbook.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')
    return {
        "words": "签收,全部".encode(),
        "empty": b"\x00",
        "zip": b"PK\x03\x04 and so on",
        "no columns": plain.getvalue(),
        "bomb": bomb.getvalue(),
        "entities": entities.getvalue(),
        "large": b"x" * 5_000_001,
    }


def test_rubbish_is_refused_as_a_whole(town, at):
    for kind, data in rubbish().items():
        page = brought_back(at("clerk"), SimpleUploadedFile("工单.xlsx", data), 422)
        assert any(given.get("role") == "alert" for _tag, given in page.tags), kind
    assert not Batch.objects.exists()


def test_an_empty_sheet_and_one_too_long_are_refused(town, at, monkeypatch):
    from minsheng.exchange import unit_sheet

    town.order("assigned")
    town.order("assigned")
    book = taken_out(at("clerk"))
    assert "没有填写任何操作" in brought_back(at("clerk"), packed(book), 422).text
    monkeypatch.setattr(unit_sheet, "MOST_ROWS", 1)
    fill(book, 2, 操作="签收")
    fill(book, 3, 操作="签收")
    assert "一次最多导入1行" in brought_back(at("clerk"), packed(book), 422).text
    assert Assignment.objects.filter(state="assigned").count() == 2


def test_results_come_as_a_sheet_too(town, at):
    order, clerk = town.order("assigned"), at("clerk")
    book = taken_out(clerk)
    fill(book, 2, 操作="签收")
    orders.sign(town.actor("clerk2"), order.pk)
    page = brought_back(clerk, packed(book))
    link = next(one["href"] for one in page.links if one["href"].endswith("/sheet"))
    clerk.get(link)
    sheet = load_workbook(BytesIO(clerk.response.content))["结果"]
    number, *_between, outcome, said = (cell.value for cell in sheet[2])
    assert (number, outcome) == (order.work_order.number, "无变化")
    assert said == "以前已经签收。"
    at("clerk2").get(link, 404)


def test_the_days_ahead_tell_working_days_apart_and_what_is_due(town, at):
    town.order("signed")  # due on the 17th, five working days on
    of_today = town.assign(town.accept(urgent=True))
    Assignment.objects.filter(pk=of_today.pk).update(due_at="2026-03-10T17:00+08:00")
    town.assign(lead="traffic")
    page = at("clerk").get("/console/due")
    assert "03-10 星期二 今天 1 1 1" in page.text
    assert "03-14 星期六 休息日 0" in page.text
    assert "03-17 星期二 第6个 1" in page.text
    link = next(one["href"] for one in page.links if "due=2026-03-17" in one["href"])
    page = at("clerk").get(link)
    assert "只看2026-03-17到期的" in page.text
    assert page.text.count("GD26") == 1


@pytest.mark.parametrize("path", ["due", "sheets"])
def test_these_pages_cost_few_statements(town, at, path, monkeypatch):
    monkeypatch.setattr(recent, "SECONDS", 3600)
    town.order("signed")
    visitor = at("clerk")
    visitor.get(f"/console/{path}")
    with CaptureQueriesContext(connection) as seen:
        visitor.get(f"/console/{path}")
    assert sum("SAVEPOINT" not in (one["sql"] or "") for one in seen) <= 8


def test_a_list_of_any_length_is_taken_out_in_as_many_statements(town, at, monkeypatch):
    monkeypatch.setattr(recent, "SECONDS", 3600)
    visitor = at("clerk")

    def cost(rows: int) -> int:
        with CaptureQueriesContext(connection) as seen:
            assert taken_out(visitor)["工单"].max_row == rows + 1
        return len(seen)

    town.order("assigned")
    taken_out(visitor)
    short = cost(1)
    for _time in range(3):
        town.order("assigned")
    assert cost(4) == short
