"""What the staff do beside the demands: at the desk twice on each working day.

Nothing here is remembered from one sitting to the next: each chore looks at what is there and takes
some of it a step on, and now and then begins something. So what an earlier life left open is gone
on with, and a long life costs no more than a short one.
"""

from collections.abc import Callable, Sequence

from minsheng.directory.permissions import Role
from minsheng.foundation.calendar import UnknownYear
from minsheng.foundation.errors import Refused
from minsheng.simulator.office import (
    asking,
    assessing,
    checking,
    ledgers,
    library,
    meeting,
    pledging,
    pressing,
)
from minsheng.simulator.office.desk import Desk

#: Every chore, and without whom it cannot be done.
CHORES: Sequence[tuple[Callable[[Desk], None], Sequence[Role]]] = (
    (pressing.watch, ()),
    (pressing.press, (Role.SUPERVISOR,)),
    (pressing.answer, (Role.SUPERVISOR,)),
    (pledging.instruct, (Role.LEADER, Role.DISPATCHER)),
    (pledging.promise, (Role.SUPERVISOR,)),
    (checking.look_again, (Role.SUPERVISOR,)),
    (checking.look_there, (Role.SUPERVISOR, Role.COLLECTOR)),
    (checking.look_together, (Role.SUPERVISOR,)),
    (checking.hand_over, (Role.SUPERVISOR, Role.DISCIPLINE)),
    (meeting.meet, (Role.DISPATCHER, Role.SUPERVISOR)),
    (asking.survey, (Role.SUPERVISOR, Role.FOLLOW_UP)),
    (asking.commission, (Role.ANALYST,)),
    (asking.review, (Role.SUPERVISOR,)),
    (ledgers.keep, ()),
    (library.write, ()),
    (library.approve, (Role.DISPATCHER, Role.SUPERVISOR)),
    (library.remark, (Role.AGENT,)),
    (assessing.evaluate, (Role.ANALYST, Role.SUPERVISOR)),
    (assessing.appeal, (Role.SUPERVISOR,)),
    (assessing.report, (Role.ANALYST, Role.SUPERVISOR)),
)


def sit(desk: Desk) -> None:
    """Does all chores once; what is refused is counted, and the next chore begins."""
    for chore, roles in CHORES:
        if all(desk.world.staff.get(role) for role in roles):
            try:
                chore(desk)
            except UnknownYear:
                desk.halted += 1
            except Refused as refusal:
                desk.refused[refusal.code] += 1
