"""The commands, on a data folder of their own, as a city's operator runs them."""

import csv
import io
import json
import subprocess
import sys

import pytest

HISTORY = """\
order_no,demand_no,accepted_at,channel,unit,assigned_at,due_at,completed_at,evaluated,satisfaction
G1,S1,2018-03-01 09:00,phone,桥梁一处,2018-03-01 10:00,2018-03-08 10:00,2018-03-05 10:00,1,satisfied
G2,S2,2018-03-02 09:00,phone,桥梁一处,2018-03-02 10:00,2018-03-09 10:00,2018-03-10 10:00,,
G3,S3,2018-04-02 09:00,web,桥梁二处,2018-04-02 10:00,2018-04-09 10:00,,,
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("home")

    def run(*arguments, code=0):
        done = subprocess.run(
            [sys.executable, "-m", "minsheng", *arguments],
            env={"MINSHENG_HOME": str(folder / "home"), "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
        )
        assert done.returncode == code, done.stderr
        return done.stdout if code == 0 else done.stderr

    (folder / "history.csv").write_text(HISTORY)
    run("import", "orders", str(folder / "history.csv"))
    return run


def read(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_figures_come_out_of_a_fresh_history(run):
    codes = ["due_count", "on_time_completion_rate", "satisfaction_rate"]
    out = run(
        "indicators", "compute", *codes, "--by", "unit", "--period", "2018H1", "--format", "csv"
    )
    assert out.splitlines()[0] == f"unit,{','.join(codes)}"
    assert read(out) == [
        dict(zip(["unit", *codes], row, strict=True))
        for row in (["桥梁一处", "2", "0.5", "1.0"], ["桥梁二处", "1", "0.0", ""])
    ]


def test_filters_and_comparisons(run):
    out = run(
        *["indicators", "compute", "accepted_count", "completion_rate", "--by", "channel,month"],
        *[
            "--period",
            "2018-03",
            "--compare",
            "last_year",
            "--where",
            "channel=phone",
            "--format",
            "json",
        ],
    )
    assert json.loads(out) == [
        {
            "channel": "phone",
            "month": "2018-03",
            "accepted_count": 2,
            "completion_rate": 1.0,
            "accepted_count_before": 0,
            "accepted_count_change": None,
            "completion_rate_before": None,
            "completion_rate_change": None,
        }
    ]
    table = run(
        *["indicators", "compute", "accepted_count", "completion_rate", "--period", "2018H1"]
    )
    assert "66.67%" in table


def test_facts_are_kept_and_checked(run):
    run("facts", "refresh")
    assert "equal the database" in run("facts", "check")
    (status,) = json.loads(run("facts", "status", "--format", "json"))
    assert status["assignments_rows"] == 3
    assert status["changed_demands"] == 0
    assert "assignments" in run("facts", "rebuild")


@pytest.mark.parametrize(
    "arguments",
    [
        "compute due_count --period 2018H3",
        "compute due_cuont --period 2018",
        "compute due_count --period 2018 --by colour",
        "compute due_count --period 2018 --where unit",
        "compute due_count --period 2018 --as-of yesterday",
        "compute due_count --period 2018 --engine oracle",
        "show no_such_thing",
    ],
)
def test_bad_input_is_one_clear_line(run, arguments):
    error = run("indicators", *arguments.split(), code=2)
    assert len(error.strip().splitlines()) == 1
    assert "Traceback" not in error


def test_list_and_show_need_no_database(run):
    listed = read(run("indicators", "list", "--format", "csv"))
    assert {"code": "due_count", "name": "应办理数"}.items() <= {
        row["code"]: row for row in listed
    }["due_count"].items()
    assert "办结时限在本期" in run("indicators", "show", "due_count")
