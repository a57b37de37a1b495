"""Supervision for machines: warnings and the ladder, checks, ownership cases, meetings, clues."""

from minsheng.doors.api.routes import Routes
from minsheng.doors.api.supervision import checks, clues, ladder, meetings, ownership

router = Routes()
for module in (ladder, checks, ownership, meetings, clues):
    router.add_router("", module.router)
