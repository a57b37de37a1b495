"""Bulletins on the staff pages: made, reworded around their figures, published, downloaded."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

import pytest
from docx import Document
from openpyxl import load_workbook
from pypdf import PdfReader

from minsheng.bulletins.model import Figure, from_json
from minsheng.bulletins.models import Issue
from minsheng.directory.access import SYSTEM
from minsheng.exchange.history.run import import_orders, open_history
from support.history import row, text_of
from support.reading import Reader, Visitor
from support.town import Town

At = Callable[..., Visitor]
SHELF = "/console/bulletins"


@pytest.fixture
def history(town: Town, tmp_path: Path) -> None:
    path = tmp_path / "history.csv"
    path.write_text(text_of([row(1), row(2), row(3, unit="交通局")]))
    import_orders(SYSTEM, open_history(path)[0], rejects=tmp_path / "rejects.csv")


@pytest.fixture
def issue(history: None, at: At) -> Issue:
    at("analyst").send(SHELF, action=SHELF, template="daily", period="2025-03-03")
    return Issue.objects.get()


def figures(issue: Issue) -> list[Figure]:
    return [
        part
        for block in issue.bulletin.blocks()
        for part in getattr(block, "parts", ())
        if isinstance(part, Figure)
    ]


def first_words(page: Reader) -> str:
    """Returns the name of the editor's first field of words."""
    return next(name for name in page.form()["fields"] if name.endswith("-0"))


def test_from_the_draft_to_the_published_issue(at: At, issue: Issue) -> None:
    analyst, address = at("analyst"), f"{SHELF}/{issue.pk}"
    page = analyst.get(address)
    assert "受理诉求3件" in page.text
    field = first_words(analyst.get(f"{address}/edit"))
    analyst.send(f"{address}/edit", **{field: "当天平稳，受理诉求"})
    page = analyst.follow()
    assert "当天平稳，受理诉求3件" in page.text
    assert "改了1段" in page.text
    assert "analyst" in page.text
    at("supervisor").send(address, action=f"{address}/publish")
    page = at("supervisor").get(address)
    assert "已发布" in page.text
    assert not [form for form in page.forms if form["action"].startswith(address)]
    field_page = at("analyst").get(f"{address}/edit").form()
    refused = at("analyst").post(f"{address}/edit", {**field_page["fields"], field: "又改"}, 409)
    assert "不能再改" in refused.text


def test_no_field_of_the_editor_holds_a_figure(at: At, issue: Issue) -> None:
    before = figures(issue)
    page = at("analyst").get(f"{SHELF}/{issue.pk}/edit")
    fields = page.form()["fields"]
    words = [name for name in fields if name.startswith("b")]
    chips = [given for _tag, given in page.tags if given.get("class") == "chip"]
    assert len(chips) == len(before)
    assert "3" not in [fields[name] for name in words]
    typed = {**fields, first_words(page): "受理诉求99件，其中"}
    refused = at("analyst").post(f"{SHELF}/{issue.pk}/edit", typed, 422)
    assert "“99件”不是由指标算出的数" in refused.text
    issue.refresh_from_db()
    assert (figures(issue), issue.edits) == (before, 0)


def test_two_editors_at_once(at: At, issue: Issue) -> None:
    address = f"{SHELF}/{issue.pk}/edit"
    mine = at("analyst").get(address)
    at("supervisor").send(address, **{first_words(mine): "乙先写"})
    name = first_words(mine)
    refused = at("analyst").post(address, {**mine.form()["fields"], name: "甲后写"}, 409)
    assert "刚才改过这份草稿" in refused.text
    assert "甲后写" in refused.form()["fields"][name]  # what was typed is not lost


