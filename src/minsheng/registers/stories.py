"""A case as a story: what became of a demand, told from its journal, without anybody's name.

Bulletins cite typical cases, and case libraries keep hard ones. What is told are the steps of the
lifecycle, when and by which unit; not what was looked at, and nothing that the petitioner said.
"""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from minsheng.demands import queries as demands
from minsheng.directory.access import Actor
from minsheng.directory.models import Unit
from minsheng.foundation import clock, journal
from minsheng.foundation.models import JournalEntry

#: How a step is told, by action; `%(unit)s` is the unit that took it. What is not here is left out.
_STEPS = {
    "demand.submit": "受理了这件诉求",
    "demand.answer": "当场作了答复",
    "demand.assign": "派出工单",
    "order.sign": "%(unit)s签收",
    "order.contact": "%(unit)s联系了诉求人",
    "order.request_return": "%(unit)s申请退单",
    "order.accept_return": "热线中心同意退单，重新明确承办单位",
    "order.overrule_return": "热线中心不同意退单",
    "order.assign_onward": "%(unit)s转交下级单位办理",
    "order.request_extension": "%(unit)s申请延期",
    "order.approve_extension": "延期获得批准",
    "order.suspend": "因条件暂不具备，列入挂账",
    "order.resume": "恢复办理",
    "order.urge": "热线中心催办",
    "order.reply": "%(unit)s作出答复",
    "order.pass_audit": "答复通过审核",
    "order.fail_audit": "答复未通过审核，退回重办",
    "follow_up.evaluate": "诉求人作出评价",
    "follow_up.rework": "因诉求人不满意，发回重办",
    "demand.reopen": "重新启动办理",
    "demand.archive": "归档",
}


def of_demand(actor: Actor, number: str) -> str:
    """Returns the story of a demand, a line for each step.

    Raises NotFound for a demand that does not exist or is out of reach.
    """
    demand = demands.find(actor, number=number)
    what = demand.category.name if demand.category else _("一件诉求")
    head = _("关于“%s”的诉求") % what
    return "\n".join([head, *_told(journal.timeline("demand", demand.pk))])


def _told(entries: Iterable[JournalEntry]) -> list[str]:
    names = dict(Unit.objects.values_list("code", "name"))
    told: list[str] = []
    for entry in entries:
        words = _STEPS.get(entry.action)
        if words is None:
            continue
        at = entry.at.astimezone(clock.ZONE)
        when = f"{at.month}月{at.day}日{at.hour}时{at.minute:02}分"
        told.append(f"{when}，{words % {'unit': names.get(entry.unit, '承办单位')}}。")
    return told
