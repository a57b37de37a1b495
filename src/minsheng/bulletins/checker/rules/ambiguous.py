"""Growth of a rate that may be in percent or in percentage points.

Sees: a rate, and in the same sentence its growth in percent (满意率88.2%，同比增长30.0%). Says
what the rate was before under both readings, and which of them is impossible.

Cannot see: which of two possible readings was meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.utils.translation import gettext as _

from minsheng.bulletins.checker import names
from minsheng.bulletins.checker.arithmetic import decimals
from minsheng.bulletins.checker.findings import Finding
from minsheng.bulletins.checker.page import Page
from minsheng.bulletins.checker.quantities import Quantity, Reading

RULE = "ambiguous"
_RATE = re.compile(r"(?:率|满意度|占比|比重)(?:同比|环比|较[^,;。]*|比[^,;。]*)?$")


def find(reading: Reading, page: Page) -> Iterator[Finding]:
    for prose in reading.prose:
        for sentence in prose.sentences:
            found: list[tuple[Quantity | None, Quantity]] = []
            last: Quantity | None = None
            for q in sentence.quantities:
                if q.role == "growth":
                    if last is not None and last.role == "rate" and not names.says(_own(q)):
                        found.append((last, q))
                    elif _RATE.search(names.plain(q.label)):
                        found.append((None, q))
                elif q.role in ("count", "rate", "share", "level"):
                    last = q
            if found:
                yield _finding(found)


def _own(q: Quantity) -> str:
    """Returns what the growth says itself to be of; nothing in “同比增长30.0%”."""
    return re.sub(r"同比|环比|[较比与][^,;。]*|相比|年|去|上|期|同", "", q.label)


def _finding(found: list[tuple[Quantity | None, Quantity]]) -> Finding:
    rate, growth = found[0]
    parts = [
        f"{r.label}{r.printed}，{g.label}{g.printed}" if r else f"{g.label}{g.printed}"
        for r, g in found
    ]
    computed = _("没有注明是百分点还是百分比")
    confidence = 0.75
    if rate is not None and growth.value > -100:
        places = decimals(rate.step)
        points = rate.value - growth.value
        relative = rate.value / (1 + growth.value / 100)
        before = []
        before.append(_("按百分点，上期为%s%%") % round(points, places))
        before.append(_("按百分比，上期为%s%%") % round(relative, places))
        computed += "：" + "；".join(before)
        if not 0 <= points <= 100 or not 0 <= relative <= 100:
            computed += _("（其中一种不可能）")
    return Finding(
        RULE,
        "；".join(parts),
        computed,
        growth.place,
        confidence,
        _("率的变化应写百分点，写成“增长%”有两种读法。"),
    )
