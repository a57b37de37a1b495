"""Verbs that change an order. Each is one transaction, one permission check, one journal entry."""

from minsheng.orders.actions.assigning import assign, assign_onward, reassign
from minsheng.orders.actions.auditing import fail_audit, pass_audit
from minsheng.orders.actions.ending import recall, withdraw
from minsheng.orders.actions.exporting import export
from minsheng.orders.actions.extensions import (
    approve_extension,
    refuse_extension,
    request_extension,
)
from minsheng.orders.actions.files import attach
from minsheng.orders.actions.handling import contact, refuse_sign_off, reply, sign, sign_off
from minsheng.orders.actions.returns import accept_return, overrule_return, request_return
from minsheng.orders.actions.suspending import resume, suspend, urge

__all__ = [
    "accept_return",
    "approve_extension",
    "assign",
    "assign_onward",
    "attach",
    "contact",
    "export",
    "fail_audit",
    "overrule_return",
    "pass_audit",
    "reassign",
    "recall",
    "refuse_extension",
    "refuse_sign_off",
    "reply",
    "request_extension",
    "request_return",
    "resume",
    "sign",
    "sign_off",
    "suspend",
    "urge",
    "withdraw",
]
