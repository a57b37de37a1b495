"""Reads of staff, specialists and tokens."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from minsheng.directory.access import Actor
from minsheng.directory.models import District, Post, Token, Unit
from minsheng.directory.permissions import Role
from minsheng.foundation import clock


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A token as a line of a list; what its bearer sends is not kept."""

    id: int
    name: str
    username: str
    role: str
    unit: str
    scope: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


def here(at: datetime) -> datetime:
    """Returns a moment in the hotline's zone."""
    return at.astimezone(clock.ZONE)


def token_row(token: Token) -> TokenRow:
    """Returns a token as a line; post, staff and unit should be loaded."""
    post = token.post
    return TokenRow(
        token.pk,
        token.name,
        post.staff.username,
        post.role,
        post.unit.code,
        token.scope,
        here(token.created_at),
        here(token.expires_at),
        token.revoked_at and here(token.revoked_at),
    )


def working_tokens() -> QuerySet[Token]:
    """Returns the tokens that were neither revoked nor have expired."""
    return (
        Token.objects.filter(revoked_at=None, expires_at__gt=clock.now())
        .select_related("post__staff", "post__unit")
        .order_by("pk")
    )


def tokens(actor: Actor) -> list[TokenRow]:
    """Returns the working tokens of somebody's own posts."""
    return [token_row(token) for token in working_tokens().filter(post__staff=actor.staff_id)]


@dataclass(frozen=True, slots=True)
class DistrictRow:
    """An area, with the code of the one that it lies in."""

    code: str
    name: str
    level: str
    parent: str | None
    population: int | None
    lon: float | None
    lat: float | None


def districts() -> list[DistrictRow]:
    """Returns all areas."""
    rows = District.objects.order_by("level", "code").values_list(
        "code", "name", "level", "parent__code", "population", "lon", "lat"
    )
    return [DistrictRow(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit in use. `level` is the level of assignment (0: the centre), `group` for assessment."""

    code: str
    name: str
    short_name: str
    kind: str
    group: str
    parent: str | None
    district: str | None
    level: int
    territorial: bool
    sign_off: bool


def units() -> list[UnitRow]:
    """Returns all units in use."""
    rows = (
        Unit.objects.filter(active=True)
        .order_by("level", "code")
        .values_list(
            *("code", "name", "short_name", "kind", "unit_group", "parent__code"),
            *("district__code", "level", "is_territorial", "sign_off"),
        )
    )
    return [UnitRow(*row) for row in rows]


def specialists(at: datetime) -> QuerySet[Post]:
    """Returns the posts of policy specialists at a moment, by unit and name."""
    return (
        Post.objects.filter(Q(until=None) | Q(until__gt=at), role=Role.SPECIALIST, since__lte=at)
        .filter(unit__active=True)
        .select_related("staff", "unit")
        .order_by("unit__code", "staff__name", "pk")
    )
