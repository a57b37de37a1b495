"""外呼调查: the same questions to a drawn number of petitioners, by telephone.

    create → start (draws whom to ask) → record, call by call → close

Never drawn: who does not want to be called, who left no number, whoever raised only restricted
demands. Nobody is asked twice in a campaign.
"""

import secrets
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from minsheng.demands.models import Demand
from minsheng.directory.access import Actor, require
from minsheng.followups.models import Campaign, CampaignCall
from minsheng.followups.rules import draw
from minsheng.foundation import clock, journal, text
from minsheng.foundation.errors import Conflict, Invalid, NotFound

MOST_QUESTIONS = 12
MOST_PEOPLE = 5000
MOST_TRIES = 3

_S, _C = Campaign.State, CampaignCall.State


def create(
    actor: Actor,
    *,
    title: str,
    questions: Sequence[Mapping[str, str]],
    first: date,
    last: date,
    size: int,
) -> Campaign:
    """Prepares a campaign: its questions, and how many to ask of those accepted on these days."""
    require(actor, "campaign.manage")
    if not (title := text.line(title, 120)):
        raise Invalid("missing", _("请填写调查名称。"), field="title")
    asked = [
        {"text": text.line(question.get("text", ""), 200), "kind": question.get("kind", "")}
        for question in questions
    ]
    if not 1 <= len(asked) <= MOST_QUESTIONS or not all(
        one["text"] and one["kind"] in Campaign.Kind.values for one in asked
    ):
        raise Invalid(
            "bad_questions",
            _("须有1到%d个问题，每个都有内容和题型。") % MOST_QUESTIONS,
            field="questions",
        )
    if not first <= last <= clock.now().date():
        raise Invalid("bad_days", _("受理日期须已到，且起不晚于止；请改正。"), field="first")
    if not 1 <= size <= MOST_PEOPLE:
        raise Invalid("bad_size", _("访问人数须在1到%d之间。") % MOST_PEOPLE, field="size")
    with transaction.atomic():
        row = Campaign.objects.create(
            title=title,
            questions=asked,
            first=first,
            last=last,
            size=size,
            by=actor.name or actor.username,
            at=clock.now(),
        )
        _journal(actor, row, "campaign.create", questions=asked, size=size)
    return row


def start(actor: Actor, campaign_id: int, *, seed: str = "") -> Campaign:
    """Draws whom to ask, by a seed on record. Raises Conflict where there is nobody."""
    require(actor, "campaign.manage")
    with transaction.atomic():
        row = _locked(campaign_id, _S.DRAFT)
        people = _people(row)
        if not people:
            raise Conflict("nobody", _("这些日子没有可以访问的诉求人；请换一段日期。"))
        row.seed = text.line(seed, 64) or secrets.token_hex(16)
        drawn = draw(list(people), min(1.0, row.size / len(people)), row.seed, "campaign").all
        CampaignCall.objects.bulk_create(
            CampaignCall(campaign=row, petitioner_id=petitioner, demand_id=demand)
            for petitioner, demand in (people[number] for number in drawn)
        )
        row.state = _S.RUNNING
        row.save(update_fields=["state", "seed"])
        _journal(actor, row, "campaign.start", seed=row.seed, drawn=len(drawn), of=len(people))
    return row


def _people(row: Campaign) -> dict[str, tuple[int, int]]:
    """Returns who may be asked: petitioner and demand, by the number of their latest demand."""
    start = datetime.combine(row.first, time(), clock.ZONE)
    end = datetime.combine(row.last + timedelta(days=1), time(), clock.ZONE)
    found = Demand.objects.filter(
        accepted_at__gte=start,
        accepted_at__lt=end,
        restricted=False,
        petitioner__do_not_call=False,
        petitioner__identity__phone_key__isnull=False,
    )
    latest = found.order_by("petitioner", "-accepted_at", "-pk").distinct("petitioner")
    rows = latest.values_list("number", "petitioner", "pk")
    return {number or "": (petitioner, demand) for number, petitioner, demand in rows}


