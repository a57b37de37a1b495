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
from minsheng.supervision.actions.pledges import (
    close_instruction,
    instruct,
    judge_promise,
    make_order,
    postpone,
    promise,
    report_instruction,
    report_promise,
    send_back_instruction,
)

__all__ = [
    "answer",
    "call",
    "close",
    "close_instruction",
    "close_joint",
    "conclude",
    "decide",
    "dismiss",
    "draw",
    "escalate",
    "hold",
    "hold_meeting",
    "instruct",
    "issue",
    "judge",
    "judge_promise",
    "make_order",
    "open_case",
    "order_field_check",
    "plan_joint",
    "postpone",
    "promise",
    "put_off",
    "receive",
    "reopen",
    "report_decision",
    "report_field_check",
    "report_instruction",
    "report_promise",
    "send_back",
    "send_back_decision",
    "send_back_instruction",
    "set_duty",
    "set_rule",
    "settle_decision",
    "submit",
    "take_proposed",
    "visit",
    "watch",
]
