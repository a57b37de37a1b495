"""A bulletin as a Word file, laid out as GB/T 9704 asks of official documents.

A4 with margins of 37, 35, 28 and 26 mm, exactly 28 points from line to line; the title in 小标宋,
headings in 黑体 and 楷体, the text in 仿宋, 16 points. Fonts are named, not embedded: offices have
them.
"""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from minsheng.bulletins.model import Block, Bulletin, Chart, Figure, Paragraph, Part, Section, Table
from minsheng.bulletins.render import charts
from minsheng.bulletins.render.numbering import day, numbered

TITLE, TEXT, HEADING, SUBHEADING = "方正小标宋简体", "仿宋_GB2312", "黑体", "楷体_GB2312"
_RED = RGBColor(0xB3, 0x26, 0x1E)
_LINE = Pt(28)
_CENTRE, _RIGHT = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT


def render(bulletin: Bulletin) -> bytes:
    """Returns the .docx file."""
    document = Document()
    page = document.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.top_margin, page.bottom_margin = Mm(37), Mm(35)
    page.left_margin, page.right_margin = Mm(28), Mm(26)
    properties = document.core_properties
    properties.title, properties.author = bulletin.title, bulletin.issuer
    _font(document.styles["Normal"], TEXT, 16)
    _page_number(page)

    _line(document, bulletin.title, TITLE, 22, align=_CENTRE, colour=_RED)
    head = f"{bulletin.number}　　{bulletin.issuer}　　{day(bulletin.issued_on)}"
    _ruled(_line(document, head, TEXT, 14, align=_CENTRE))
    for number, section in enumerate(bulletin.sections, 1):
        _section(document, section, 1, number)
    for note in bulletin.notes:
        _line(document, f"注：{note}", TEXT, 12)
    for word, names in (("抄报", bulletin.reports_to), ("抄送", bulletin.copies_to)):
        if names:
            _line(document, f"{word}：{'，'.join(names)}", TEXT, 14)
    file = BytesIO()
    document.save(file)
    return file.getvalue()


def _font(thing: Any, name: str, size: float) -> None:
    """Sets a font for Chinese and for Latin letters; python-docx sets the latter alone."""
    thing.font.name, thing.font.size = name, Pt(size)
    fonts = thing.element.get_or_add_rPr().get_or_add_rFonts()
    for kind in ("w:eastAsia", "w:hAnsi", "w:ascii"):
        fonts.set(qn(kind), name)


def _line(
    place: Any,
    words: str,
    font: str,
    size: float,
    *,
    align: Any = None,
    colour: RGBColor | None = None,
    indent: bool = False,
) -> Any:
    paragraph = place.add_paragraph()
    _spaced(paragraph)
    paragraph.alignment = align
    if indent:
        paragraph.paragraph_format.first_line_indent = Pt(2 * size)
    run = paragraph.add_run(words)
    _font(run, font, size)
    run.font.color.rgb = colour
    return paragraph


def _spaced(paragraph: Any) -> None:
    shape = paragraph.paragraph_format
    shape.line_spacing_rule, shape.line_spacing = WD_LINE_SPACING.EXACTLY, _LINE
    shape.space_before = shape.space_after = Pt(0)


def _ruled(paragraph: Any) -> None:
    """Draws the red line below the head."""
    borders = OxmlElement("w:pBdr")
    bottom = OxmlElement("w:bottom")
    for name, value in {"val": "single", "sz": "12", "space": "4", "color": "B3261E"}.items():
        bottom.set(qn(f"w:{name}"), value)
    borders.append(bottom)
    paragraph._p.get_or_add_pPr().append(borders)


def _page_number(page: Any) -> None:
    paragraph = page.footer.paragraphs[0]
    paragraph.alignment = _CENTRE
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        run = paragraph.add_run()
        if kind:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
        else:
            mark = OxmlElement("w:instrText")
            mark.text = text
        run._r.append(mark)


