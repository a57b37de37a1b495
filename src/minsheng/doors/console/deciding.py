"""Deciding about an item of a desk: once, by who has it before them, and then the next one."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from minsheng.doors.console import claims, desks
from minsheng.doors.console.deeds.asking import DeedForm
from minsheng.doors.console.desks import Desk
from minsheng.doors.console.entry import StaffRequest
from minsheng.doors.console.once import once
from minsheng.foundation.errors import Conflict, Refused


def finish(
    request: StaffRequest,
    desk: Desk,
    row: Any,
    form: DeedForm,
    run: Callable[[], object],
    said: str,
    again: Callable[[Refused], HttpResponse],
) -> HttpResponse:
    """Calls `run` once and leads to the item behind `row`; what is refused is drawn `again`."""
    staff = request.post.staff_id

    def do() -> tuple[str, str]:
        if held := claims.holder(desk.code, row.pk, staff):
            raise Conflict("claimed", _("%s正在办理这一件；请跳过，办理下一件。") % held[0])
        after = desks.cursor(desk, row)
        run()
        claims.release(desk.code, row.pk, staff)
        return said, desks.address(desk, after=after)

    try:
        return once(request, form.cleaned_data["once"], do)
    except Refused as refused:
        form.refuse(refused)
        return again(refused)
