"""`minsheng evaluate --table` needs no database: it runs in a process of its own, without one."""

import os
import subprocess
import sys
from pathlib import Path

TABLE = """\
unit,due,handled,overdue,rework,satisfaction_rate
桥梁一处,100,100,2,1,97.49%
"""


def test_a_table_is_scored_by_the_command(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text(TABLE, encoding="utf-8")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "minsheng", "evaluate", "--scheme", "yueyang"),
            *("--table", str(path), "--format", "csv"),
        ],
        env={**os.environ, "MINSHENG_HOME": str(tmp_path / "home"), "DATABASE_URL": ""},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    head, row = done.stdout.splitlines()[:2]
    assert head.startswith("unit,completion_rate,on_time_rate")
    # 0.3 · 100 + 0.3 · 98 + 0.2 · 99 + 0.2 · 97.49 = 98.698
    assert row.startswith("桥梁一处,100.00%,98.00%,1.00%,97.49%,98.7,A")
    assert not (tmp_path / "home").exists()
