"""What an issue says, written in the language of whoever reads it, from its kind and its figures.

The names of categories, areas, units, places and events are those of the day on which it was
raised.
"""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from minsheng.foundation.language import listed

if TYPE_CHECKING:
    from minsheng.insight.models import HotIssue


def title(issue: "HotIssue") -> str:
    """Returns what it is about, in a line."""
    blanks = {**issue.figures, "n": issue.observed}
    match issue.kind:
        case issue.Kind.TOPIC:
            blanks["where"] = blanks["where"] or _("全市")
            said = _("%(where)s“%(what)s”%(n)d件，超出预期")
        case issue.Kind.UNIT:
            said = _("%(unit)s新派%(n)d件，超出预期")
        case issue.Kind.GROWING:
            said = _("%(n)d人次反映：%(event)s")
        case _recurring:
            said = _("%(where)s“%(what)s”反复出现，共%(n)d件")
    return said % blanks


def explanation(issue: "HotIssue") -> str:
    """Returns why it was raised, in sentences for a leader."""
    window = issue.window_to - issue.window_from
    blanks = {**issue.figures, "n": issue.observed, "days": window.days}
    match issue.kind:
        case issue.Kind.GROWING:
            said = _(
                "同一事件自首次反映%(hours)d小时以来共%(size)d件，近期%(n)d件来自%(people)d名诉求人，"
                "说法不同而地点、问题相同。"
            )
        case issue.Kind.RECURRING:
            said = _(
                "近%(days)d天内%(where)s同类问题%(n)d件，其中%(done)d件在最近一次反映之前已经办结。"
            )
        case _beyond_expectation:
            return _beyond(issue, round(window.total_seconds() / 3600))
    return said % blanks


def _beyond(issue: "HotIssue", hours: int) -> str:
    """Says what was counted and expected, how odd that is, and where most of it is."""
    window = _("%d小时") % hours if hours < 48 else _("%d天") % (hours // 24)
    said = [
        _("近%(window)s%(n)d件；按前8周同一时段推算应有约%(mean).1f件。")
        % {"window": window, "n": issue.observed, "mean": issue.expected}
    ]
    if abs(issue.figures["season"] - 1) >= 0.1:
        said.append(_("其中已计入季节因素（去年同期为平时的%.1f倍）。") % issue.figures["season"])
    said.append(_("若一切如常，出现这么多的可能性约为%s。") % _percent(issue.odds or 0))
    if issue.figures["places"]:
        places = (
            _("%(title)s（%(count)s）") % {"title": place, "count": n}
            for place, n in issue.figures["places"]
        )
        said.append(_("反映最多的地点：%s。") % listed(places))
    return "".join(said)


def _percent(share: float) -> str:
    return _("不到万分之一") if share < 1e-4 else f"{share:.2%}"
