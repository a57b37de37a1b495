"""The limits of one order, set when it is assigned and moved by extensions and pauses."""

from dataclasses import dataclass
from datetime import datetime

from minsheng.catalogue.queries import kind_codes, limit_for
from minsheng.catalogue.rules import Limit, LimitRule, Stage, due, warn_moment
from minsheng.demands.models import Demand
from minsheng.directory.models import Unit
from minsheng.foundation import city_calendar
from minsheng.foundation.errors import NotFound


@dataclass(frozen=True, slots=True)
class Limits:
    """What an order's clocks say, all counted from the moment it was assigned."""

    sign_due_at: datetime
    contact_due_at: datetime | None  # where there is a petitioner whom the unit can contact
    due_at: datetime
    warn_at: datetime
    limit: str


def rule(stage: Stage, demand: Demand, unit: Unit, at: datetime) -> LimitRule:
    """Returns the limit row that holds for this demand with this unit at that moment."""
    return limit_for(
        stage,
        on=at.date(),
        kind=kind_codes().get(demand.kind_id or 0, ""),
        urgent=demand.urgent,
        origin=demand.origin,
        unit_level=unit.level,
    )


def limits(demand: Demand, unit: Unit, at: datetime, *, within: datetime | None = None) -> Limits:
    """Returns the limits of an order assigned at `at`.

    An order assigned onward must end `within` the limit of the one above it: what was promised to
    the petitioner does not grow with the number of hands.
    """
    calendar = city_calendar.present()
    contact_due_at = None
    if demand.can_be_contacted:
        contact_due_at = due(calendar, at, rule(Stage.CONTACT, demand, unit, at).limit).at
    complete = rule(Stage.COMPLETE, demand, unit, at)
    due_at = due(calendar, at, complete.limit).at
    if within is not None:
        due_at = min(due_at, within)
    return Limits(
        sign_due_at=due(calendar, at, rule(Stage.SIGN, demand, unit, at).limit).at,
        contact_due_at=contact_due_at,
        due_at=due_at,
        warn_at=warned(complete, at, due_at),
        limit=str(complete.limit),
    )


def ask_again_until(demand: Demand) -> datetime | None:
    """Returns until when the petitioner may say that it is not solved (the stage `reopen`).

    Counted from the moment it was dealt with; None before that, and where the city has no limit.
    """
    if demand.completed_at is None:
        return None
    try:
        found = limit_for(
            Stage.REOPEN,
            on=demand.completed_at.date(),
            kind=kind_codes().get(demand.kind_id or 0, ""),
            urgent=demand.urgent,
            origin=demand.origin,
            unit_level=1,
        )
    except NotFound:
        return None
    return due(city_calendar.present(), demand.completed_at, found.limit).at


def warned(complete: LimitRule, start: datetime, due_at: datetime) -> datetime:
    """Returns when the warning share of the time from `start` to `due_at` is used up."""
    if due_at <= start:
        return due_at
    return warn_moment(city_calendar.present(), complete.limit, start, due_at, complete.warn_share)


def parse(limit: str) -> Limit:
    """Returns a limit as written (5wd, 2wh, 24h). Raises Invalid."""
    return Limit.parse(limit)
