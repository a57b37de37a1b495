"""Permissions as one literal table: action × role → scope. What is not listed is refused.

The rows follow the roles of a hotline (agents accept, dispatchers assign, units sign and reply,
follow-up staff ask, supervisors press). `docs/permissions.md` is generated from this table and the
tests walk the whole of it through the API, allowed and refused.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    AGENT = "agent", _("话务员")
    DISPATCHER = "dispatcher", _("派单审核员")
    CLERK = "clerk", _("单位经办人")
    UNIT_LEADER = "unit_leader", _("单位负责人")
    FOLLOW_UP = "follow_up", _("回访员")
    SUPERVISOR = "supervisor", _("督查员")
    ANALYST = "analyst", _("数据分析员")
    LEADER = "leader", _("市领导")
    DISCIPLINE = "discipline", _("纪检人员")
    COLLECTOR = "collector", _("信息采集员")
    SPECIALIST = "specialist", _("政策专员")
    VENDOR = "vendor", _("便民服务商")
    CITIZEN = "citizen", _("诉求人")
    ADMIN = "admin", _("管理员")
    SYSTEM = "system", _("系统")


class Scope(StrEnum):
    """How far a permission reaches. All but SECRET and SELF leave restricted demands out."""

    ALL = "all"  # every demand or order
    OWN = "own"  # what this person accepted or reported
    UNIT = "unit"  # orders of the person's unit, and demands that have one
    TREE = "tree"  # the same, for the unit and every unit below it
    PARENT = "parent"  # orders that the person's unit assigned onward
    ENTERPRISE = "enterprise"  # what enterprises ask (一企来)
    SECRET = "secret"  # restricted demands (discipline), and only these  # noqa: S105
    SELF = "self"  # the petitioner's own demand


R, S = Role, Scope

_CENTRE_READS: dict[Role, tuple[Scope, ...]] = {
    R.AGENT: (S.ALL,),
    R.DISPATCHER: (S.ALL,),
    R.FOLLOW_UP: (S.ALL,),
    R.SUPERVISOR: (S.ALL,),
    R.ANALYST: (S.ALL,),
    R.LEADER: (S.ALL,),
    R.SYSTEM: (S.ALL, S.SECRET),
}
_UNIT_WRITES: dict[Role, tuple[Scope, ...]] = {R.CLERK: (S.UNIT,)}
_KEEPS_KNOWLEDGE: dict[Role, tuple[Scope, ...]] = {
    R.DISPATCHER: (S.ALL,),
    R.SUPERVISOR: (S.ALL,),
    R.CLERK: (S.UNIT,),
    R.UNIT_LEADER: (S.UNIT,),
    R.SYSTEM: (S.ALL,),
}

PERMISSIONS: Mapping[str, Mapping[Role, tuple[Scope, ...]]] = MappingProxyType(
    {
        # -- looking
        "demand.view": {
            **_CENTRE_READS,
            R.CLERK: (S.TREE,),
            R.UNIT_LEADER: (S.TREE,),
            R.DISCIPLINE: (S.SECRET,),
            R.COLLECTOR: (S.OWN,),
            R.SPECIALIST: (S.OWN, S.UNIT, S.ENTERPRISE),
            R.VENDOR: (S.UNIT,),
            R.CITIZEN: (S.SELF,),
        },
        "demand.count": dict.fromkeys(_CENTRE_READS, (S.ALL,)),
        "identity.masked": {
            R.AGENT: (S.ALL,),
            R.DISPATCHER: (S.ALL,),
            R.CLERK: (S.TREE,),
            R.UNIT_LEADER: (S.TREE,),
            R.FOLLOW_UP: (S.ALL,),
            R.SUPERVISOR: (S.ALL,),
            R.DISCIPLINE: (S.SECRET,),
            R.CITIZEN: (S.SELF,),
        },
        "identity.reveal": {
            R.AGENT: (S.OWN,),
            R.DISPATCHER: (S.ALL,),
            R.CLERK: (S.UNIT,),
            R.FOLLOW_UP: (S.ALL,),
            R.DISCIPLINE: (S.SECRET,),
        },
        "petitioner.find": {R.AGENT: (S.ALL,), R.DISPATCHER: (S.ALL,), R.FOLLOW_UP: (S.ALL,)},
        "petitioner.mark": {R.AGENT: (S.ALL,), R.DISPATCHER: (S.ALL,), R.SUPERVISOR: (S.ALL,)},
        # A work list narrowed down, for the whole shift to use.
        "view.share": {R.DISPATCHER: (S.ALL,)},
        # The telephone system, or an agent's own telephone, says what rings.
        "call.offer": {
            R.AGENT: (S.OWN,),
            R.DISPATCHER: (S.OWN,),
            R.ADMIN: (S.ALL,),
            R.SYSTEM: (S.ALL,),
        },
        # -- demands
        "demand.register": {
            R.AGENT: (S.ALL,),
            R.DISPATCHER: (S.ALL,),
            R.DISCIPLINE: (S.SECRET,),
            R.COLLECTOR: (S.OWN,),
            R.CITIZEN: (S.SELF,),
            R.SYSTEM: (S.ALL, S.SECRET),
        },
        "demand.submit": {
            R.AGENT: (S.ALL,),
            R.DISPATCHER: (S.ALL,),
            R.DISCIPLINE: (S.SECRET,),
            R.COLLECTOR: (S.OWN,),
            R.CITIZEN: (S.SELF,),
            R.SYSTEM: (S.ALL, S.SECRET),
        },
        "demand.edit": {
            R.AGENT: (S.OWN,),
            R.DISPATCHER: (S.ALL,),
            R.DISCIPLINE: (S.SECRET,),
        },
        "demand.supplement": {
            R.AGENT: (S.ALL,),
            R.DISPATCHER: (S.ALL,),
            R.COLLECTOR: (S.OWN,),
            R.CITIZEN: (S.SELF,),
        },
        "demand.attach": {
            R.AGENT: (S.ALL,),
            R.DISPATCHER: (S.ALL,),
            R.CLERK: (S.UNIT,),
            R.COLLECTOR: (S.OWN,),
            R.CITIZEN: (S.SELF,),
        },
        "demand.mark": {R.DISPATCHER: (S.ALL,), R.SUPERVISOR: (S.ALL,)},
        "demand.answer": {R.AGENT: (S.ALL,), R.SPECIALIST: (S.OWN, S.ENTERPRISE)},
        # 企业专席: what agents cannot answer an enterprise goes to specialists, then to an order.
        "enquiry.view": {
            **{role: (S.ALL,) for role in _CENTRE_READS if role not in (R.FOLLOW_UP, R.SYSTEM)},
            R.SPECIALIST: (S.UNIT,),
        },
        "enquiry.ask": {R.AGENT: (S.ALL,), R.DISPATCHER: (S.ALL,)},
        "enquiry.pass_back": {R.SPECIALIST: (S.ENTERPRISE,)},
        "demand.reject": {R.DISPATCHER: (S.ALL,)},
        "demand.merge": {R.DISPATCHER: (S.ALL,)},
        "demand.assign": {R.DISPATCHER: (S.ALL,), R.DISCIPLINE: (S.SECRET,)},
        "demand.withdraw": {
            R.CITIZEN: (S.SELF,),
            R.AGENT: (S.ALL,),
            R.COLLECTOR: (S.OWN,),
        },
        "demand.reopen": {R.SUPERVISOR: (S.ALL,)},
        "demand.archive": {R.SYSTEM: (S.ALL, S.SECRET), R.SUPERVISOR: (S.ALL,)},
        # -- orders
        "order.sign": _UNIT_WRITES,
        "order.contact": _UNIT_WRITES,
        "order.request_return": _UNIT_WRITES,
        "order.accept_return": {R.DISPATCHER: (S.ALL,), R.CLERK: (S.PARENT,)},
        "order.overrule_return": {R.DISPATCHER: (S.ALL,), R.CLERK: (S.PARENT,)},
        "order.request_extension": _UNIT_WRITES,
        "order.approve_extension": {
            R.DISPATCHER: (S.ALL,),
            R.SUPERVISOR: (S.ALL,),
            R.CLERK: (S.PARENT,),
        },
        "order.refuse_extension": {
            R.DISPATCHER: (S.ALL,),
            R.SUPERVISOR: (S.ALL,),
            R.CLERK: (S.PARENT,),
        },
        "order.suspend": {R.SUPERVISOR: (S.ALL,)},
        "order.resume": {R.SUPERVISOR: (S.ALL,), R.SYSTEM: (S.ALL, S.SECRET)},
        "order.assign_onward": _UNIT_WRITES,
        "order.reassign": {R.DISPATCHER: (S.ALL,), R.SUPERVISOR: (S.ALL,)},
        "order.recall": {R.DISPATCHER: (S.ALL,)},
        "order.urge": {R.DISPATCHER: (S.ALL,), R.SUPERVISOR: (S.ALL,), R.CLERK: (S.PARENT,)},
        "order.reply": _UNIT_WRITES,
        "order.export": {R.CLERK: (S.TREE,), R.UNIT_LEADER: (S.TREE,)},
        "order.sign_off": {R.UNIT_LEADER: (S.UNIT,)},
        "order.refuse_sign_off": {R.UNIT_LEADER: (S.UNIT,)},
        "order.pass_audit": {R.DISPATCHER: (S.ALL,), R.CLERK: (S.PARENT,)},
        "order.fail_audit": {R.DISPATCHER: (S.ALL,), R.CLERK: (S.PARENT,)},
        # -- follow-ups
        "follow_up.plan": {R.FOLLOW_UP: (S.ALL,), R.SYSTEM: (S.ALL,)},
        "follow_up.attempt": {R.FOLLOW_UP: (S.ALL,), R.SUPERVISOR: (S.ALL,)},
        "follow_up.evaluate": {
            R.FOLLOW_UP: (S.ALL,),
            R.SUPERVISOR: (S.ALL,),
            R.CITIZEN: (S.SELF,),
        },
        "follow_up.ask_rework": {R.CITIZEN: (S.SELF,), R.AGENT: (S.ALL,)},
        "follow_up.give_up": {R.FOLLOW_UP: (S.ALL,), R.SUPERVISOR: (S.ALL,), R.SYSTEM: (S.ALL,)},
        "follow_up.invalidate": {R.SUPERVISOR: (S.ALL,)},
        "follow_up.send_link": {R.FOLLOW_UP: (S.ALL,), R.SUPERVISOR: (S.ALL,)},
        "review.view": {
            R.FOLLOW_UP: (S.ALL,),
            R.SUPERVISOR: (S.ALL,),
            R.ANALYST: (S.ALL,),
            R.LEADER: (S.ALL,),
        },
        "review.decide": {R.SUPERVISOR: (S.ALL,)},
        # -- outsiders: what an institute judges, what a survey asks
        "commission.view": {R.SUPERVISOR: (S.ALL,), R.ANALYST: (S.ALL,), R.LEADER: (S.ALL,)},
        "commission.manage": {R.SUPERVISOR: (S.ALL,), R.ANALYST: (S.ALL,)},
        "campaign.view": {
            R.FOLLOW_UP: (S.ALL,),
            R.SUPERVISOR: (S.ALL,),
            R.ANALYST: (S.ALL,),
            R.LEADER: (S.ALL,),
        },
        "campaign.manage": {R.SUPERVISOR: (S.ALL,), R.ANALYST: (S.ALL,)},
        "campaign.call": {R.FOLLOW_UP: (S.ALL,), R.SUPERVISOR: (S.ALL,)},
        "sample.view": {
            R.FOLLOW_UP: (S.ALL,),
            R.SUPERVISOR: (S.ALL,),
            R.ANALYST: (S.ALL,),
            R.LEADER: (S.ALL,),
        },
        "sample.draw": {R.SUPERVISOR: (S.ALL,), R.SYSTEM: (S.ALL,)},
        "follow_up.rework": {R.FOLLOW_UP: (S.ALL,), R.SUPERVISOR: (S.ALL,)},
        # -- supervision; its things are no demands: `unit` is the unit that is pressed or on duty,
        # `own` what one is to look at or has submitted, `secret` what is for discipline officers
        "supervision.view": {
            R.DISPATCHER: (S.ALL,),
            R.CLERK: (S.TREE,),
            R.UNIT_LEADER: (S.TREE,),
            R.SUPERVISOR: (S.ALL,),
            R.ANALYST: (S.ALL,),
            R.LEADER: (S.ALL,),
            R.COLLECTOR: (S.OWN,),
        },
        "alert.watch": {R.SYSTEM: (S.ALL,)},
        "alert.dismiss": {R.SUPERVISOR: (S.ALL,)},
        "measure.issue": {R.SUPERVISOR: (S.ALL,), R.SYSTEM: (S.ALL,)},
        "measure.answer": {R.CLERK: (S.UNIT,), R.UNIT_LEADER: (S.UNIT,)},
        "measure.send_back": {R.SUPERVISOR: (S.ALL,)},
        "measure.escalate": {R.SUPERVISOR: (S.ALL,)},
        "measure.close": {R.SUPERVISOR: (S.ALL,)},
        "recheck.draw": {R.SUPERVISOR: (S.ALL,)},
        "recheck.hold": {R.SUPERVISOR: (S.ALL,)},
        "recheck.reopen": {R.SUPERVISOR: (S.ALL,)},
        "field_check.order": {R.SUPERVISOR: (S.ALL,)},
        "field_check.report": {R.SUPERVISOR: (S.ALL,), R.COLLECTOR: (S.OWN,)},
        "joint.plan": {R.SUPERVISOR: (S.ALL,)},
        "joint.judge": {R.SUPERVISOR: (S.ALL,)},
        "joint.close": {R.SUPERVISOR: (S.ALL,)},
        "ownership.roster": {R.SUPERVISOR: (S.ALL,), R.ADMIN: (S.ALL,)},
        "ownership.open": {R.DISPATCHER: (S.ALL,), R.SUPERVISOR: (S.ALL,)},
        "ownership.visit": {R.CLERK: (S.UNIT,), R.SUPERVISOR: (S.ALL,)},
        "ownership.put_off": {R.DISPATCHER: (S.ALL,), R.SUPERVISOR: (S.ALL,)},
        "ownership.decide": {R.DISPATCHER: (S.ALL,)},
        "meeting.call": {R.DISPATCHER: (S.ALL,), R.SUPERVISOR: (S.ALL,)},
        "meeting.hold": {R.DISPATCHER: (S.ALL,), R.SUPERVISOR: (S.ALL,)},
        "decision.report": {R.CLERK: (S.UNIT,), R.UNIT_LEADER: (S.UNIT,)},
        "decision.settle": {R.SUPERVISOR: (S.ALL,)},
        "decision.send_back": {R.SUPERVISOR: (S.ALL,)},
        "clue.view": {R.SUPERVISOR: (S.OWN,), R.DISCIPLINE: (S.SECRET,)},
        "clue.submit": {R.SUPERVISOR: (S.ALL,)},
        "clue.receive": {R.DISCIPLINE: (S.SECRET,)},
        "clue.conclude": {R.DISCIPLINE: (S.SECRET,)},
        "instruction.give": {R.LEADER: (S.ALL,), R.SUPERVISOR: (S.ALL,)},
        "instruction.order": {R.DISPATCHER: (S.ALL,)},
        "instruction.report": {R.CLERK: (S.UNIT,), R.UNIT_LEADER: (S.UNIT,)},
        "instruction.send_back": {R.LEADER: (S.ALL,), R.SUPERVISOR: (S.ALL,)},
        "instruction.close": {R.LEADER: (S.ALL,), R.SUPERVISOR: (S.ALL,)},
        "promise.record": {R.SUPERVISOR: (S.ALL,)},
        "promise.report": {R.CLERK: (S.UNIT,), R.UNIT_LEADER: (S.UNIT,)},
        "promise.postpone": {R.SUPERVISOR: (S.ALL,)},
        "promise.judge": {R.SUPERVISOR: (S.ALL,)},
        # -- the house
        "knowledge.view": {
            role: (S.ALL,) for role in Role if role not in (R.CITIZEN, R.SYSTEM, R.VENDOR)
        },
        "knowledge.propose": {
            R.AGENT: (S.ALL,),
            R.DISPATCHER: (S.ALL,),
            R.SUPERVISOR: (S.ALL,),
            R.CLERK: (S.UNIT,),
            R.UNIT_LEADER: (S.UNIT,),
            R.SPECIALIST: (S.UNIT,),
        },
        "knowledge.approve": {
            R.DISPATCHER: (S.ALL,),
            R.SUPERVISOR: (S.ALL,),
            R.SYSTEM: (S.ALL,),  # whoever runs the house loads a city's knowledge
        },
        # As files and lists: whoever keeps knowledge brings it in and takes it out.
        "knowledge.import": _KEEPS_KNOWLEDGE,
        "knowledge.export": {**_KEEPS_KNOWLEDGE, R.ANALYST: (S.ALL,), R.ADMIN: (S.ALL,)},
        "knowledge.remark": {
            role: (S.ALL,) for role in Role if role not in (R.CITIZEN, R.SYSTEM, R.VENDOR)
        },
        # -- registers: each says besides who keeps it and who takes its steps
        "register.view": {
            **{role: (S.ALL,) for role in _CENTRE_READS if role is not R.SYSTEM},
            R.ADMIN: (S.ALL,),
            R.CLERK: (S.UNIT,),
            R.UNIT_LEADER: (S.UNIT,),
        },
        "register.write": {
            **dict.fromkeys((R.AGENT, R.DISPATCHER, R.SUPERVISOR, R.ANALYST), (S.ALL,)),
            **dict.fromkeys((R.LEADER, R.ADMIN), (S.ALL,)),
            R.CLERK: (S.UNIT,),
        },
        "register.step": {
            **dict.fromkeys((R.AGENT, R.DISPATCHER, R.FOLLOW_UP, R.SUPERVISOR), (S.ALL,)),
            **dict.fromkeys((R.ANALYST, R.LEADER, R.ADMIN), (S.ALL,)),
            R.CLERK: (S.UNIT,),
            R.UNIT_LEADER: (S.UNIT,),
        },
        # -- assessment: units see their own results, apply and appeal; the centre decides
        "exclusion.view": {
            R.CLERK: (S.UNIT,),
            R.UNIT_LEADER: (S.UNIT,),
            R.SUPERVISOR: (S.ALL,),
            R.ANALYST: (S.ALL,),
            R.LEADER: (S.ALL,),
        },
        "exclusion.apply": {
            R.CLERK: (S.UNIT,),
            R.UNIT_LEADER: (S.UNIT,),
            R.SUPERVISOR: (S.ALL,),
        },
        "exclusion.approve": {R.SUPERVISOR: (S.ALL,)},
        "exclusion.confirm": {R.SUPERVISOR: (S.ALL,)},
        "exclusion.refuse": {R.SUPERVISOR: (S.ALL,)},
        "exclusion.withdraw": {
            R.CLERK: (S.UNIT,),
            R.UNIT_LEADER: (S.UNIT,),
            R.SUPERVISOR: (S.ALL,),
        },
        "appeal.view": {
            R.CLERK: (S.UNIT,),
            R.UNIT_LEADER: (S.UNIT,),
            R.SUPERVISOR: (S.ALL,),
            R.ANALYST: (S.ALL,),
            R.LEADER: (S.ALL,),
        },
        "appeal.submit": {R.UNIT_LEADER: (S.UNIT,)},
        "appeal.withdraw": {R.UNIT_LEADER: (S.UNIT,)},
        "appeal.grant": {R.SUPERVISOR: (S.ALL,)},
        "appeal.refuse": {R.SUPERVISOR: (S.ALL,)},
        "evaluation.view": {
            R.CLERK: (S.UNIT,),
            R.UNIT_LEADER: (S.UNIT,),
            R.SUPERVISOR: (S.ALL,),
            R.ANALYST: (S.ALL,),
            R.LEADER: (S.ALL,),
        },
        "evaluation.compute": {R.SUPERVISOR: (S.ALL,), R.ANALYST: (S.ALL,), R.SYSTEM: (S.ALL,)},
        "evaluation.publish": {R.SUPERVISOR: (S.ALL,), R.SYSTEM: (S.ALL,)},
        "bulletin.view": {R.SUPERVISOR: (S.ALL,), R.ANALYST: (S.ALL,), R.LEADER: (S.ALL,)},
        "bulletin.make": {R.SUPERVISOR: (S.ALL,), R.ANALYST: (S.ALL,), R.SYSTEM: (S.ALL,)},
        "bulletin.edit": {R.SUPERVISOR: (S.ALL,), R.ANALYST: (S.ALL,)},
        "bulletin.publish": {R.SUPERVISOR: (S.ALL,), R.SYSTEM: (S.ALL,)},
        "event.view": dict.fromkeys(set(_CENTRE_READS) - {R.SYSTEM}, (S.ALL,)),
        "event.settle": {R.DISPATCHER: (S.ALL,), R.SUPERVISOR: (S.ALL,)},
        "hot_issue.view": {
            R.DISPATCHER: (S.ALL,),
            R.SUPERVISOR: (S.ALL,),
            R.ANALYST: (S.ALL,),
            R.LEADER: (S.ALL,),
        },
        "hot_issue.settle": {R.DISPATCHER: (S.ALL,), R.SUPERVISOR: (S.ALL,)},
        "place.confirm": {R.DISPATCHER: (S.ALL,), R.SUPERVISOR: (S.ALL,), R.ADMIN: (S.ALL,)},
        "insight.suggest": {
            R.AGENT: (S.ALL,),
            R.DISPATCHER: (S.ALL,),
            R.DISCIPLINE: (S.SECRET,),
        },
        "insight.guess": {R.CITIZEN: (S.SELF,)},
        "insight.check_reply": {
            R.CLERK: (S.UNIT,),
            R.UNIT_LEADER: (S.UNIT,),
            R.DISPATCHER: (S.ALL,),
            R.SUPERVISOR: (S.ALL,),
        },
        "insight.view": {
            R.SUPERVISOR: (S.ALL,),
            R.ANALYST: (S.ALL,),
            R.LEADER: (S.ALL,),
            R.ADMIN: (S.ALL,),
        },
        "insight.train": {R.ANALYST: (S.ALL,), R.SYSTEM: (S.ALL,)},
        "insight.approve": {R.SUPERVISOR: (S.ALL,), R.ADMIN: (S.ALL,)},
        "settings.view": {R.ADMIN: (S.ALL,), R.SUPERVISOR: (S.ALL,), R.ANALYST: (S.ALL,)},
        "settings.change": {R.ADMIN: (S.ALL,)},
        "staff.change": {R.ADMIN: (S.ALL,)},
        "token.issue": {
            **{role: (S.OWN,) for role in Role if role != R.CITIZEN},
            R.ADMIN: (S.ALL,),
            R.SYSTEM: (S.ALL,),
        },
        "journal.view": {
            R.AGENT: (S.ALL,),
            R.DISPATCHER: (S.ALL,),
            R.CLERK: (S.TREE,),
            R.UNIT_LEADER: (S.TREE,),
            R.FOLLOW_UP: (S.ALL,),
            R.SUPERVISOR: (S.ALL,),
            R.ANALYST: (S.ALL,),
            R.LEADER: (S.ALL,),
            R.DISCIPLINE: (S.SECRET,),
        },
        "journal.audit": {R.ADMIN: (S.ALL,), R.SUPERVISOR: (S.ALL,)},
        "import.run": {R.ADMIN: (S.ALL,), R.SYSTEM: (S.ALL, S.SECRET)},
    }
)


def scopes(role: str, action: str) -> tuple[Scope, ...]:
    """Returns how far `role` may do `action`; empty where it may not.

    Raises KeyError for an action that the table does not know: a misspelt action must never pass
    for a refused or an allowed one.
    """
    return PERMISSIONS[action].get(Role(role), ())
