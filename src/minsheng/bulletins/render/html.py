"""A bulletin as one web page that needs nothing else: no script, font or picture from outside."""

from collections.abc import Iterator
from html import escape

from minsheng.bulletins.model import Block, Bulletin, Chart, Figure, Paragraph, Part, Section, Table
from minsheng.bulletins.render import charts
from minsheng.bulletins.render.numbering import day, numbered

_STYLE = """
:root { color-scheme: light dark; --ink: #1b2430; --quiet: #5a6675; --line: #c9d2dc;
  --soft: #f2f5f8; --red: #b3261e; --page: #fff; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6ebf1; --quiet: #a2aebb; --line: #3d4854;
  --soft: #202831; --red: #ff8a80; --page: #14191f; } svg { background: #fff; } }
body { margin: 0 auto; max-width: 54rem; padding: 2rem 1.25rem 4rem; color: var(--ink);
  background: var(--page);
  font: 1.0625rem/1.9 "Source Han Serif SC", "Noto Serif CJK SC", "Songti SC", SimSun, serif; }
h1 { text-align: center; font-size: 1.9rem; line-height: 1.35; color: var(--red);
  margin: 0 0 .5rem; }
h2 { font-size: 1.25rem; margin: 2.2rem 0 .6rem; }
h3 { font-size: 1.08rem; margin: 1.4rem 0 .4rem; }
header { border-bottom: 2px solid var(--red); padding-bottom: .8rem; text-align: center; }
.issue { display: flex; justify-content: space-between; gap: 1rem; flex-wrap: wrap;
  color: var(--quiet); }
p { text-indent: 2em; margin: .5rem 0; } header p, figcaption, .note, footer p { text-indent: 0; }
.wide { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; width: 100%; font-size: .9375rem; line-height: 1.5; }
caption { font-weight: 700; padding: .4rem; } th, td { border: 1px solid var(--line);
  padding: .3rem .6rem; } th { background: var(--soft); font-weight: 600; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
tbody th { text-align: left; font-weight: 400; }
tr.total td, tr.total th { font-weight: 700; }
.note { color: var(--quiet); font-size: .875rem; }
figure { margin: 1.2rem 0; text-align: center; } svg { max-width: 100%; height: auto; }
footer { margin-top: 2.5rem; border-top: 1px solid var(--line); color: var(--quiet);
  font-size: .9375rem; } @media print { body { max-width: none; padding: 0; } }
"""


def render(bulletin: Bulletin) -> bytes:
    """Returns the page, UTF-8."""
    return "".join(_page(bulletin)).encode()


def _page(bulletin: Bulletin) -> Iterator[str]:
    title = escape(bulletin.title)
    yield (
        '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style></head><body><header><h1>{title}</h1>"
        f'<p class="issue"><span>{escape(bulletin.number)}</span><span>{escape(bulletin.issuer)}'
        f'</span><time datetime="{bulletin.issued_on}">{day(bulletin.issued_on)}</time></p>'
        "</header><main>"
    )
    yield body(bulletin)
    yield "</main><footer>"
    for note in bulletin.notes:
        yield f"<p>注：{escape(note)}</p>"
    for word, names in (("抄报", bulletin.reports_to), ("抄送", bulletin.copies_to)):
        if names:
            yield f"<p>{word}：{escape('，'.join(names))}</p>"
    yield "</footer></body></html>\n"


def body(bulletin: Bulletin) -> str:
    """Returns the sections alone, for a page that has a frame of its own."""
    return "".join(
        part
        for number, section in enumerate(bulletin.sections, 1)
        for part in _section(section, 1, number)
    )


def _section(section: Section, level: int, number: int) -> Iterator[str]:
    heading = numbered(level, number, section.title)
    yield f"<section><h{level + 1}>{escape(heading)}</h{level + 1}>"
    below = 0
    for block in section.blocks:
        if isinstance(block, Section):
            below += 1
            yield from _section(block, level + 1, below)
        else:
            yield from _block(block)
    yield "</section>"


def _block(block: Block) -> Iterator[str]:
    if isinstance(block, Paragraph):
        yield f"<p>{''.join(_part(part) for part in block.parts)}</p>"
    elif isinstance(block, Table):
        yield from _table(block)
    elif isinstance(block, Chart):
        yield f"<figure>{charts.svg(block)}<figcaption>{escape(block.title)}</figcaption></figure>"


def _part(part: Part) -> str:
    return escape(part if isinstance(part, str) else part.printed)


def _table(table: Table) -> Iterator[str]:
    yield f'<div class="wide"><table><caption>{escape(table.title)}</caption><thead><tr>'
    for column in table.columns:
        yield f'<th scope="col">{escape(column)}</th>'
    yield "</tr></thead><tbody>"
    for place, row in enumerate(table.rows, 1):
        last = table.total and place == len(table.rows)
        yield '<tr class="total">' if last else "<tr>"
        for n, part in enumerate(row):
            if not n:
                yield f'<th scope="row">{_part(part)}</th>'
            else:
                kind = ' class="number"' if isinstance(part, Figure) else ""
                yield f"<td{kind}>{_part(part)}</td>"
        yield "</tr>"
    yield "</tbody></table></div>"
    if table.note:
        yield f'<p class="note">注：{escape(table.note)}</p>'
