import json
from datetime import UTC, date, datetime

import pytest

from minsheng.cli import output
from minsheng.cli.output import Format

ROWS = [
    {"name": "市城管局", "due": datetime(2026, 9, 30, 2, tzinfo=UTC), "rate": 0.5, "unused": 1},
    {"name": 'a "b", c', "due": None, "days": [date(2026, 10, 1)]},
]
COLUMNS = ["name", "due", "rate", "days"]


def test_json_keeps_types_and_names_moments_in_the_hotlines_zone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    output.rows(ROWS, COLUMNS, Format.JSON)
    assert json.loads(capsys.readouterr().out) == [
        {"name": "市城管局", "due": "2026-09-30T10:00:00+08:00", "rate": 0.5, "days": None},
        {"name": 'a "b", c', "due": None, "rate": None, "days": ["2026-10-01"]},
    ]


def test_csv_quotes_what_needs_it(capsys: pytest.CaptureFixture[str]) -> None:
    output.rows(ROWS, COLUMNS, Format.CSV)
    assert capsys.readouterr().out == (
        "name,due,rate,days\n"
        "市城管局,2026-09-30T10:00:00+08:00,0.5,\n"
        '"a ""b"", c",,,"[""2026-10-01""]"\n'
    )


def test_table_shows_every_value_and_takes_no_mark_up(capsys: pytest.CaptureFixture[str]) -> None:
    output.rows([{"name": "[red]路灯[/red]" + "长" * 300}], ["name"], Format.TABLE)
    assert "[red]路灯[/red]" + "长" * 300 in capsys.readouterr().out


def test_progress_away_from_a_terminal_is_a_line_now_and_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with output.progress("Importing", total=3) as advance:
        advance()
        monkeypatch.setattr(output, "QUIET_STEP", 0.0)
        advance(2)
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == "Importing: 3 of 3\n"
