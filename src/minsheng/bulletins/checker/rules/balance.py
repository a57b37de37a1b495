"""What came in, what was answered at once, and what went to the units.

Sees: a small rest between the demands accepted, those answered directly and the orders assigned,
which the text leaves unexplained (合并, 作废, 结转…). A hint rather than an error.

Cannot see: where the rest went. Our own bulletins declare their counts and are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.utils.translation import gettext as _

from minsheng.bulletins.checker.findings import Finding
from minsheng.bulletins.checker.page import Page
from minsheng.bulletins.checker.quantities import PIECES, Entry, Reading

RULE = "balance"
SMALL = 0.03  # of all demands, up to which a rest looks like one that should not be there
_EXPLAINED = re.compile(r"合并|作废|不予受理|退回|一单多派|无效|重复工单|待派|尚未派")


def find(reading: Reading, page: Page) -> Iterator[Finding]:
    head = reading.headline
    if head is None or reading.document.bulletin or head.count.count is None:
        return
    if any(_EXPLAINED.search(p.passage.text) for p in reading.prose if list(p.entries)):
        return
    direct = _first(reading, head, r"直接答复|直接办结|直办|在线解答|即时答复|当场答复")
    assigned = _first(reading, head, r"共[^,;。]{0,16}(?:交办|派发|转办|转派|派单)")
    if direct is None or assigned is None:
        return
    rest = head.count.count - (direct.count.count or 0) - (assigned.count.count or 0)
    if rest == 0 or abs(rest) > SMALL * head.count.count:
        return
    if assigned.count.passage is direct.count.passage:
        return  # one sentence: a matter of sums
    yield Finding(
        RULE,
        f"{head.label}{head.count.printed}，{direct.label}{direct.count.printed}，"
        f"{assigned.label}{assigned.count.printed}",
        _("受理减去直接答复为%(left)d，交办%(assigned)d，相差%(rest)d")
        % {
            "left": head.count.count - (direct.count.count or 0),
            "assigned": assigned.count.count,
            "rest": abs(rest),
        },
        assigned.count.place,
        0.35,
        _("其余可能待派、作废、合并或结转，文中没有说明。"),
    )


def _first(reading: Reading, head: Entry, words: str) -> Entry | None:
    for entry in reading.entries:
        q = entry.count
        if entry is head or q.count is None or q.unit not in PIECES or q.nested:
            continue
        if q.count < (head.count.count or 0) and re.search(words, q.context):
            return entry
    return None
