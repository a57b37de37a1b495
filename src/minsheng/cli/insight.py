"""`minsheng insight …`: what the platform suggests, and how good its suggestions are."""

import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer

from minsheng.cli import insight_models

app = typer.Typer(
    help="Suggestions: their models and their measured quality.", no_args_is_help=True
)
evaluate = typer.Typer(help="Measure suggestions on texts of your own.", no_args_is_help=True)
app.add_typer(evaluate, name="evaluate")
app.command(epilog="Example: minsheng insight train --user analyst")(insight_models.train)
app.command(epilog="Example: minsheng insight models")(insight_models.models)
app.command(epilog="Example: minsheng insight approve 3 --user supervisor")(insight_models.approve)
app.command(epilog="Example: minsheng insight restore 2 --user supervisor")(insight_models.restore)
app.command(epilog="Example: minsheng insight refuse 3 --user supervisor --reason 道路类太差")(
    insight_models.refuse
)
app.command(epilog="Example: minsheng insight retire 3 --user supervisor --reason 误判增多")(
    insight_models.retire
)


def _speak() -> None:
    """Makes ready to say in words what is found or refused; the database stays as it is."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "minsheng.foundation.settings")
    import django

    django.setup()


def _file(what: str) -> Any:
    return typer.Option(exists=True, dir_okay=False, help=what)


@evaluate.command(epilog="Example: minsheng insight evaluate classifier --data rows.csv --folds 5")
def classifier(
    train: Annotated[Path | None, _file("CSV file to learn from.")] = None,
    test: Annotated[Path | None, _file("CSV file to be tested on.")] = None,
    data: Annotated[Path | None, _file("CSV file to learn from and test by parts.")] = None,
    extra: Annotated[Path | None, _file("CSV file of cut texts to learn from as well.")] = None,
    folds: Annotated[int, typer.Option(min=2, help="Parts of --data, each tested once.")] = 5,
) -> None:
    """Print the classifier's figures, and a plain baseline's, as JSON.

    Either --train and --test, or --data with --folds: CSV files with the columns title, body and
    label. --extra: more rows to learn from, with the columns seg (words between spaces) and label.
    Rows of the test that repeat a training row are left out, extra rows that repeat a test row too.
    """
    if bool(train and test) == bool(data) or bool(train) != bool(test):
        raise typer.BadParameter("give either --train and --test, or --data")
    _speak()
    from minsheng.insight import measuring  # no database

    more = measuring.read_cut(extra) if extra else []
    if data:
        parts = list(measuring.folds(measuring.read(data), folds, more))
        found = {
            "macro_f1": round(sum(part["macro_f1"] for part in parts) / folds, 4),
            "accuracy": round(sum(part["accuracy"] for part in parts) / folds, 4),
            "baseline_macro_f1": round(
                sum(part["baseline"]["macro_f1"] for part in parts) / folds, 4
            ),
            "folds": parts,
        }
    elif train and test:
        found = measuring.measure(measuring.read(train), measuring.read(test), more)
    print(json.dumps(found, ensure_ascii=False, indent=2))


@evaluate.command("replies", epilog="Example: minsheng insight evaluate replies --data replies.csv")
def evaluate_replies(
    data: Annotated[Path, _file("CSV: demand, reply, contacted, petitioner, lacks (codes).")],
) -> None:
    """Print how often the check of replies agrees with people, as JSON."""
    _speak()
    from minsheng.insight import measuring

    print(json.dumps(measuring.replies(data), indent=2))


@app.command(epilog="Example: minsheng insight reply --demand 路灯坏了 --reply 正在处理")
def reply(
    demand: Annotated[str, typer.Option(help="What the petitioner asked.")],
    reply: Annotated[str, typer.Option(help="What the unit answers.")],
) -> None:
    """Print what a reply lacks, as JSON; an empty list where nothing was found."""
    _speak()
    from minsheng.insight import replies

    found = [finding._asdict() for finding in replies.check(demand, reply)]
    print(json.dumps(found, ensure_ascii=False, indent=2))


@evaluate.command(
    epilog="Example: minsheng insight evaluate duplicates --messages m.csv --pairs p.csv"
)
def duplicates(
    messages: Annotated[
        Path, typer.Option(exists=True, dir_okay=False, help="CSV: id, user, title, time, body.")
    ],
    pairs: Annotated[
        Path, typer.Option(exists=True, dir_okay=False, help="CSV: qid, cid, label (1, 0, ?).")
    ],
    pairs_test: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="More pairs, told apart.")
    ] = None,
    folds: Annotated[
        int | None, typer.Option(min=2, help="Parts of --pairs, by matter, each tested once.")
    ] = None,
) -> None:
    """Print how well duplicates are told, on pairs that people judged, as JSON.

    --folds shows as well how weights do that were not learned from the pairs they are measured on.
    """
    _speak()
    from minsheng.insight.duplicates import fitting, measuring, reading

    collection = measuring.Collection(reading.messages(messages))
    judged = reading.pairs(pairs)
    found = {"dev": measuring.measure(collection, judged)}
    if folds:
        found["cross_validated"] = fitting.cross_validated(collection, judged, folds)
    if pairs_test:
        found["test"] = measuring.measure(collection, reading.pairs(pairs_test))
    print(json.dumps(found, indent=2))


@app.command(epilog="Example: minsheng insight weigh-duplicates --messages m.csv --pairs p.csv")
def weigh_duplicates(
    messages: Annotated[Path, _file("CSV: id, user, title, time, body.")],
    pairs: Annotated[Path, _file("CSV: qid, cid, label (1, 0, ?).")],
) -> None:
    """Print the weights of likenesses that judged pairs teach, as JSON: weights.json is made so."""
    _speak()
    from minsheng.insight.duplicates import fitting, reading

    found = fitting.shipped(reading.messages(messages), reading.pairs(pairs))
    print(json.dumps(found, indent=2))


@evaluate.command(epilog="Example: minsheng insight evaluate places --texts told.csv")
def places(
    texts: Annotated[Path, _file("CSV: text, district, place, area (codes; may be empty).")],
    city: Annotated[str, typer.Option(help="Folder of the city whose gazetteer is used.")] = (
        "binhai"
    ),
) -> None:
    """Print how often the place that a text means is found, as JSON."""
    _speak()
    from minsheng.foundation import cities
    from minsheng.insight import placing

    found = placing.measure(placing.of_files(cities.folder(city)), placing.texts(texts))
    print(json.dumps(found, ensure_ascii=False, indent=2))


@evaluate.command(
    epilog="Example: minsheng insight evaluate events --messages m.csv --events events.json"
)
def events(
    messages: Annotated[
        Path, typer.Option(exists=True, dir_okay=False, help="CSV: id, user, title, time, body.")
    ],
    events: Annotated[
        Path, typer.Option(exists=True, dir_okay=False, help="JSON: name of an event → ids.")
    ],
) -> None:
    """Gather all messages into events; print how well known events came out, as JSON.

    The file of events is read only after everything was gathered.
    """
    _speak()
    from minsheng.insight.duplicates import reading
    from minsheng.insight.events import gathering, measuring

    read = reading.messages(messages)
    gathered = gathering.gather(read)
    known = reading.events(events)
    keys = [message.key for message in read]
    print(json.dumps(measuring.measure(keys, gathered, known), indent=2))


@evaluate.command(epilog="Example: minsheng insight evaluate warnings --days 42 --plant 10")
def warnings(
    days: Annotated[
        int, typer.Option(min=7, help="Days until now, or until the calendar ends.")
    ] = (42),
    demands: Annotated[int, typer.Option(min=0, help="How many ordinary demands come in.")] = 6000,
    plant: Annotated[int, typer.Option(min=1, help="How many events are planted.")] = 10,
    seed: Annotated[int, typer.Option(help="The same seed gives the same demands.")] = 1,
) -> None:
    """Plant events among ordinary demands of the simulator; print when warnings came, as JSON.

    Meant for a data folder of its own: the demands are taken back in the end, but their numbers
    are used up. Warnings of what three or more people told of count as right, all others as false.
    """
    from minsheng.cli.output import progress
    from minsheng.cli.runtime import ready

    ready()
    from minsheng.foundation import alone
    from minsheng.simulator.planting import rehearse
    from minsheng.simulator.simulate import last_days

    with alone.city(), progress("Demands", demands) as advance:
        heard = rehearse(last_days(days), demands, plant, seed, lambda accepted: advance(1))
    print(json.dumps(heard.figures(), ensure_ascii=False, indent=2))
