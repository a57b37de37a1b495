"""Reads of suggestions: what to suggest for a text, and the versions of the model."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from minsheng.catalogue.models import Basis, Category
from minsheng.catalogue.queries import dictionaries
from minsheng.demands.models import Demand, Petitioner
from minsheng.directory.access import Actor, require
from minsheng.directory.models import Unit
from minsheng.foundation import clock
from minsheng.foundation import text as texts
from minsheng.foundation.errors import NotFound
from minsheng.foundation.language import in_language, listed
from minsheng.foundation.recent import recent
from minsheng.insight import keywords, places, units
from minsheng.insight.answers import PastAnswer, past_answers
from minsheng.insight.duplicates.deciding import Answer
from minsheng.insight.duplicates.index import Candidate, candidates
from minsheng.insight.learning.grams import CHARACTERS
from minsheng.insight.learning.serving import Heard, heard
from minsheng.insight.models import ModelVersion
from minsheng.insight.rules import Rules, load
from minsheng.insight.suggesting import Advice, Suggested
from minsheng.knowledge.queries import search

MOST = 3  # suggestions of one kind
_QUERY = 40  # characters of a text that knowledge is looked for with
_LEAST = 0.02  # chance of a category below which it is not worth reading
_LEAST_KIND = 0.1  # the same of a kind, of which there are few


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is known when suggestions are asked for."""

    title: str
    body: str
    place: str
    district: str  # code of the area that a person chose, or that the text surely names
    petitioner: Petitioner | None
    leaving_out: int | None  # the demand itself, where it is on record already
    rules: Rules
    heard: Heard | None  # by the serving model, where one serves


def suggest(
    text: str,
    *,
    title: str = "",
    district: str | None = None,
    place: str = "",
    category: str | None = None,
    petitioner: Petitioner | None = None,
    leaving_out: int | None = None,
    actor: Actor,
) -> Suggested:
    """Returns what the platform suggests for a demand as far as it was told.

    `district` and `category` are codes that a person has chosen already; units then follow the
    chosen category. `leaving_out` is the id of a demand that is not to be found like itself. Reads
    the first 5,000 characters. Nothing is stored. Raises Forbidden.
    """
    require(actor, "insight.suggest")
    rules = load(clock.now().date())
    head, body = texts.clean(title, 200), texts.clean(f"{text}\n{place}"[:CHARACTERS])
    if not texts.query_tokens(f"{head}\n{body}"):
        return Suggested()
    where = places.find(f"{head}\n{body}", district or "")
    sure = where is not None and where.confidence >= rules.sure
    area = district or (where.area if where and sure else "")
    said = heard(head, body)
    asked = _Asked(head, body, place, area, petitioner, leaving_out, rules, said)
    categories = _categories(asked)
    chosen = dictionaries()["category"].get(category or "") or _most_likely(categories)
    return Suggested(
        categories=categories,
        kind=_kinds(asked, chosen),
        urgency=_urgency(asked, chosen),
        units=_units(asked, chosen) if chosen else [],
        place=_place(where, rules) if where else [],
        similar=_similar(actor, asked),
        knowledge=knowledge(asked.title or asked.body[:_QUERY]),
        answers=_answers(actor, asked, chosen),
    )


def categories(title: str, text: str) -> list[Advice]:
    """Returns the likely categories alone, for a petitioner who writes the demand themselves.

    It tells nothing of any demand, and so asks for no permission. Nothing is stored.
    """
    head, body = texts.clean(title, 200), texts.clean(text[:CHARACTERS])
    if not texts.query_tokens(f"{head}\n{body}"):
        return []
    rules = load(clock.now().date())
    return _categories(_Asked(head, body, "", "", None, None, rules, heard(head, body)))


def suggest_for(actor: Actor, demand: Demand) -> Suggested:
    """Returns what is suggested for a demand on record, units for the category that it has."""
    return suggest(
        demand.text,
        title=demand.title,
        district=demand.district.code if demand.district else None,
        place=demand.place,
        category=demand.category.code if demand.category else None,
        petitioner=demand.petitioner,
        leaving_out=demand.pk,
        actor=actor,
    )


def _most_likely(categories: list[Advice]) -> Category | None:
    """Returns the first category that is sure enough to go on from, or None."""
    sure = [advice.value for advice in categories if advice.sure]
    found: Category | None = dictionaries()["category"].get(sure[0]) if sure else None
    return found


# Category, level by level


def _categories(asked: _Asked) -> list[Advice]:
    if (said := asked.heard) is not None:
        words = "、".join(said.words)
        reason = _("这些词：%s") % words if words else ""
        return _level_by_level(said.categories, asked.rules.sure, reason, said.model)
    shares = keywords.categories(asked.title, asked.body)
    return _level_by_level(shares, asked.rules.sure, _("按类别的关键词"), "")


def _level_by_level(shares: dict[str, float], sure: float, reason: str, model: str) -> list[Advice]:
    """Returns the narrowest category that is sure, where one is, then the likeliest narrowest ones.

    What is known of a category is the sum of those below it: a text may be surely of the roads
    while it stays open of which kind.
    """
    known = dictionaries()["category"]
    by_id = {row.pk: row for row in known.values()}
    sums: dict[int, float] = {}
    for code, share in shares.items():
        for step in known[code].lineage if code in known else ():
            sums[step] = sums.get(step, 0.0) + share
    certain = [pk for pk, share in sums.items() if share >= sure and pk in by_id]
    narrowest = sorted((by_id[pk] for pk in certain), key=lambda row: -row.level)[:1]
    likely = sorted(shares, key=lambda code: -shares[code])[:MOST]
    codes = [row.code for row in narrowest] + [code for code in likely if shares[code] >= _LEAST]
    return [
        Advice(
            value=code,
            label=" / ".join(by_id[step].name for step in known[code].lineage if step in by_id),
            confidence=round(sums[known[code].pk], 3),
            sure=sums[known[code].pk] >= sure,
            reason=reason,
            model=model,
        )
        for code in dict.fromkeys(codes)
        if code in known
    ]


