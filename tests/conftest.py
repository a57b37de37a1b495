"""A throw-away PostgreSQL and data folder for the whole run; one database for each worker.

Imported before Django's settings are, because they read the environment.
"""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from minsheng.foundation import embedded

_worker = os.environ.get("PYTEST_XDIST_WORKER")
_made: Path | None = None

if _worker is None:
    # The first process; workers find what it sets in their environment.
    _made = Path(tempfile.mkdtemp(prefix="minsheng-test-"))
    os.environ["MINSHENG_HOME"] = str(_made)
    if not os.environ.get("DATABASE_URL"):
        _socket = embedded.use(_made, durable=False)
        os.environ["DATABASE_URL"] = f"postgresql://{embedded.USER}@/minsheng?host={_socket}"
else:
    os.environ["MINSHENG_HOME"] = str(Path(os.environ["MINSHENG_HOME"]) / _worker)


def pytest_unconfigure(config: pytest.Config) -> None:
    if _made is not None:
        embedded.release(_made)
        shutil.rmtree(_made, ignore_errors=True)
