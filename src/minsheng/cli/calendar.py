"""`minsheng calendar …`: the working calendar, shown and kept by an administrator."""

import os
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from minsheng.cli import runtime
from minsheng.cli.output import Format, FormatOption, rows

if TYPE_CHECKING:
    from minsheng.foundation.calendar import WorkingCalendar

app = typer.Typer(
    help="Show the working calendar; enter years, days and hours.", no_args_is_help=True
)


class DayIs(StrEnum):
    OFF = "off"
    WORK = "work"
    OFFICIAL = "official"


DayArgument = Annotated[str, typer.Argument(metavar="DATE", help="Such as 2026-11-23.")]


def current() -> "WorkingCalendar":
    """Returns the city's calendar, or the official one where there is no database yet."""
    from minsheng.foundation import home

    if os.environ.get("DATABASE_URL") or (home.folder() / "pg").exists():
        runtime.ready(city=False)
        from minsheng.foundation.city_calendar import stored

        return stored()

    from minsheng.foundation.calendar import WorkingCalendar

    runtime.without_database()
    return WorkingCalendar()


@app.command(epilog="Example: minsheng calendar show 2026")
def show(
    year: Annotated[int, typer.Argument(min=1, max=9998)],
    format: FormatOption = Format.TABLE,
) -> None:
    """List the days of a year that are not what their weekday says."""
    from minsheng.foundation.calendar import plain

    calendar = current()
    first = date(year, 1, 1)
    days = [first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days)]
    found = [(day, calendar.day(day)) for day in days]
    rows(
        (
            {
                "date": day,
                "weekday": f"{day:%a}",
                "day": DayIs.WORK if rule.is_workday else DayIs.OFF,
                "name": rule.name,
            }
            for day, rule in found
            if rule != plain(day)
        ),
        ["date", "weekday", "day", "name"],
        format,
    )
    runtime.say(f"{year} has {sum(rule.is_workday for _, rule in found)} working days.")


@app.command(
    epilog="Example: minsheng calendar enter 2027 days.csv --source '国办发明电〔2026〕…号'"
)
def enter(
    year: int,
    file: Annotated[
        Path,
        typer.Argument(
            exists=True,
            dir_okay=False,
            help="CSV with the columns date, day (off or work) and name: 2027-01-01,off,元旦",
        ),
    ],
    source: Annotated[str, typer.Option(help="The notice that the days come from.")],
) -> None:
    """Enter a year that the software does not know yet, as a whole.

    Its weekends are off and its other days are working days, except for the days listed. The last
    days of the December before may be listed too.
    """
    runtime.ready(city=False)
    from minsheng.foundation import city_calendar
    from minsheng.foundation.journal import Signature

    days = city_calendar.read_days(file.read_bytes())
    city_calendar.enter_year(year, days, source, Signature("system", "admin"))
    print(f"Entered {year}: {len(days)} days listed.")


@app.command(epilog="Example: minsheng calendar override 2026-11-23 off 台风")
def override(
    day: DayArgument,
    is_: Annotated[DayIs, typer.Argument(metavar="[off|work|official]")],
    name: Annotated[str, typer.Argument(help="Why, in words for people.")] = "",
) -> None:
    """Declare a day off or working in this city; `official` takes that back."""
    runtime.ready(city=False)
    from minsheng.foundation import city_calendar
    from minsheng.foundation.calendar import Day
    from minsheng.foundation.journal import Signature

    by = Signature("system", "admin")
    if is_ is DayIs.OFFICIAL:
        city_calendar.withdraw(_date(day), by)
    else:
        city_calendar.override(_date(day), Day(is_ is DayIs.WORK, name), by)
    print(f"{day} is {is_}.")


@app.command(epilog="Example: minsheng calendar hours 2026-06-01 '8:30-12:00 14:30-18:00'")
def hours(
    day: DayArgument,
    spans: Annotated[str, typer.Argument(help="Opening and closing, within one day.")],
) -> None:
    """Set the working hours from a date on, until the next such date."""
    runtime.ready(city=False)
    from minsheng.foundation import city_calendar
    from minsheng.foundation.calendar import parse_spans
    from minsheng.foundation.journal import Signature

    city_calendar.set_hours(_date(day), parse_spans(spans), Signature("system", "admin"))
    print(f"From {day} the hours are {spans}.")


def _date(text: str) -> date:
    from minsheng.foundation.errors import Invalid

    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid("date_malformed", f"{text}: not a date such as 2026-11-23.") from None
