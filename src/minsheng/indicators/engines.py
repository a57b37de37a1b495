"""The engines that compute indicators: DuckDB inside the process, or a Spark session.

`MINSHENG_ENGINE` chooses: `duckdb` (default), `spark` (a session on this machine) or
`spark://host:port` (a cluster, which has to see the data folder under the same path).
"""

import os
import threading
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import ibis
from django.utils.translation import gettext as _

from minsheng.foundation.errors import Invalid, Refused
from minsheng.indicators import store
from minsheng.indicators.store import Manifest

DUCKDB, SPARK = "duckdb", "spark"

#: The rows that a query finds, by column.
Answer = list[dict[str, Any]]

# A connection serves one thread; each thread keeps the tables of the facts that it used last.
_kept = threading.local()


class EngineUnavailable(Refused):
    """The engine cannot be started; the message says what it lacks."""

    status = 503


def chosen(engine: str | None = None) -> str:
    """Returns the engine that was asked for, or that the environment names.

    Raises Invalid for one that does not exist.
    """
    name = engine or os.environ.get("MINSHENG_ENGINE") or DUCKDB
    if name in (DUCKDB, SPARK) or name.startswith("spark://"):
        return name
    raise Invalid(
        "unknown_engine",
        _("没有名为“%s”的计算引擎；请用 duckdb、spark 或 spark://主机:端口。") % name,
    )


def tables(manifest: Manifest, engine: str | None = None) -> dict[str, ibis.Table]:
    """Returns the tables that a manifest names, for queries in this thread."""
    name = chosen(engine)
    key = (name, manifest.version)
    if getattr(_kept, "key", None) != key:
        files = {
            table: [str(store.folder() / part.file) for part in months.values()]
            for table, months in manifest.parts.items()
        }
        _kept.tables = in_duckdb(files) if name == DUCKDB else _spark(files, name)
        _kept.key = key
    return dict(_kept.tables)


def answers(queries: Iterable[ibis.Table]) -> Iterator[Answer]:
    """Yields the rows that each query finds. DuckDB runs one while the next is put together."""
    with ThreadPoolExecutor(1, "query") as pool:
        running = [pool.submit(_run, query, _sql(query)) for query in queries]
        for one in running:
            yield one.result()


def _sql(query: ibis.Table) -> str:
    """Returns a query in DuckDB's words, empty for another engine."""
    backend = query.get_backend()
    return str(ibis.to_sql(query)) if backend.name == DUCKDB else ""


def _run(query: ibis.Table, sql: str) -> Answer:
    if sql:
        # DuckDB sums up in 128 bits, which Arrow has only as decimals.
        found = query.get_backend().con.sql(sql).to_arrow_table()
        found = found.cast(query.schema().to_pyarrow())
    else:
        found = query.to_pyarrow()
    rows: Answer = found.to_pylist()
    return rows


def in_duckdb(files: Mapping[str, Sequence[str]]) -> dict[str, ibis.Table]:
    """Returns tables that read these files, by the table's name."""
    backend = ibis.duckdb.connect()
    # A file never changes once it is written.
    backend.raw_sql("SET parquet_metadata_cache = true")
    return {
        table: backend.read_parquet(paths, table_name=table, hive_partitioning=False)
        for table, paths in files.items()
    }


def _spark(files: dict[str, list[str]], name: str) -> dict[str, ibis.Table]:
    session = _session("local[*]" if name == SPARK else name)
    backend = ibis.pyspark.connect(session)
    for table, paths in files.items():
        session.read.parquet(*paths).createOrReplaceTempView(f"minsheng_{table}")
    return {table: backend.table(f"minsheng_{table}") for table in files}


def _session(master: str) -> Any:
    """Returns the Spark session of this process, started on first use."""
    # pyspark warns of every pandas newer than itself; we hand it no pandas.
    warnings.filterwarnings("ignore", category=FutureWarning, module="pyspark")
    try:
        from pyspark.sql import SparkSession

        session = (
            SparkSession.builder.master(master)
            .appName("minsheng")
            # Facts are in the city's time without a zone; any zone without summer time will do.
            .config("spark.sql.session.timeZone", "UTC")
            .config("spark.ui.enabled", "false")
            .config("spark.ui.showConsoleProgress", "false")
            .getOrCreate()
        )
    except ImportError:
        raise EngineUnavailable(
            "no_spark", _("没有安装 Spark；请安装 minsheng[spark]，或改用 duckdb。")
        ) from None
    except Exception as error:
        reason = " ".join(str(error).split())[:200]
        raise EngineUnavailable(
            "spark_failed", _("无法启动 Spark（%s）；请检查 Java 17 和集群地址。") % reason
        ) from None
    session.sparkContext.setLogLevel("ERROR")
    return session
