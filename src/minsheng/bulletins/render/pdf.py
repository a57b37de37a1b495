"""A bulletin as PDF, set by typst with our own fonts embedded: it looks the same everywhere.

The page is that of GB/T 9704: A4, margins of 37, 35, 28 and 26 mm, 28 points from line to line.
"""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import typst

from minsheng.bulletins.model import Block, Bulletin, Chart, Figure, Paragraph, Part, Section, Table
from minsheng.bulletins.render import charts
from minsheng.bulletins.render.numbering import day, numbered
from minsheng.foundation.errors import Invalid

_HEAD = """
#set document(title: %(title)s, author: %(issuer)s)
#set page(paper: "a4", margin: (top: 37mm, bottom: 35mm, left: 28mm, right: 26mm),
  footer: context align(center, text(font: "Minsheng Sans", size: 9pt,
    "— " + str(counter(page).get().first()) + " —")))
#set text(font: ("Minsheng Serif", "Minsheng Sans"), size: 16pt, lang: "zh", region: "cn")
#set par(leading: 12pt, spacing: 12pt, justify: true, first-line-indent: (amount: 2em, all: true))
#let plain(body) = par(first-line-indent: 0pt, body)
#let one(body) = block(above: 18pt, below: 12pt, sticky: true,
  text(font: "Minsheng Sans", size: 16pt, body))
#let two(body) = block(above: 14pt, below: 10pt, sticky: true,
  text(font: "Minsheng Title", size: 16pt, body))
#let three(body) = block(above: 12pt, below: 8pt, sticky: true, text(size: 16pt, body))
#align(center, par(leading: 8pt, justify: false,
  text(font: "Minsheng Title", size: 22pt, fill: rgb("#b3261e"), %(title)s)))
#v(4pt)
#grid(columns: (auto, 1fr, auto), column-gutter: 8pt, align: (left, center, right),
  ..(%(number)s, %(issuer)s, %(day)s).map(it => text(size: 11pt, it)))
#line(length: 100%%, stroke: 1.5pt + rgb("#b3261e"))
#v(6pt)
"""


def render(bulletin: Bulletin) -> bytes:
    """Returns the PDF. Raises Invalid where the fonts were not made (`make install` does)."""
    if not charts.FONTS.is_dir():
        raise Invalid("no_fonts", "The fonts for PDF are missing: run make install.")
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "bulletin.typ"
        source.write_text("".join(_source(bulletin, Path(folder))), encoding="utf-8")
        made = typst.compile(str(source), font_paths=[str(charts.FONTS)], ignore_system_fonts=True)
    return bytes(made)


def _source(bulletin: Bulletin, folder: Path) -> Iterator[str]:
    yield _HEAD % {
        "title": _text(bulletin.title),
        "issuer": _text(bulletin.issuer),
        "number": _text(bulletin.number),
        "day": _text(day(bulletin.issued_on)),
    }
    for number, section in enumerate(bulletin.sections, 1):
        yield from _section(section, 1, number, folder)
    for note in bulletin.notes:
        yield f"#plain(text(size: 12pt, {_text(f'注：{note}')}))\n"
    for word, names in (("抄报", bulletin.reports_to), ("抄送", bulletin.copies_to)):
        if names:
            line = _text(f"{word}：{'，'.join(names)}")
            yield f"#line(length: 100%)\n#plain(text(size: 14pt, {line}))\n"


def _text(words: str) -> str:
    """Returns words as a typst string: whatever they hold, they are words."""
    return json.dumps(words, ensure_ascii=False).replace("\\/", "/")


def _section(section: Section, level: int, number: int, folder: Path) -> Iterator[str]:
    heading = ("one", "two", "three")[min(level, 3) - 1]
    yield f"#{heading}({_text(numbered(level, number, section.title))})\n"
    below = 0
    for block in section.blocks:
        if isinstance(block, Section):
            below += 1
            yield from _section(block, level + 1, below, folder)
        else:
            yield from _block(block, folder)


def _block(block: Block, folder: Path) -> Iterator[str]:
    if isinstance(block, Paragraph):
        yield f"#par({_text(block.text)})\n"
    elif isinstance(block, Table):
        yield from _table(block)
    elif isinstance(block, Chart):
        picture = folder / f"{block.id}.svg"
        picture.write_text(charts.svg(block), encoding="utf-8")
        yield (
            f"#figure(image({_text(picture.name)}, width: 100%, alt: {_text(block.alt)}),"
            f" caption: text(size: 12pt, {_text(block.title)}), numbering: none)\n"
        )


def _table(table: Table) -> Iterator[str]:
    count = len(table.columns)
    size = 12 if count <= 6 else 10 if count <= 9 else 8
    first = max(2.2, count / 4)  # times as wide as the others: it holds names
    yield (
        "#block(above: 14pt, below: 8pt, sticky: true, width: 100%, align(center,"
        f' text(font: "Minsheng Title", size: 13pt, {_text(table.title)})))\n'
        f"#block(below: 14pt)[#set text(size: {size}pt)\n"
        "#set par(leading: 5pt, first-line-indent: 0pt)\n"
        f"#table(columns: ({', '.join([f'{first}fr'] + ['1fr'] * (count - 1))},), inset: 5pt,"
        " stroke: 0.5pt, align: (column, row) => if column == 0 { left } else if row == 0"
        " { center } else { right } + horizon,\n"
        f"table.header({', '.join(f'strong({_text(column)})' for column in table.columns)}),\n"
    )
    for place, row in enumerate(table.rows, 1):
        last = table.total and place == len(table.rows)
        cells = (_text(_printed(part)) for part in row)
        yield ", ".join(f"strong({cell})" if last else cell for cell in cells) + ",\n"
    yield ")"
    if table.note:
        yield f"\n#text(size: 10pt, {_text(f'注：{table.note}')})"
    yield "]\n"


def _printed(part: Part) -> str:
    return part.printed if isinstance(part, Figure) else part
