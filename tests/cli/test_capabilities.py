"""`docs/capabilities.md` says where each capability is served; whatever it names must be there."""

import ast
import re
from pathlib import Path

import pytest
import typer
from django.urls import get_resolver

from minsheng.cli import app
from minsheng.directory.permissions import PERMISSIONS

ROOT = Path(__file__).resolve().parents[2]
ROW = re.compile(r"\| (\d+) \| ([^|]+) \| `([^`]+)` \| `([^`]+)` \| `([^`]+)` \|")
TEXT = (ROOT / "docs" / "capabilities.md").read_text(encoding="utf-8")
ROWS = [match.groups() for match in map(ROW.fullmatch, TEXT.splitlines()) if match]


def test_every_line_of_the_table_is_read():
    assert len(ROWS) == sum(1 for line in TEXT.splitlines() if re.match(r"\| \d", line)) > 50


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_what_a_capability_names_is_there(row):
    _number, _what, page, action, test = row
    if page.startswith("minsheng "):
        assert is_command(page.split()[1:]), page
    else:
        room, name = page.split(":")
        assert get_resolver().namespace_dict[room][1].reverse_dict.getlist(name), page
    assert action in PERMISSIONS
    file, name = test.split("::")
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, test


def test_each_row_stands_once():
    numbers = [int(row[0]) for row in ROWS]
    assert numbers == sorted({*numbers})


def is_command(words: list[str]) -> bool:
    command = typer.main.get_command(app)
    for word in words:
        command = getattr(command, "commands", {}).get(word)
        if command is None:
            return False
    return True
