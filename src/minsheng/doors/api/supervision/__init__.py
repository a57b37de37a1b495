"""Supervision for machines: warnings and the ladder, checks, ownership cases, meetings, clues."""

from minsheng.doors.api.routes import Routes
from minsheng.doors.api.supervision import (
    checks,
    clues,
    ladder,
    meetings,
    ownership,
    pledges,
)

router = Routes()
for module in (ladder, checks, ownership, meetings, clues, pledges):
    router.add_router("", module.router)
