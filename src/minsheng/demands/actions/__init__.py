"""Verbs that change a demand. Each is one transaction, one permission check, one journal entry."""

from minsheng.demands.actions.disposal import answer, archive, merge, reject, reopen
from minsheng.demands.actions.enquiries import ask, pass_back
from minsheng.demands.actions.intake import Intake, PersonIn, accept, edit, register, submit
from minsheng.demands.actions.marks import mark
from minsheng.demands.actions.petitioners import find_by_phone, mark_petitioner, markable, reveal
from minsheng.demands.actions.supplements import attach, supplement

__all__ = [
    "Intake",
    "PersonIn",
    "accept",
    "answer",
    "archive",
    "ask",
    "attach",
    "edit",
    "find_by_phone",
    "mark",
    "mark_petitioner",
    "markable",
    "merge",
    "pass_back",
    "register",
    "reject",
    "reopen",
    "reveal",
    "submit",
    "supplement",
]