def test_every_format_holds_the_figures(at: At, issue: Issue) -> None:
    analyst, address = at("analyst"), f"{SHELF}/{issue.pk}"
    analyst.get(address)
    files = {}
    for format in ("docx", "pdf", "html", "xlsx", "json"):
        analyst.get(f"{address}/file/{format}")
        kept = analyst.response.headers["Content-Disposition"]
        assert f"attachment; filename*=utf-8''{quote(issue.title)}.{format}" == kept
        files[format] = analyst.response.content
    assert from_json(files["json"]) == issue.bulletin
    sentence = "受理诉求3件"
    assert sentence in "".join(one.text for one in Document(BytesIO(files["docx"])).paragraphs)
    pages = PdfReader(BytesIO(files["pdf"])).pages
    assert sentence in "".join("".join(page.extract_text().split()) for page in pages)
    assert sentence in Reader(files["html"].decode()).text
    sheet = load_workbook(BytesIO(files["xlsx"]))["指标"]
    found = {line[1].value: line[3].value for line in sheet.iter_rows(min_row=2)}
    assert found["accepted_count"] == 3
    refused = analyst.get(f"{address}/file/odt", 422)
    assert "没有“odt”这种格式" in refused.text


def test_only_what_one_may_do_is_offered(at: At, issue: Issue) -> None:
    address = f"{SHELF}/{issue.pk}"
    offers = {
        "leader": [],
        "analyst": ["discard", "edit"],
        "supervisor": ["discard", "edit", "publish"],
    }
    for role, verbs in offers.items():
        page = at(role).get(address)
        there = {form["action"] for form in page.forms} | {link["href"] for link in page.links}
        for verb in ("discard", "edit", "publish"):
            assert (f"{address}/{verb}" in there) == (verb in verbs), (role, verb)
        made = [form for form in at(role).get(SHELF).forms if form["action"] == SHELF]
        assert bool(made) == (role != "leader")
    at("leader").post(f"{address}/publish", {}, 403)
    at("leader").post(f"{address}/discard", {}, 403)
    at("leader").get(f"{address}/edit", 403)
    at("analyst").post(f"{address}/publish", {}, 403)
    for path in ("", "/edit", "/file/pdf"):
        at("clerk").get(address + path, 403)
    refused = at("leader").post(SHELF, {"template": "daily", "period": "2025-03-04"}, None)
    assert "编制一期" not in refused.text
    assert Issue.objects.get().state == "draft"


def test_a_draft_can_be_discarded_and_a_double_is_refused(at: At, issue: Issue) -> None:
    refused = at("analyst").send(SHELF, 409, action=SHELF, template="daily", period="2025-03-03")
    assert "已有草稿" in refused.text
    address = f"{SHELF}/{issue.pk}"
    at("analyst").send(address, action=f"{address}/discard")
    assert not Issue.objects.exists()
    assert "还没有简报" in at("analyst").get(SHELF).text


def test_what_is_wrong_stands_at_its_field(at: At, history: None) -> None:
    for given, words in (
        ({"template": "daily", "period": "2025-3"}, "不是统计周期"),
        ({"template": "daily", "period": "2025-03"}, "不能用于"),
        ({"template": "unit", "period": "2025-03"}, "须指定单位"),
        ({"template": "unit", "period": "2025-03", "unit": "天文台"}, "没有名为“天文台”的单位"),
    ):
        refused = at("analyst").send(SHELF, 422, action=SHELF, **given)
        assert words in refused.text
    assert not Issue.objects.exists()


def test_pages_with_charts_keep_to_the_rules_of_the_house(at: At, history: None) -> None:
    """No inline style or script and no id twice, with several charts and tables on one page."""
    at("analyst").send(SHELF, action=SHELF, template="monthly", period="2025-03")
    address = f"{SHELF}/{Issue.objects.get().pk}"
    for page in (at("analyst").get(address), at("analyst").get(f"{address}/edit")):
        ids = [given["id"] for _tag, given in page.tags if "id" in given]
        assert len(ids) == len(set(ids))
        for tag, given in page.tags:
            assert "style" not in given, (tag, given)
            assert tag != "style"
            if tag == "textarea":
                assert "aria-label" in given
    charts = [given for tag, given in at("analyst").get(address).tags if tag == "svg"]
    assert any(given.get("role") == "img" for given in charts)