def _section(document: Any, section: Section, level: int, number: int) -> None:
    font = HEADING if level == 1 else SUBHEADING
    heading = _line(document, numbered(level, number, section.title), font, 16, indent=True)
    heading.style = document.styles[f"Heading {min(level, 3)}"]
    _spaced(heading)
    for run in heading.runs:
        _font(run, font, 16)
        run.font.color.rgb, run.font.bold = RGBColor(0, 0, 0), False
    below = 0
    for block in section.blocks:
        if isinstance(block, Section):
            below += 1
            _section(document, block, level + 1, below)
        else:
            _block(document, block)


def _block(document: Any, block: Block) -> None:
    if isinstance(block, Paragraph):
        _line(document, block.text, TEXT, 16, indent=True)
    elif isinstance(block, Table):
        _table(document, block)
    elif isinstance(block, Chart):
        _chart(document, block)


def _chart(document: Any, chart: Chart) -> None:
    paragraph = document.add_paragraph()
    paragraph.alignment = _CENTRE
    picture = paragraph.add_run().add_picture(BytesIO(charts.png(chart)), width=Mm(150))
    described = picture._inline.docPr
    described.set("descr", chart.alt)
    described.set("title", chart.title)
    _vector(document, picture, charts.svg(chart))
    _line(document, chart.title, HEADING, 12, align=_CENTRE)


def _vector(document: Any, picture: Any, svg: str) -> None:
    """Puts the drawing beside its picture of dots: programs that can, show the drawing."""
    from docx.opc.constants import RELATIONSHIP_TYPE
    from docx.opc.packuri import PackURI
    from docx.opc.part import Part as FilePart

    package = document.part.package
    count = sum(1 for part in package.iter_parts() if str(part.partname).endswith(".svg"))
    name = PackURI(f"/word/media/drawing{count + 1}.svg")
    part = FilePart(name, "image/svg+xml", svg.encode(), package)
    link = document.part.relate_to(part, RELATIONSHIP_TYPE.IMAGE)
    space = "http://schemas.microsoft.com/office/drawing/2016/SVG/main"
    blip = picture._inline.graphic.graphicData.pic.blipFill.blip
    extensions = blip.makeelement(qn("a:extLst"), {})
    extension = blip.makeelement(qn("a:ext"), {"uri": "{96DAC541-7B7A-43D3-8B79-37D633B846F1}"})
    drawing = blip.makeelement(f"{{{space}}}svgBlip", {qn("r:embed"): link}, {"asvg": space})
    extension.append(drawing)
    extensions.append(extension)
    blip.append(extensions)


def _table(document: Any, table: Table) -> None:
    _line(document, table.title, HEADING, 14, align=_CENTRE)
    made = document.add_table(rows=0, cols=len(table.columns))
    made.style = "Table Grid"
    made.alignment = WD_TABLE_ALIGNMENT.CENTER
    size = 10.5 if len(table.columns) <= 6 else 9
    _row(made, table.columns, size, bold=True)
    head = made.rows[0]._tr.get_or_add_trPr()
    head.append(OxmlElement("w:tblHeader"))
    for place, cells in enumerate(table.rows, 1):
        _row(made, cells, size, bold=table.total and place == len(table.rows))
    if table.note:
        _line(document, f"注：{table.note}", TEXT, 10.5)


def _row(table: Any, parts: tuple[Part, ...], size: float, *, bold: bool) -> None:
    for place, (cell, words) in enumerate(zip(table.add_row().cells, _printed(parts), strict=True)):
        paragraph = cell.paragraphs[0]
        paragraph.paragraph_format.space_after = Pt(0)
        paragraph.alignment = None if not place else _RIGHT
        run = paragraph.add_run(words)
        _font(run, TEXT, size)
        run.font.bold = bold


def _printed(parts: tuple[Part, ...]) -> Iterator[str]:
    for part in parts:
        yield part.printed if isinstance(part, Figure) else part
