"""`minsheng insight train|models|approve|…`: versions of the model that suggests."""

from typing import Annotated

import typer

from minsheng.cli import runtime
from minsheng.cli.output import Format, FormatOption, progress, rows

Number = Annotated[int, typer.Argument(metavar="NUMBER", help="As `minsheng insight models` says.")]
User = Annotated[str, typer.Option(metavar="NAME", help="Who decides: somebody's user name.")]


def train(
    user: Annotated[
        str, typer.Option(metavar="NAME", help="Who wishes it; the system by default.")
    ] = "",
) -> None:
    """Train a version on the city's own demands and print its report; it then awaits approval."""
    runtime.ready()
    import json

    from minsheng.directory.access import SYSTEM, of_post
    from minsheng.directory.actions import post_of
    from minsheng.foundation import alone
    from minsheng.foundation.errors import Conflict
    from minsheng.insight import jobs
    from minsheng.insight.learning import actions

    actor = of_post(post_of(user)) if user else SYSTEM
    with alone.job("train") as free:
        if not free:
            raise Conflict("busy", "A training or a simulated life is under way: try again later.")
        version = actions.request_training(actor)
        with progress(f"Training {version.ref}", 100) as advance:
            done = 0

            def heard(share: float) -> None:
                nonlocal done
                advance(int(share * 100) - done)
                done = int(share * 100)

            jobs.train_requested(heard)
    version.refresh_from_db()
    if version.state == version.State.FAILED:
        raise Conflict("failed", version.why_failed)
    print(json.dumps({"version": version.ref, **version.report}, ensure_ascii=False, indent=2))


def models(format: FormatOption = Format.TABLE) -> None:
    """List the versions of the model: their state, and how often they were right."""
    runtime.ready()
    from minsheng.insight.models import ModelVersion

    columns = ["version", "state", "rows", "accuracy", "macro_f1", "requested_by", "requested_at"]
    columns += ["decided_by", "decided_at", "failure"]
    rows(
        (
            {
                **{name: getattr(one, name) for name in columns if hasattr(one, name)},
                "version": one.ref,
                "accuracy": one.report.get("categories", {}).get("accuracy"),
                "macro_f1": one.report.get("categories", {}).get("macro_f1"),
            }
            for one in ModelVersion.objects.order_by("-number")
        ),
        columns,
        format,
    )


def approve(number: Number, user: User) -> None:
    """Let a trained version serve; not by who asked for it."""
    _decide("approve", number, user)


def restore(number: Number, user: User) -> None:
    """Let a version serve again that served before."""
    _decide("restore", number, user)


def refuse(
    number: Number, user: User, reason: Annotated[str, typer.Option(help="Why it may not serve.")]
) -> None:
    """Send a trained version back."""
    _decide("refuse", number, user, reason=reason)


def retire(
    number: Number, user: User, reason: Annotated[str, typer.Option(help="Why it ends.")]
) -> None:
    """Take the serving version out of use; the catalogue's keywords speak from then on."""
    _decide("retire", number, user, reason=reason)


def _decide(verb: str, number: int, user: str, **given: str) -> None:
    runtime.ready()
    from minsheng.directory.access import of_post
    from minsheng.directory.actions import post_of
    from minsheng.insight.learning import actions

    version = getattr(actions, verb)(of_post(post_of(user)), number, **given)
    print(f"{version.ref}: {version.state}")
