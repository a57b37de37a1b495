"""Every file is opened again by a library that did not make it, and says what the model says."""

import re
import zipfile
from html.parser import HTMLParser
from io import BytesIO

import docx
import openpyxl
import pytest
from pypdf import PdfReader

from minsheng.bulletins.model import Figure, from_json
from minsheng.bulletins.render import FORMATS, renderer
from minsheng.foundation.errors import Invalid

CELLS = ["住房局 & 物业科", "1234", "97.49%", "交通局", "6", "—", "合计", "1240", "97.50%"]


def numbers(text: str) -> list[str]:
    return re.findall(r"\d+(?:\.\d+)?%?", text)


def test_json_gives_the_same_bulletin_back(bulletin):
    assert from_json(renderer("json")(bulletin)) == bulletin


def test_the_word_file(bulletin):
    content = renderer("docx")(bulletin)
    document = docx.Document(BytesIO(content))
    lines = [paragraph.text for paragraph in document.paragraphs]
    assert bulletin.title in lines
    assert "一、总体情况" in lines
    assert "（一）办理" in lines
    assert "受理诉求4383件，=1+1 不是公式，#typst [x] *y*。" in lines
    (table,) = document.tables
    cells = [cell.text for row in table.rows[1:] for cell in row.cells]
    assert cells == CELLS
    page = document.sections[0]
    margins = [page.top_margin, page.bottom_margin, page.left_margin, page.right_margin]
    assert [round(margin.mm) for margin in margins] == [37, 35, 28, 26]
    body = next(p for p in document.paragraphs if p.text.startswith("受理诉求"))
    assert body.paragraph_format.line_spacing.pt == 28
    xml = document.element.xml
    for font in ("方正小标宋简体", "仿宋_GB2312", "黑体"):
        assert f'w:eastAsia="{font}"' in xml
    with zipfile.ZipFile(BytesIO(content)) as archive:
        drawings = [name for name in archive.namelist() if name.endswith(".svg")]
        assert len(drawings) == 1
    assert 'descr="诉求量：一月10，二月20。"' in xml


def test_the_pdf_needs_no_font_of_the_reader(bulletin):
    reader = PdfReader(BytesIO(renderer("pdf")(bulletin)))
    text = "".join(page.extract_text() for page in reader.pages)
    flat = re.sub(r"\s", "", text)
    assert "受理诉求4383件，=1+1不是公式，#typst[x]*y*。" in flat
    for cell in CELLS:
        assert cell.replace(" ", "") in flat
    assert reader.metadata.title == bulletin.title
    fonts = [
        font.get_object() for page in reader.pages for font in page["/Resources"]["/Font"].values()
    ]
    assert fonts
    for font in fonts:
        below = font["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
        assert {"/FontFile2", "/FontFile3"} & set(below)


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.cells: list[str] = []
        self.text = ""
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self._cell = False

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.addresses += [value for name, value in attrs if name in ("src", "href") and value]
        self._cell = tag in ("td", "th")
        if self._cell:
            self.cells.append("")

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self._cell = False

    def handle_data(self, data):
        self.text += data
        if self._cell:
            self.cells[-1] += data


def test_the_page_stands_alone(bulletin):
    page = _Page()
    page.feed(renderer("html")(bulletin).decode())
    assert page.cells[3:] == CELLS
    assert "各单位办理情况 <表>" in page.text
    assert "script" not in page.tags
    assert not [one for one in page.addresses if not one.startswith("#")]
    assert "desc" in page.tags


def test_numbers_are_numbers_in_the_spreadsheet(bulletin):
    book = openpyxl.load_workbook(BytesIO(renderer("xlsx")(bulletin)))
    (sheet,) = [book[name] for name in book.sheetnames if "办理情况" in name]
    (table,) = [block for block in bulletin.blocks() if hasattr(block, "columns")]
    for place, row in enumerate(table.rows, 3):
        for column, part in enumerate(row, 1):
            cell = sheet.cell(place, column)
            if isinstance(part, Figure) and part.value is not None:
                assert cell.value == part.value
                assert cell.data_type == "n"
            else:
                assert cell.value == (part if isinstance(part, str) else part.printed)
    assert sheet["C3"].number_format == "0.00%"
    texts = [cell.value for cell in book["正文"]["A"]]
    assert "受理诉求4383件，=1+1 不是公式，#typst [x] *y*。" in texts


def test_an_unknown_format_is_refused():
    with pytest.raises(Invalid, match="rtf"):
        renderer("rtf")
    assert {"docx", "pdf", "html", "xlsx", "json"} == set(FORMATS)
