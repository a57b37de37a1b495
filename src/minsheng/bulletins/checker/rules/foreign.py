"""What has no place on an official page.

Sees: phrases of gambling and advertising sites; a title of an official document
(国务院办公厅…的意见) in which something else stands where 关于, 印发 or 转发 must; an office's
name with a run of digits or an advertisement in it.

Cannot see: foreign sentences in decent words. Words that a demand may be about (赌博, 彩票) are
none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.utils.translation import gettext as _

from minsheng.bulletins.checker.findings import Finding
from minsheng.bulletins.checker.page import Page
from minsheng.bulletins.checker.quantities import Reading

RULE = "foreign"
_PHRASES = re.compile(
    r"亚洲通|体育在线|在线投注|投注(?:网|平台|站)|博彩(?:网|平台|公司)|娱乐城|线上娱乐|真人(?:娱乐|荷官|视讯)|百家乐|"
    r"老虎机|六合彩|时时彩|北京赛车|新葡京|威尼斯人|澳门(?:赌场|金沙|银河)|皇冠(?:体育|足球)|亚博|万博|必发|乐虎|"
    r"棋牌(?:游戏|平台|官网)|彩票(?:平台|官网|网站|app)|足球(?:竞猜|投注)|(?:bet|BET|Bet)\d{2,}|(?:28)?365365|"
    r"注册送|开户送|送彩金|代开发票|办证刻章|贵宾会|色情|成人(?:视频|网站)|午夜福利|国产精品|裸聊",
)
_TITLE = re.compile(
    r"《(?P<who>国务院(?:办公厅)?|[^《》]{2,10}人民政府(?:办公厅|办公室)?)(?P<rest>[^《》]{6,60})(?:意见|通知|办法|方案|决定)》"
)
_LINK = re.compile(r"^(?:关于|印发|转发|批转|公布|[、和联])|关于")
_OFFICE = re.compile(
    r"\d{6,}[^,;。:\d]{0,20}(?:人民政府|办公室|中心|委员会)|(?:人民政府|办公室)\d{6,}"
)


def find(reading: Reading, page: Page) -> Iterator[Finding]:
    for prose in reading.prose:
        text, passage = prose.passage.text, prose.passage
        told: list[tuple[int, int]] = []
        for match in _PHRASES.finditer(text):
            told.append(match.span())
            yield Finding(
                RULE,
                passage.excerpt(max(0, match.start() - 8), match.end() + 8),
                _("“%s”不是公文用语") % passage.excerpt(*match.span()),
                passage.place(match.start()),
                0.95,
                _("页面被篡改，或转载网站替换了原文的字。"),
            )
        for match in _TITLE.finditer(text):
            if _LINK.search(match["rest"]) or any(
                match.start() <= a < match.end() for a, _b in told
            ):
                continue
            yield Finding(
                RULE,
                passage.excerpt(*match.span()),
                _("文件名里“%s”之后应有“关于”等字") % match["who"],
                passage.place(match.start()),
                0.7,
                _("文件名有误，或被替换了字。"),
            )
        for match in _OFFICE.finditer(text):
            if any(match.start() <= b and a <= match.end() for a, b in told):
                continue
            yield Finding(
                RULE,
                passage.excerpt(*match.span()),
                _("机关名称里有一串数字"),
                passage.place(match.start()),
                0.6,
                _("页面被篡改，或混入了别处的内容。"),
            )
    for grid in reading.document.grids:
        for row in grid.rows:
            for column, cell in enumerate(row):
                if found := _PHRASES.search(cell.text):
                    yield Finding(
                        RULE,
                        cell.text,
                        _("“%s”不是公文用语") % found[0],
                        grid.place(row, column),
                        0.95,
                        _("页面被篡改，或转载网站替换了原文的字。"),
                    )
