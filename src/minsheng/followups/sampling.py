"""双随机抽检 on record: who may be drawn, a draw with its seed, and the same list again from it."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from minsheng.catalogue.queries import kind_codes
from minsheng.demands.models import Demand
from minsheng.demands.rules import DemandState
from minsheng.directory.access import Actor, require
from minsheng.followups.models import FollowUp, PlanRule, Sample
from minsheng.followups.plans import choose, rules, share_of
from minsheng.followups.rules import draw
from minsheng.foundation import clock, journal, text
from minsheng.foundation.errors import Invalid, NotFound
from minsheng.orders.models import Assignment
from minsheng.orders.rules import OrderState, Part

MOST_DAYS = 92

# Any number will do, as long as nothing else in the database takes this advisory lock.
_LOCK = 0x12345_000A


@dataclass(frozen=True, slots=True)
class Candidate:
    """A demand that may be asked about, by number, with the rule that holds for it."""

    number: str
    rule: PlanRule | None


def candidates(first: date, last: date) -> list[Candidate]:
    """Returns what was completed on these days and may be asked about, by number.

    Never among them: petitioners without a name or who do not want to be called (above all where
    the demand is confidential), what is left out of assessment or restricted, what came with an
    import, and what is asked about already.
    """
    start = datetime.combine(first, time(), clock.ZONE)
    end = datetime.combine(last + timedelta(days=1), time(), clock.ZONE)
    asked = FollowUp.objects.filter(demand=OuterRef("pk"), planned_at__gte=OuterRef("completed_at"))
    found = Demand.objects.filter(
        ~Exists(asked),
        state=DemandState.COMPLETED,
        completed_at__gte=start,
        completed_at__lt=end,
        petitioner__do_not_call=False,
        excluded=False,
        restricted=False,
        batch=None,
    )
    columns = ("pk", "number", "origin", "urgent", "kind", "completed_at")
    rows = list(found.order_by("number").values_list(*columns))
    groups: dict[int, str] = dict(
        Assignment.objects.filter(
            demand__in=[row[0] for row in rows],
            part=Part.LEAD,
            parent=None,
            state=OrderState.COMPLETED,
        )
        .order_by("completed_at", "pk")  # the last one counts
        .values_list("demand", "unit__unit_group")
    )
    kinds, known = kind_codes(), rules()
    return [
        Candidate(
            number,
            choose(
                known,
                on=completed_at.astimezone(clock.ZONE).date(),
                origin=origin,
                urgent=urgent,
                group=groups.get(pk, ""),
                kind=kinds.get(kind or 0, ""),
            ),
        )
        for pk, number, origin, urgent, kind, completed_at in rows
    ]


def groups_of(
    found: Sequence[Candidate], seed: str, shares: Mapping[str, float] | None = None
) -> list[dict[str, Any]]:
    """Returns a draw by rule, ready to be kept; what is asked about as a whole is left out.

    `shares` sets the share of a rule (by code, "" for what no rule names) otherwise than the rules.
    """
    listed: dict[str, list[Candidate]] = {}
    for one in found:
        listed.setdefault(one.rule.code if one.rule else "", []).append(one)
    groups = []
    for code, members in sorted(listed.items()):
        share = (shares or {}).get(code, share_of(members[0].rule))
        if share >= 1 and code not in (shares or {}):
            continue
        numbers = [one.number for one in members]
        drawn = draw(numbers, share, seed, code)
        groups.append(
            {
                "rule": code,
                "name": members[0].rule.name if members[0].rule else _("其余"),
                "share": share,
                "population": numbers,
                "block": list(drawn.block),
                "scattered": list(drawn.scattered),
            }
        )
    return groups


def sample(
    actor: Actor,
    first: date,
    last: date,
    *,
    seed: str = "",
    shares: Mapping[str, float] | None = None,
    by_clock: bool = False,
) -> Sample | None:
    """Draws among what was completed on these days and keeps the draw with its seed.

    Without `seed` one is made that nobody can foresee. Those drawn are put on the list by
    `jobs.sample`. Returns None where there is nobody to draw from, and for a day that the clock has
    drawn already. Raises Forbidden; Invalid for days that are not over, too many days or a share
    that is none.
    """
    require(actor, "sample.draw")
    check_days(first, last)
    if any(not 0 <= share <= 1 for share in (shares or {}).values()):
        raise Invalid("bad_share", _("抽取比例须在0到1之间。"), field="shares")
    seed = text.line(seed, 64) or secrets.token_hex(16)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        if by_clock and Sample.objects.filter(first=first, by_clock=True).exists():
            return None
        groups = groups_of(candidates(first, last), seed, shares)
        if not groups:
            return None
        row = Sample.objects.create(
            first=first,
            last=last,
            seed=seed,
            groups=groups,
            size=sum(len(drawn_in(group)) for group in groups),
            by_clock=by_clock,
            by=actor.name or actor.username,
            at=clock.now(),
        )
        journal.write(
            subject_kind="sample",
            subject_id=row.pk,
            ref=row.ref,
            action="sample.draw",
            by=actor.signature,
            at=row.at,
            changes={
                "note": {
                    "seed": seed,
                    "groups": [
                        {
                            "rule": group["rule"],
                            "share": group["share"],
                            "population": len(group["population"]),
                            "drawn": len(drawn_in(group)),
                        }
                        for group in groups
                    ],
                }
            },
        )
    return row


def check_days(first: date, last: date) -> None:
    """Raises Invalid for days that are not over, in the wrong order or too many."""
    if not first <= last < clock.now().date():
        raise Invalid("bad_days", _("抽样的日期须已过去，且起不晚于止；请改正。"), field="first")
    if (last - first).days >= MOST_DAYS:
        raise Invalid("too_many_days", _("一次最多抽%d天；请分次抽取。") % MOST_DAYS, field="last")


def drawn_in(group: Mapping[str, Any]) -> list[str]:
    """Returns the numbers that were drawn in a group."""
    return [*group["block"], *group["scattered"]]


def again(row: Sample) -> list[str]:
    """Returns what does not come out alike when a recorded draw is repeated from seed and lists.

    An empty list proves the draw. Each finding names the rule.
    """
    wrong = []
    for group in row.groups:
        drawn = draw(group["population"], group["share"], row.seed, group["rule"])
        if (group["block"], group["scattered"]) != (list(drawn.block), list(drawn.scattered)):
            wrong.append(group["rule"] or "-")
    return wrong


def find(actor: Actor, sample_id: int) -> Sample:
    """Returns a draw on record. Raises Forbidden and NotFound."""
    require(actor, "sample.view")
    row = Sample.objects.filter(pk=sample_id).first()
    if row is None:
        raise NotFound("not_found", _("没有这次抽样；请从列表中选择。"))
    return row
