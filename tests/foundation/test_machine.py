"""A container is told apart from the machine that it runs on."""

import os
from pathlib import Path

import pytest

from minsheng.foundation import machine


@pytest.fixture
def group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(machine, "_GROUP", tmp_path)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _process: set(range(8)), raising=False)
    return tmp_path


@pytest.mark.parametrize(
    ("limit", "expected"),
    [("max 100000", 8), ("250000 100000", 2), ("50000 100000", 1), ("1600000 100000", 8)],
)
def test_processors_are_those_of_the_container(group: Path, limit: str, expected: int) -> None:
    (group / "cpu.max").write_text(limit + "\n")
    assert machine.processors() == expected


def test_without_a_container_all_processors_that_are_ours_count(group: Path) -> None:
    assert machine.processors() == 8


def test_memory_is_that_of_the_container(group: Path) -> None:
    whole = machine.memory()
    (group / "memory.max").write_text("1073741824\n")
    assert machine.memory() == 1 << 30 < whole
    (group / "memory.max").write_text("max\n")
    assert machine.memory() == whole
