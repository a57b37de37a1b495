"""What a suggestion is, and the slip that carries it from the screen to the choice.

Nothing is stored while somebody types. What was suggested goes along with the form as a signed slip
and comes back with the choice; only then both are written down together (`actions.chosen`).
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core import signing

from minsheng.insight.models import Suggestion

_SALT = "minsheng.insight.suggested"
_GOOD_FOR = 12 * 3600  # seconds: a shift
_MOST = 10  # values of one kind that the slip remembers: as many as the check of replies knows

What = Suggestion.What


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing to choose. `value` is its code or number, `label` its words.

    `confidence` is 0 to 1 (None where there is none to tell), `sure` whether it reaches the city's
    threshold, `reason` says why in words, `model` the version that spoke ("" for rules, keywords
    and the catalogue), `more` what a page may show beside it.
    """

    value: str
    label: str
    confidence: float | None = None
    sure: bool = True
    reason: str = ""
    model: str = ""
    more: Any = None


@dataclass(frozen=True, slots=True)
class Suggested:
    """All that is suggested for one text, the best of each first; empty: nothing to say."""

    categories: list[Advice] = field(default_factory=list)
    kind: list[Advice] = field(default_factory=list)
    urgency: list[Advice] = field(default_factory=list)
    units: list[Advice] = field(default_factory=list)
    place: list[Advice] = field(default_factory=list)
    similar: list[Advice] = field(default_factory=list)
    knowledge: list[Advice] = field(default_factory=list)
    answers: list[Advice] = field(default_factory=list)
    drafts: list[Advice] = field(default_factory=list)
    check: list[Advice] = field(default_factory=list)
    audit: list[Advice] = field(default_factory=list)
    guess: list[Advice] = field(default_factory=list)

    def by_what(self) -> dict[str, list[Advice]]:
        """Returns what is suggested by the field of the demand that it is for, where there is."""
        found = {
            What.CATEGORY.value: self.categories,
            What.KIND.value: self.kind,
            What.URGENCY.value: self.urgency,
            What.UNIT.value: self.units,
            What.PLACE.value: self.place,
            What.SIMILAR.value: self.similar,
            What.KNOWLEDGE.value: self.knowledge,
            What.ANSWER.value: self.answers,
            What.DRAFT.value: self.drafts,
            What.CHECK.value: self.check,
            What.AUDIT.value: self.audit,
            What.GUESS.value: self.guess,
        }
        return {what: advice for what, advice in found.items() if advice}

    @property
    def slip(self) -> str:
        """What a form carries so that `actions.chosen` knows what was on the screen."""
        said = {what: _told(advice) for what, advice in self.by_what().items()}
        return signing.dumps([secrets.token_hex(8), said], salt=_SALT, compress=True)


def _told(advice: Sequence[Advice]) -> list[Any]:
    values = {one.value: one.confidence for one in reversed(advice[:_MOST])}
    ordered = [*dict.fromkeys(one.value for one in advice[:_MOST])]
    return [advice[0].model, ordered, [_rounded(values[value]) for value in ordered]]


def _rounded(confidence: float | None) -> float | None:
    return None if confidence is None else round(confidence, 3)


def opened(slip: str) -> tuple[str, dict[str, tuple[str, list[str], list[float | None]]]] | None:
    """Returns the round and, by field, the model's version, values and confidences of a slip.

    None for a slip that is old, cut short or nobody's: then nothing is known to have been shown.
    """
    try:
        round_, said = signing.loads(slip, salt=_SALT, max_age=_GOOD_FOR)
    except signing.BadSignature:
        return None
    return round_, {what: (model, values, sure) for what, (model, values, sure) in said.items()}
