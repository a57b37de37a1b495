"""Suggestions for machines: what to choose for a text, and what was chosen in the end."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from pydantic import Field

from minsheng.demands import queries as demands
from minsheng.doors.api.answers import answer
from minsheng.doors.api.fields import Code, In, Short
from minsheng.doors.api.keys import caller
from minsheng.doors.api.routes import Routes
from minsheng.insight import actions, queries
from minsheng.insight.suggesting import Advice

router = Routes(tags=["insight"])

Text = Annotated[str, Field(max_length=100_000)]


class Ask(In):
    """A demand as far as it was told; `category` and `district` where a person chose them."""

    text: Text = ""
    title: Annotated[str, Field(max_length=1000)] = ""
    place: Short = ""
    district: Code = ""
    category: Code = ""


@dataclass(frozen=True, slots=True)
class AdviceOut:
    """One thing to choose. `confidence`: 0 to 1, or null where there is none to tell."""

    value: str
    label: str
    confidence: float | None
    sure: bool
    reason: str
    model: str


@dataclass(frozen=True, slots=True)
class SuggestedOut:
    """What is suggested, the best of each first. `slip` goes back with the choice."""

    categories: Sequence[AdviceOut]
    kind: Sequence[AdviceOut]
    urgency: Sequence[AdviceOut]
    units: Sequence[AdviceOut]
    place: Sequence[AdviceOut]
    similar: Sequence[AdviceOut]
    knowledge: Sequence[AdviceOut]
    slip: str


def _out(advice: Sequence[Advice]) -> list[AdviceOut]:
    return [
        AdviceOut(one.value, one.label, one.confidence, one.sure, one.reason, one.model)
        for one in advice
    ]


@router.act("/insight/suggestions", "取智能建议", SuggestedOut)
def suggest(request: HttpRequest, body: Ask) -> HttpResponse:
    """Suggests category, kind, urgency, unit, place, similar demands and knowledge. Stores nothing.

    The first 5,000 characters of the text are read.
    """
    found = queries.suggest(
        body.text,
        title=body.title,
        place=body.place,
        district=body.district,
        category=body.category,
        actor=caller(request),
    )
    return answer(
        SuggestedOut(
            _out(found.categories),
            _out(found.kind),
            _out(found.urgency),
            _out(found.units),
            _out(found.place),
            _out(found.similar),
            _out(found.knowledge),
            found.slip,
        )
    )


class Chosen(In):
    slip: Annotated[str, Field(max_length=10_000)]
    demand: Annotated[str, Field(min_length=1, max_length=32)]


@dataclass(frozen=True, slots=True)
class ChosenOut:
    """How many fields were written down; 0 where the slip was old or counted already."""

    fields: int


@router.act("/insight/choices", "记录采用情况", ChosenOut)
def choose(request: HttpRequest, body: Chosen) -> HttpResponse:
    """Writes down what was suggested beside what now stands on the demand."""
    actor = caller(request)
    demand = demands.find(actor, number=body.demand)
    return answer(ChosenOut(actions.chosen(actor, body.slip, demand.pk)))
