"""`minsheng followups …`: double-random samples, drawn and proved."""

from datetime import date
from typing import Annotated

import typer

from minsheng.cli import runtime
from minsheng.cli.output import Format, FormatOption, rows

app = typer.Typer(
    help="Whom the hotline asks afterwards, and what waits to be sent.", no_args_is_help=True
)


@app.command(
    epilog="Example: minsheng followups sample --from 2026-03-02 --to 2026-03-08 --seed 20260309"
)
def sample(
    number: Annotated[
        int | None, typer.Argument(metavar="[ID]", help="A draw on record, to be repeated.")
    ] = None,
    first: Annotated[str, typer.Option("--from", metavar="DATE", help="Completed from …")] = "",
    last: Annotated[str, typer.Option("--to", metavar="DATE", help="… to, included.")] = "",
    seed: Annotated[str, typer.Option(help="Any text; the same one draws the same.")] = "",
    share: Annotated[
        list[str] | None,
        typer.Option(metavar="RULE=SHARE", help="Another share for a rule, such as company=0.3."),
    ] = None,
    store: Annotated[
        bool, typer.Option("--store", help="Keep the draw; those drawn are then asked.")
    ] = False,
    format: FormatOption = Format.TABLE,
) -> None:
    """Draw a double-random sample, or repeat one on record from its seed and lists.

    Half of what is drawn is a continuous block of the sorted numbers, half is scattered; each
    number has the same chance. A draw on record that does not come out alike is refused.
    """
    runtime.ready()
    from minsheng.directory.access import SYSTEM
    from minsheng.followups import sampling
    from minsheng.followups.models import Sample
    from minsheng.foundation.errors import Conflict, Invalid, NotFound

    if number is not None:
        row = Sample.objects.filter(pk=number).first()
        if row is None:
            raise NotFound("not_found", f"There is no draw {number} on record.")
        if wrong := sampling.again(row):
            raise Conflict(
                "not_alike", f"Draw {number} does not come out alike: {', '.join(wrong)}"
            )
        groups, seed = row.groups, row.seed
    else:
        days = [_day(first), _day(last or first)]
        shares = dict(_share(one) for one in share or ())
        if store:
            kept = sampling.sample(SYSTEM, *days, seed=seed, shares=shares)
            if kept is None:
                raise Invalid("nobody", "Nobody can be drawn on these days.")
            groups, seed = kept.groups, kept.seed
            runtime.say(f"Draw {kept.pk} is on record.")
        elif not seed:
            raise typer.BadParameter("--seed is needed, unless the draw is kept with --store")
        else:
            sampling.check_days(*days)
            groups = sampling.groups_of(sampling.candidates(*days), seed, shares)
    rows(
        [
            {"number": drawn, "rule": group["rule"], "part": part}
            for group in groups
            for part in ("block", "scattered")
            for drawn in group[part]
        ],
        ["number", "rule", "part"],
        format,
    )
    for group in groups:
        drawn = len(sampling.drawn_in(group))
        runtime.say(
            f"{group['rule'] or '(rest)'}: {drawn} of {len(group['population'])}"
            f" at {group['share']:g}, seed {seed}"
        )


def _day(text: str) -> date:
    from minsheng.foundation.errors import Invalid

    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid("bad_date", f"“{text}” is not a date such as 2026-03-02.") from None


def _share(text: str) -> tuple[str, float]:
    from minsheng.foundation.errors import Invalid

    rule, _is, value = text.partition("=")
    try:
        return rule, float(value)
    except ValueError:
        raise Invalid("bad_share", f"“{text}” is not such as company=0.3.") from None


@app.command(epilog="Example: minsheng followups outbox")
def outbox(format: FormatOption = Format.TABLE) -> None:
    """List the messages that wait for a gateway, with the address that each leads to."""
    runtime.ready()
    from minsheng.followups.links import token
    from minsheng.followups.models import Message

    waiting = Message.objects.filter(state=Message.State.WAITING).order_by("at", "pk")
    rows(
        (
            {
                "at": one.at,
                "channel": one.channel,
                "to": one.to.phone_mask,
                "address": f"/portal/evaluate/{token(one.link)}",
            }
            for one in waiting.select_related("to", "link")
        ),
        ["at", "channel", "to", "address"],
        format,
    )
