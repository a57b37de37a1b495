"""Reading stored evaluations."""

from collections.abc import Sequence

from minsheng.evaluation.models import Evaluation, Result
from minsheng.indicators.periods import Period


def latest(scheme: str, period: Period) -> Evaluation | None:
    """Returns the last revision of a period, draft or published."""
    return (
        Evaluation.objects.filter(scheme=scheme, period=str(period)).order_by("-revision").first()
    )


def current(scheme: str, period: Period) -> Evaluation | None:
    """Returns the revision that counts: the last one that was published."""
    return (
        Evaluation.objects.filter(
            scheme=scheme, period=str(period), state=Evaluation.State.PUBLISHED
        )
        .order_by("-revision")
        .first()
    )


def before(scheme: str, period: Period) -> Evaluation | None:
    """Returns what a period is compared with: the period before, as published."""
    return current(scheme, period.previous())


def results(evaluation: Evaluation | None) -> Sequence[Result]:
    """Returns the results, the best first and those not scored last; none without evaluation."""
    if evaluation is None:
        return []
    return sorted(
        evaluation.results.select_related("evaluation"),
        key=lambda result: (
            result.composite is None,
            -(result.composite or 0),
            result.unit_name,
        ),
    )
