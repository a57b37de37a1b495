"""Every indicator is the same on DuckDB and on Spark."""

import shutil
from importlib.util import find_spec

import pytest

from indicators.made import made_files
from minsheng.foundation.errors import Invalid
from minsheng.indicators import engines
from minsheng.indicators.compute import compute
from minsheng.indicators.definitions import INDICATORS
from minsheng.indicators.dimensions import DIMENSIONS

pytestmark = pytest.mark.timeout(900)  # Spark takes its time on a busy machine

# Besides the whole: by dimensions of every sort, several at once, because a query costs Spark much.
BY = {
    "demands": [["unit", "month", "category1", "channel", "is_public"]],
    "assignments": [["unit_group", "accepted_month", "part"], ["district", "week", "hour"]],
    "follow_ups": [["reason", "quarter", "category"]],
    "calls": [["direction", "line", "day"]],
    "proceedings": [["unit_group", "month", "proceeding", "register"]],
    "seats": [],
}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return made_files(tmp_path_factory.mktemp("facts"), 1500)


@pytest.fixture(scope="module")
def duckdb(files):
    return engines.in_duckdb(files)


@pytest.fixture(scope="module")
def spark(files):
    if not shutil.which("java") or not find_spec("pyspark"):
        pytest.skip("no Java or no pyspark here: indicators were not computed on Spark")
    session = engines._session("local[1]")
    for option, value in {"shuffle.partitions": "1", "codegen.wholeStage": "false"}.items():
        session.conf.set(f"spark.sql.{option}", value)
    yield engines._spark(files, "spark")
    session.stop()


def codes_of(table):
    return [code for code, one in INDICATORS.items() if one.base.table == table]


def test_every_indicator_is_the_same_on_spark(duckdb, spark):
    told = 0
    for table, splits in BY.items():
        for by in [[], *splits]:
            results = [
                compute(codes_of(table), by=by, period="2018H1", tables=tables)
                for tables in (duckdb, spark)
            ]
            assert results[0] == results[1], (table, by)
            told += len(results[0])
    (row,) = compute(list(INDICATORS), period="2018H1", tables=duckdb)
    empty = [code for code, value in row.values.items() if not value.value]
    assert not empty, f"these came to nothing, so nothing was compared: {empty}"
    assert told > 300


def test_filters_are_the_same_on_spark(duckdb, spark):
    for where in (
        {"unit": ["unit3", "code2"], "accepted_month": ["2018-02", "2018-03"]},
        {"part": ["lead", "assist"], "excluded": [0], "quarter": ["2018Q1"]},
    ):
        results = [
            compute(
                ["due_count", "on_time_completion_rate", "work_order_count"],
                by=["unit_group"],
                period="2018",
                where=where,
                tables=tables,
            )
            for tables in (duckdb, spark)
        ]
        assert results[0] == results[1]
        assert results[0]


def test_every_dimension_can_be_computed_by(duckdb):
    firsts = {(one.base.table, one.period): code for code, one in reversed(INDICATORS.items())}
    one_each = {table: code for (table, _rule), code in firsts.items()}
    for dimension in DIMENSIONS.values():
        having = [table for table in BY if dimension.applies(duckdb[table])]
        assert having, dimension.code
        for table, code in one_each.items():
            asked = {"by": [dimension.code], "period": "2018", "tables": duckdb}
            if table in having:
                assert compute([code], **asked)
            else:
                with pytest.raises(Invalid, match=dimension.name):
                    compute([code], **asked)


@pytest.mark.parametrize("name", ["hadoop", "spark:/cluster", "DUCKDB"])
def test_an_unknown_engine_is_refused(name, monkeypatch):
    monkeypatch.setenv("MINSHENG_ENGINE", name)
    with pytest.raises(Invalid, match=name):
        engines.chosen()
