"""For every action of both lifecycles: one who may take it, and what must be given with it."""

import io
from functools import cache
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image


@cache
def _pixel() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (1, 1)).save(made, "PNG")
    return made.getvalue()


def picture(name: str = "现场.png") -> SimpleUploadedFile:
    """Returns the smallest picture there is, as a browser sends it."""
    return SimpleUploadedFile(name, _pixel(), content_type="image/png")


#: action → user name, body. `demand.merge` needs the number of an earlier demand besides.
DEMAND_DEEDS: dict[str, tuple[str, dict[str, Any]]] = {
    "demand.edit": ("dispatcher", {"title": "楼顶漏水，改正地址"}),
    "demand.supplement": ("agent", {"text": "昨晚又漏了"}),
    "demand.mark": ("dispatcher", {"urgent": True, "reason": "老人独居"}),
    "demand.answer": ("agent", {"answer": "维修基金可以申请。", "knowledge": "fund"}),
    "demand.reject": ("dispatcher", {"legal_route": "court", "reason": "已进入诉讼"}),
    "demand.merge": ("dispatcher", {}),
    "demand.assign": ("dispatcher", {"lead": "housing", "basis": "catalogue"}),
    "demand.withdraw": ("agent", {"reason": "已自行解决"}),
    "demand.archive": ("supervisor", {}),
    "demand.reopen": ("supervisor", {"reason": "回头看"}),
    "follow_up.plan": ("follow_up", {}),
    "follow_up.attempt": ("follow_up", {"remark": "无人接听"}),
    "follow_up.evaluate": ("follow_up", {"grade": "satisfied", "solved": True}),
    "follow_up.ask_rework": ("agent", {"reason": "还在渗水"}),
    "follow_up.invalidate": ("supervisor", {"reason": "接听人不是诉求人"}),
    "follow_up.send_link": ("follow_up", {"channel": "sms"}),
    "follow_up.give_up": ("follow_up", {"reason": "三次无人接听"}),
    "follow_up.rework": ("follow_up", {"reason": "仍在渗水"}),
}
ORDER_DEEDS: dict[str, tuple[str, dict[str, Any]]] = {
    "order.sign": ("clerk", {}),
    "order.contact": ("clerk", {"method": "phone", "outcome": "已约定上门"}),
    "order.request_return": ("clerk", {"reason_code": "not_ours", "reason": "属物业职责"}),
    "order.accept_return": ("dispatcher", {}),
    "order.overrule_return": ("dispatcher", {"reason": "按目录属你单位"}),
    "order.request_extension": ("clerk", {"limit": "2wd", "reason": "等待材料"}),
    "order.approve_extension": ("dispatcher", {}),
    "order.refuse_extension": ("dispatcher", {"reason": "理由不足"}),
    "order.suspend": ("supervisor", {"review_on": "2026-06-01", "reason": "纳入改造"}),
    "order.resume": ("supervisor", {}),
    "order.assign_onward": ("clerk", {"units": ["housing-repair"]}),
    "order.reassign": ("dispatcher", {"unit": "water", "reason": "职责不符"}),
    "order.recall": ("dispatcher", {"reason": "派错单位"}),
    "order.urge": ("dispatcher", {"reason": "雨季将至"}),
    "order.reply": ("clerk", {"text": "已补漏。", "solved": True}),
    "order.sign_off": ("unit_leader", {}),
    "order.refuse_sign_off": ("unit_leader", {"reason": "请写明日期"}),
    "order.pass_audit": ("dispatcher", {}),
    "order.fail_audit": ("dispatcher", {"reason": "请附联系记录"}),
}
