"""Getting ready, alone and together."""

import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

READY = "from minsheng.cli.runtime import ready; ready(); ready()"


@pytest.mark.timeout(900)
def test_two_commands_on_a_fresh_folder_get_ready_together(tmp_path: Path) -> None:
    environment = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    both = [
        subprocess.Popen(
            [sys.executable, "-c", READY],
            env=environment | {"MINSHENG_HOME": str(tmp_path)},
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    said = "".join(process.communicate(timeout=400)[1] for process in both)
    assert [process.returncode for process in both] == [0, 0], said
    assert said.count("Making the database") == 1
    assert said.count("up to date") == 1  # one of them migrated, once


@pytest.mark.django_db
def test_tables_and_models_agree() -> None:
    call_command("makemigrations", check=True, dry_run=True, stdout=StringIO())
