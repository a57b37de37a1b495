"""Every command explains itself, and quickly."""

import subprocess
import sys
from collections.abc import Iterator

import pytest
import typer
from typer.testing import CliRunner

from minsheng.cli import app


def paths(command: object, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield path
        return
    for name, member in inner.items():
        yield from paths(member, (*path, name))


COMMANDS = [(), *paths(typer.main.get_command(app))]


def help_of(path: tuple[str, ...]) -> str:
    result = CliRunner().invoke(app, [*path, "--help"], terminal_width=200)
    assert result.exit_code == 0
    return result.output


@pytest.mark.parametrize("path", COMMANDS, ids=lambda path: " ".join(path) or "minsheng")
def test_shows_an_example_that_calls_it(path: tuple[str, ...]) -> None:
    assert " ".join(["Example: minsheng", *path]) in help_of(path)


@pytest.mark.parametrize("path", COMMANDS[1:], ids=" ".join)
def test_every_option_says_what_it_is_for(path: tuple[str, ...]) -> None:
    command: object = typer.main.get_command(app)
    for name in path:
        command = command.commands[name]  # type: ignore[attr-defined]
    for parameter in command.params:  # type: ignore[attr-defined]
        if parameter.param_type_name == "option":
            assert parameter.help, f"{' '.join(path)}: {parameter.name}"


def test_help_needs_no_database_layer() -> None:
    """Django's ORM takes longer to import than everything else here together."""
    code = "import sys, minsheng.cli; sys.exit('django.db' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