# Kind and urgency


def _kinds(asked: _Asked, category: Category | None) -> list[Advice]:
    said = asked.heard
    learned = said is not None and bool(said.kinds)
    shares = (
        said.kinds
        if said and learned
        else keywords.kinds(asked.title, asked.body, category.code if category else "", asked.rules)
    )
    known = dictionaries()["kind"]
    likely = [code for code in sorted(shares, key=lambda code: -shares[code]) if code in known]
    return [
        Advice(
            value=code,
            label=known[code].name,
            confidence=round(shares[code], 3),
            sure=shares[code] >= asked.rules.sure,
            reason="" if learned else _("按用语"),
            model=said.model if said and learned else "",
        )
        for code in likely[:2]
        if shares[code] >= _LEAST_KIND
    ]


def _urgency(asked: _Asked, category: Category | None) -> list[Advice]:
    said = f"{asked.title}\n{asked.body}"
    found = [
        Advice("urgent", danger.name, reason="、".join(words[:5]))
        for danger in asked.rules.dangers
        if (words := danger.heard(said))
    ]
    if category and (words := [word for word in category.urgent_words if word in said]):
        found.append(Advice("urgent", _("“%s”的紧急用语") % category.name, reason="、".join(words)))
    return found


# Unit


@recent
def _unit_names() -> dict[str, str]:
    return dict(Unit.objects.filter(active=True).values_list("code", "name"))


def _units(asked: _Asked, category: Category) -> list[Advice]:
    names = _unit_names()
    area = dictionaries()["district"].get(asked.district)
    found = units.candidates(category.pk, area and area.pk, clock.now(), asked.rules)
    return [
        Advice(
            value=one.unit,
            label=names[one.unit],
            confidence=round(one.score, 3),
            sure=one.score >= asked.rules.sure,
            reason=_why(one),
            more=one,
        )
        for one in found
        if one.unit in names
    ]


def _why(one: units.Candidate) -> str:
    parts = [str(Basis(one.basis).label)] if one.basis else []
    if one.orders:
        parts.append(_("近期同类%d件由它承办") % one.orders)
    if one.returned:
        parts.append(_("其中退单%d件") % one.returned)
    return in_language("，", ", ").join(parts)


# Place and similar demands


def _place(where: places.Place, rules: Rules) -> list[Advice]:
    others = "、".join(where.others)
    return [
        Advice(
            value=where.address,
            label=where.address,
            confidence=round(where.confidence, 3),
            sure=where.confidence >= rules.sure,
            reason=_("同名地点还在：%s") % others if others else "",
            more=where,
        )
    ]


_WHY = {
    "place": gettext_lazy("同一地点"),
    "problem": gettext_lazy("同类问题"),
    "words": gettext_lazy("用语相近"),
    "numbers": gettext_lazy("号码相同"),
    "petitioner": gettext_lazy("同一诉求人"),
}


def _similar(actor: Actor, asked: _Asked) -> list[Advice]:
    petitioner = asked.petitioner.pk if asked.petitioner else None
    found = candidates(
        actor,
        asked.body,
        asked.place,
        None,
        petitioner,
        title=asked.title,
        leaving_out=asked.leaving_out,
        most=MOST,
    )
    return [_likeness(one) for one in found]


def similar_to(actor: Actor, demand: Demand, most: int) -> list[Advice]:
    """Returns what may be the same matter as a demand on record, of what the actor may see."""
    found = candidates(
        actor,
        demand.text,
        demand.place,
        None,
        demand.petitioner_id,
        title=demand.title,
        leaving_out=demand.pk,
        most=most,
    )
    return [_likeness(one) for one in found]


def _likeness(one: Candidate) -> Advice:
    return Advice(
        value=one.number,
        label=one.title,
        confidence=round(one.chance, 3),
        sure=one.answer == Answer.SAME,
        reason=listed(str(_WHY[reason]) for reason in one.reasons),
        more=one,
    )


# Knowledge


def knowledge(query: str) -> list[Advice]:
    """Returns the items of the knowledge base that hold today and are likely to answer."""
    found = search(query, clock.now().date(), valid=True, most=MOST)
    return [Advice(item.code, item.title, reason=item.unit.name, more=item) for item in found.items]


# Past answers


def _answers(actor: Actor, asked: _Asked, category: Category | None) -> list[Advice]:
    if category is None:
        return []
    words = texts.tokens(f"{asked.title}\n{asked.body}")
    return as_advice(past_answers(actor, category.pk, words, but=asked.leaving_out or 0))


def as_advice(answers: list[PastAnswer]) -> list[Advice]:
    """Returns past answers as they are suggested, each known by the number of its demand."""
    return [
        Advice(
            one.number, one.title, reason="，".join(filter(None, (one.unit, one.grade))), more=one
        )
        for one in answers
    ]


# Versions of the model


def versions(actor: Actor) -> list[ModelVersion]:
    """Returns the versions of the model without their reports, the latest first."""
    require(actor, "insight.view")
    return list(ModelVersion.objects.order_by("-number").defer("report")[:200])


def version(actor: Actor, number: int) -> ModelVersion:
    """Returns a version with its report. Raises Forbidden, NotFound."""
    require(actor, "insight.view")
    found = ModelVersion.objects.filter(number=number).first()
    if found is None:
        raise NotFound("not_found", _("没有模型版本M%d；请从列表中选择。") % number)
    return found
