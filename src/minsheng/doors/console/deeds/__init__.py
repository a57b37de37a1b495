"""What a person may be asked with each action, as a table: action → form → the one call it makes.

Buttons come from the lifecycle and the permissions (`orders.queries.possible_actions`); here stands
only what to ask and whom to hand it to. Each form asks for what the action needs and nothing more.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from minsheng.demands import actions as demands
from minsheng.demands.rules import LIFECYCLE as DEMAND_LIFECYCLE
from minsheng.doors.console.deeds.about_demands import (
    Answer,
    Assign,
    Attach,
    Edit,
    Mark,
    MarkPetitioner,
    Merge,
    Reject,
    Supplement,
    mark_petitioner,
)
from minsheng.doors.console.deeds.about_follow_ups import (
    Attempt,
    Evaluate,
    Invalidate,
    Reopen,
    Rework,
    SendLink,
)
from minsheng.doors.console.deeds.about_orders import (
    AcceptReturn,
    AssignOnward,
    Contact,
    FailAudit,
    OverruleReturn,
    Reassign,
    Recall,
    Remark,
    Reply,
    RequestExtension,
    RequestReturn,
    Suspend,
    reply,
)
from minsheng.doors.console.deeds.asking import DeedForm, MayReason, MustReason, Nothing
from minsheng.followups import actions as follow_ups
from minsheng.followups import again, links
from minsheng.orders import actions as orders
from minsheng.orders.rules import LIFECYCLE as ORDER_LIFECYCLE


@dataclass(frozen=True, slots=True)
class Deed:
    """One row: what is asked with an action, what is called, and what is said afterwards.

    `tone` is "primary" for the usual next step and "danger" for what ends or undoes something.
    """

    form: type[DeedForm]
    run: Callable[..., object]
    said: Promise | str
    tone: str = ""

    @property
    def has_page(self) -> bool:
        """Tells whether its form needs a whole page, not a sheet over one."""
        return self.form is Reply

    @property
    def at_once(self) -> bool:
        """Tells whether the button acts without asking anything."""
        return self.form is Nothing


DEEDS: Mapping[str, Deed] = {
    "demand.submit": Deed(Nothing, demands.submit, _("已受理。"), "primary"),
    "demand.assign": Deed(Assign, orders.assign, _("已派单。"), "primary"),
    "demand.answer": Deed(Answer, demands.answer, _("已直接答复。"), "primary"),
    "demand.reject": Deed(Reject, demands.reject, _("已登记不予受理。"), "danger"),
    "demand.merge": Deed(Merge, demands.merge, _("已并单。")),
    "demand.edit": Deed(Edit, demands.edit, _("已修改。")),
    "demand.supplement": Deed(Supplement, demands.supplement, _("已补充。")),
    "demand.attach": Deed(Attach, orders.attach, _("已上传。")),
    "demand.mark": Deed(Mark, demands.mark, _("已更改标记。")),
    "demand.withdraw": Deed(MustReason, orders.withdraw, _("诉求已撤回。"), "danger"),
    "demand.archive": Deed(Nothing, demands.archive, _("已归档。")),
    "demand.reopen": Deed(Reopen, demands.reopen, _("已重新受理。"), "primary"),
    "order.sign": Deed(Nothing, orders.sign, _("已签收。"), "primary"),
    "order.contact": Deed(Contact, orders.contact, _("已记录联系情况。"), "primary"),
    "order.reply": Deed(Reply, reply, _("答复已提交。"), "primary"),
    "order.assign_onward": Deed(AssignOnward, orders.assign_onward, _("已向下交办。")),
    "order.request_extension": Deed(
        RequestExtension, orders.request_extension, _("已申请延期，等待审批。")
    ),
    "order.request_return": Deed(RequestReturn, orders.request_return, _("已申请退单，等待决定。")),
    "order.accept_return": Deed(AcceptReturn, orders.accept_return, _("已同意退单。"), "primary"),
    "order.overrule_return": Deed(OverruleReturn, orders.overrule_return, _("已驳回退单。")),
    "order.approve_extension": Deed(
        MayReason, orders.approve_extension, _("已同意延期。"), "primary"
    ),
    "order.refuse_extension": Deed(MustReason, orders.refuse_extension, _("已驳回延期。")),
    "order.sign_off": Deed(Remark, orders.sign_off, _("已签发，等待审核。"), "primary"),
    "order.refuse_sign_off": Deed(MustReason, orders.refuse_sign_off, _("已退回修改。")),
    "order.pass_audit": Deed(Remark, orders.pass_audit, _("审核通过。"), "primary"),
    "order.fail_audit": Deed(FailAudit, orders.fail_audit, _("已退回重办。")),
    "order.reassign": Deed(Reassign, orders.reassign, _("已改派。")),
    "order.urge": Deed(MustReason, orders.urge, _("已催办。")),
    "order.suspend": Deed(Suspend, orders.suspend, _("已挂账。")),
    "order.resume": Deed(MayReason, orders.resume, _("已恢复办理。"), "primary"),
    "order.recall": Deed(Recall, orders.recall, _("已撤回工单。"), "danger"),
    "follow_up.plan": Deed(Nothing, follow_ups.plan, _("已列入回访。")),
    "follow_up.evaluate": Deed(Evaluate, follow_ups.evaluate, _("已记录评价。"), "primary"),
    "follow_up.attempt": Deed(Attempt, follow_ups.attempt, _("已记录未接通。")),
    "follow_up.ask_rework": Deed(MustReason, again.ask_rework, _("已登记，等待回访。")),
    "follow_up.invalidate": Deed(
        Invalidate,
        follow_ups.invalidate,
        _("这次评价不再计入有效参评。"),
        "danger",
    ),
    "follow_up.send_link": Deed(SendLink, links.send_link, _("评价链接已放入发件箱。")),
    "follow_up.give_up": Deed(MustReason, follow_ups.give_up, _("已结束回访。")),
    "follow_up.rework": Deed(Rework, follow_ups.rework, _("已退回重办。"), "danger"),
    "petitioner.mark": Deed(MarkPetitioner, mark_petitioner, _("已更改诉求人标记。")),
}


def label(action: str) -> str:
    """Returns what the button of an action says."""
    if action == "petitioner.mark":  # stands in no lifecycle
        return gettext("标记诉求人")
    rows = {**ORDER_LIFECYCLE.rows, **DEMAND_LIFECYCLE.rows}
    return str(rows[action].label)
