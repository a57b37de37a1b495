"""Verbs of supervision. Each is one transaction, one permission check, one journal entry."""

from minsheng.supervision.actions.alerts import dismiss, set_rule, take_proposed, watch
from minsheng.supervision.actions.checks import (
    close_joint,
    draw,
    hold,
    judge,
    order_field_check,
    plan_joint,
    reopen,
    report_field_check,
)
from minsheng.supervision.actions.clues import conclude, receive, submit
from minsheng.supervision.actions.ladder import answer, close, escalate, issue, send_back
from minsheng.supervision.actions.meetings import (
    call,
    hold_meeting,
    report_decision,
    send_back_decision,
    settle_decision,
)
from minsheng.supervision.actions.ownership import decide, open_case, put_off, set_duty, visit

__all__ = [
    "answer",
    "call",
    "close",
    "close_joint",
    "conclude",
    "decide",
    "dismiss",
    "draw",
    "escalate",
    "hold",
    "hold_meeting",
    "issue",
    "judge",
    "open_case",
    "order_field_check",
    "plan_joint",
    "put_off",
    "receive",
    "reopen",
    "report_decision",
    "report_field_check",
    "send_back",
    "send_back_decision",
    "set_duty",
    "set_rule",
    "settle_decision",
    "submit",
    "take_proposed",
    "visit",
    "watch",
]