def record(
    actor: Actor, call_id: int, *, outcome: str, answers: Sequence[str] = ()
) -> CampaignCall:
    """Takes down a call: `answers` in the order of the questions, that nobody answered, or a no.

    Who is not reached three times is not called any more. Raises Conflict for a call that is over
    or a campaign that is not running; Invalid for answers that do not fit the questions.
    """
    require(actor, "campaign.call")
    if outcome not in (_C.ANSWERED, _C.REFUSED, _C.UNREACHED):
        raise Invalid("unknown_outcome", _("访问结果不正确；请从列表中选择。"), field="outcome")
    with transaction.atomic():
        call = CampaignCall.objects.select_related("campaign").filter(pk=call_id).first()
        if call is None:
            raise NotFound("not_found", _("没有这次访问；请从名单中选择。"))
        campaign = _locked(call.campaign_id, _S.RUNNING)
        call.refresh_from_db()
        if call.state != _C.WAITING:
            raise Conflict("recorded", _("这位诉求人已经访问过；请访问下一位。"))
        call.tries += 1
        call.by, call.at = actor.name or actor.username, clock.now()
        if outcome == _C.ANSWERED:
            call.answers = _fitting(campaign, answers)
        if outcome != _C.UNREACHED or call.tries >= MOST_TRIES:
            call.state = outcome
        call.save()
        _journal(actor, campaign, "campaign.record", outcome=outcome, demand=call.demand.ref)
    return call


def _fitting(row: Campaign, answers: Sequence[str]) -> list[str]:
    """Returns the answers once each fits its question; blank ones are no answer."""
    if len(answers) != len(row.questions):
        raise Invalid("bad_answers", _("回答的个数与问题不符。"), field="answers")
    allowed = {Campaign.Kind.YES_NO: ("yes", "no"), Campaign.Kind.SCALE: tuple("12345")}
    kept = []
    for question, answer in zip(row.questions, answers, strict=True):
        said = text.line(answer, 500)
        choices = allowed.get(question["kind"])
        if said and choices and said not in choices:
            raise Invalid(
                "bad_answers", _("“%s”的回答不在选项里。") % question["text"], field="answers"
            )
        kept.append(said)
    if not any(kept):
        raise Invalid("bad_answers", _("没有任何回答；请记为拒绝回答或未接通。"), field="answers")
    return kept


def close(actor: Actor, campaign_id: int) -> Campaign:
    """Ends a campaign; what was not called by then stays so."""
    require(actor, "campaign.manage")
    with transaction.atomic():
        row = _locked(campaign_id, _S.RUNNING)
        row.state = _S.CLOSED
        row.save(update_fields=["state"])
        _journal(actor, row, "campaign.close", **dict(tally(row)))
    return row


def _locked(campaign_id: int, state: str) -> Campaign:
    row = Campaign.objects.select_for_update().filter(pk=campaign_id).first()
    if row is None:
        raise NotFound("not_found", _("没有这项调查；请从列表中选择。"))
    if row.state != state:
        raise Conflict(
            "wrong_state", _("这项调查现在是“%s”，不能这样办理。") % row.get_state_display()
        )
    return row


def find(actor: Actor, campaign_id: int) -> Campaign:
    """Returns a campaign. Raises Forbidden and NotFound."""
    require(actor, "campaign.view")
    row = Campaign.objects.filter(pk=campaign_id).first()
    if row is None:
        raise NotFound("not_found", _("没有这项调查；请从列表中选择。"))
    return row


def waiting(row: Campaign) -> QuerySet[CampaignCall]:
    """Returns who is still to be called, those that were tried least first."""
    calls = row.calls.filter(state=_C.WAITING).select_related("petitioner__identity", "demand")
    return calls.order_by("tries", "pk")


def tally(row: Campaign) -> list[tuple[str, int]]:
    """Returns how many calls are in each state."""
    states = list(row.calls.values_list("state", flat=True))
    return [(state, states.count(state)) for state in _C.values]


def results(row: Campaign) -> list[dict[str, Any]]:
    """Returns for each question how often each answer was given, and the mean of a scale.

    Words are listed as they were said. Who did not answer a question is in none of its figures.
    """
    given = list(
        row.calls.filter(state=_C.ANSWERED).order_by("pk").values_list("answers", flat=True)
    )
    found = []
    for place, question in enumerate(row.questions):
        said = [answers[place] for answers in given if answers[place]]
        counts = {} if question["kind"] == Campaign.Kind.WORDS else _counted(said)
        scores = [int(one) for one in said] if question["kind"] == Campaign.Kind.SCALE else []
        found.append(
            {
                **question,
                "answered": len(said),
                "counts": counts,
                "mean": round(sum(scores) / len(scores), 2) if scores else None,
                "words": said if question["kind"] == Campaign.Kind.WORDS else [],
            }
        )
    return found


def _counted(said: Sequence[str]) -> dict[str, int]:
    return {one: said.count(one) for one in sorted(set(said))}


def _journal(actor: Actor, row: Campaign, action: str, **note: Any) -> None:
    journal.write(
        subject_kind="campaign",
        subject_id=row.pk,
        ref=text.line(row.title, 40),
        action=action,
        by=actor.signature,
        at=clock.now(),
        changes={"note": note},
    )
