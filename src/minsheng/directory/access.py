"""Who is acting: the person behind a session or a token, in exactly one role and unit."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from minsheng.directory.models import Post
from minsheng.directory.permissions import Role, Scope, scopes
from minsheng.foundation.errors import Forbidden
from minsheng.foundation.journal import Signature


@dataclass(frozen=True, slots=True)
class Actor:
    """One who acts. A citizen has no post but a demand; the system has neither."""

    role: Role
    username: str
    name: str = ""
    staff_id: int | None = None
    unit_id: int | None = None
    unit_code: str = ""
    demand_id: int | None = None
    read_only: bool = False

    @property
    def signature(self) -> Signature:
        return Signature(staff=self.username, role=self.role.value, unit=self.unit_code)


SYSTEM = Actor(role=Role.SYSTEM, username="system", name="系统")


def of_post(post: Post, *, read_only: bool = False) -> Actor:
    """Returns the actor who holds `post`; `post.staff` and `post.unit` should be loaded."""
    return Actor(
        role=Role(post.role),
        username=post.staff.username,
        name=post.staff.name,
        staff_id=post.staff_id,
        unit_id=post.unit_id,
        unit_code=post.unit.code,
        read_only=read_only,
    )


def citizen(demand_id: int | None = None) -> Actor:
    """Returns the petitioner who proved by number and query code that `demand_id` is theirs."""
    return Actor(role=Role.CITIZEN, username="citizen", name="诉求人", demand_id=demand_id)


#: What a token that may only read may do: looks that leave no trace. To find a petitioner or to
#: reveal one is no such look.
_READING = frozenset(
    {"demand.count", "identity.masked", "journal.audit", "insight.suggest", "insight.check_reply"}
)


def require(actor: Actor, action: str) -> tuple[Scope, ...]:
    """Returns how far `actor` may do `action`; raises Forbidden where not at all."""
    if actor.read_only and not (action.endswith(".view") or action in _READING):
        raise Forbidden("read_only", _("这个令牌只能查看，不能办理；请换用读写令牌。"))
    granted = scopes(actor.role, action)
    if not granted:
        raise Forbidden(
            "forbidden",
            _("%(role)s没有这项权限（%(action)s）；请由有权限的岗位办理。")
            % {"role": actor.role.label, "action": action},
        )
    return granted
