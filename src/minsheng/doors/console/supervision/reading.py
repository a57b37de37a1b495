"""How each thing of supervision reads: its facts, as words and values, in the order of its page."""

from datetime import date, datetime, time
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from minsheng.catalogue.rules import Limit
from minsheng.doors.console import limit_badge
from minsheng.doors.console.limit_badge import Badge
from minsheng.foundation import clock
from minsheng.foundation.language import listed
from minsheng.supervision import models as m

Fact = tuple[Promise | str, Any]


def due(at: datetime | None, running: bool, limit: str = "") -> Badge | None:
    return limit_badge.badge(at, at, limit) if at and running else None


def _demand(thing: Any) -> list[Fact]:
    demand = thing.demand
    if demand is None:
        return []
    address = reverse("console:demand", args=[demand.pk])
    return [(_("诉求"), (address, f"{demand.number} {demand.title}"))]


def _shown(*facts: Fact) -> list[Fact]:
    """Returns the facts that there are."""
    return [fact for fact in facts if fact[1] not in (None, "", [])]


def measure(one: m.Measure) -> list[Fact]:
    return _shown(
        (_("措施"), one.get_step_display()),
        (_("督办层级"), one.get_level_display()),
        (_("单位"), one.unit.name),
        *_demand(one),
        (_("上一级措施"), str(one.previous) if one.previous else ""),
        (_("事由和要求"), one.reason),
        (_("下发"), one.opened_at),
        (_("时限"), Limit.parse(one.limit).in_words()),
        (_("答复时限"), one.due_at),
        (_("单位答复"), one.answer),
        (_("答复人"), one.answered_by),
        (_("答复时间"), one.answered_at),
        (_("销号意见"), one.remark),
        (_("销号时间"), one.closed_at),
    )


def recheck(one: m.Recheck) -> list[Fact]:
    return _shown(
        *_demand(one),
        (_("单位"), one.unit.name),
        (_("抽样"), one.source.number),
        (_("种子"), one.source.seed),
        (_("总体"), one.source.population),
        (_("复查情况"), one.finding),
        (_("复查人"), one.by),
        (_("复查时间"), one.at),
    )


def field_check(one: m.FieldCheck) -> list[Fact]:
    files = [(reverse("console:attachment", args=[pk]), str(_("现场照片"))) for pk in one.evidence]
    return _shown(
        *_demand(one),
        (_("单位"), one.unit.name if one.unit else ""),
        (_("核查要求"), one.reason),
        (_("核查人"), one.assignee.name if one.assignee else _("任何督查员")),
        (_("核查时限"), one.due_at),
        (_("核查结论"), one.get_verdict_display()),
        (_("核查情况"), one.finding),
        (_("核查地点"), one.place),
        (_("坐标"), f"{one.lon:.5f}, {one.lat:.5f}" if one.lon and one.lat else ""),
        (_("到场时间"), one.seen_at),
        *((_("附件"), file) for file in files),
    )


def joint(one: m.Joint) -> list[Fact]:
    return _shown(
        (_("督查日期"), one.on),
        (_("参加单位"), listed(unit.name for unit in one.units.all())),
        (_("小结"), one.remark),
        (_("结束时间"), one.closed_at),
    )


def sites(one: m.Joint) -> list[list[Fact]]:
    found = one.sites.select_related("unit", "demand").order_by("pk")
    return [
        _shown(
            (_("点位"), site.place),
            (_("责任单位"), site.unit.name),
            *_demand(site),
            (_("结论"), site.get_verdict_display() or _("待认定")),
            (_("情况"), site.finding),
        )
        for site in found
    ]


def case(one: m.Ownership) -> list[Fact]:
    return _shown(
        (_("设施"), one.get_object_display()),
        *_demand(one),
        (_("争议情况"), one.reason),
        (_("值班单位"), one.unit.name),
        (_("勘查时限"), one.visit_due_at),
        (_("勘查情况"), one.finding),
        (_("建议权属单位"), one.suggested.name if one.suggested else ""),
        (_("积存复核日期"), one.review_on),
        (_("权属单位"), one.owner.name if one.owner else ""),
        (_("认定意见"), one.decision),
        (_("认定时间"), one.decided_at),
    )


def meeting(one: m.Meeting) -> list[Fact]:
    demands = [
        (reverse("console:demand", args=[demand.pk]), demand.number) for demand in one.demands.all()
    ]
    return _shown(
        (_("会议时间"), one.at),
        (_("地点"), one.place),
        (_("参会单位"), listed(unit.name for unit in one.units.all())),
        (_("到会单位"), listed(unit.name for unit in one.present.all())),
        *((_("涉及诉求"), demand) for demand in demands),
        (_("会议纪要"), one.minutes),
    )


def decisions(one: m.Meeting) -> list[list[Fact]]:
    found = one.decisions.select_related("unit").order_by("pk")
    return [
        _shown(
            (
                _("议定事项"),
                (reverse("console:supervision-thing", args=["decisions", each.pk]), each.text),
            ),
            (_("单位"), each.unit.name),
            (_("时限"), each.due_at),
            (_("状态"), each.get_state_display()),
        )
        for each in found
    ]


def decision(one: m.Decision) -> list[Fact]:
    meeting = (reverse("console:supervision-thing", args=["meetings", one.meeting_id]),)
    return _shown(
        (_("会办"), (*meeting, f"{one.meeting.number} {one.meeting.title}")),
        (_("单位"), one.unit.name),
        (_("事项"), one.text),
        (_("时限"), one.due_at),
        (_("落实情况"), one.report),
        (_("上报时间"), one.reported_at),
        (_("确认时间"), one.settled_at),
    )


def clue(one: m.Clue) -> list[Fact]:
    return _shown(
        (_("类别"), one.get_kind_display()),
        (_("单位"), one.unit.name),
        (_("诉求号"), one.demand.number if one.demand else ""),
        (_("线索内容"), one.text),
        (_("移交时间"), one.opened_at),
        (_("回执号"), one.receipt),
        (_("接收时间"), one.received_at),
        (_("办理结果"), one.result),
        (_("办结时间"), one.concluded_at),
    )


def instruction(one: m.Instruction) -> list[Fact]:
    return _shown(
        (_("批示领导"), one.leader),
        (_("批示内容"), one.text),
        (_("承办单位"), one.unit.name),
        *_demand(one),
        (_("批示时间"), one.opened_at),
        (_("反馈时限"), one.due_at),
        (_("反馈"), one.feedback),
        (_("反馈时间"), one.reported_at),
        (_("办结意见"), one.remark),
        (_("办结时间"), one.closed_at),
    )


def promise(one: m.Promise) -> list[Fact]:
    moved = one.first_due_on != one.due_on
    return _shown(
        (_("场次"), one.hearing),
        (_("承诺日期"), one.held_on),
        (_("承诺单位"), one.unit.name),
        (_("承诺事项"), one.text),
        (_("兑现期限"), one.due_on),
        (_("原兑现期限"), one.first_due_on if moved else None),
        (_("兑现情况"), one.report),
        (_("上报时间"), one.reported_at),
        (_("评定"), one.get_verdict_display()),
        (_("评定意见"), one.remark),
        (_("评定时间"), one.judged_at),
    )


def end_of(day: date) -> datetime:
    return datetime.combine(day, time(23, 59), clock.ZONE)
