"""A throw-away PostgreSQL and data folder for the whole run; one database for each worker.

Imported before Django's settings are, because they read the environment.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from minsheng.foundation import embedded


def _prepare() -> None:
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker:  # what the first process set is in our environment
        os.environ["MINSHENG_HOME"] = str(Path(os.environ["MINSHENG_HOME"]) / worker)
        return
    home = Path(tempfile.mkdtemp(prefix="minsheng-test-"))
    os.environ["MINSHENG_HOME"] = str(home)
    if not os.environ.get("DATABASE_URL"):
        socket_folder = embedded.use(home, durable=False)
        os.environ["DATABASE_URL"] = (
            f"postgresql://{embedded.USER}@/{embedded.DATABASE}?host={socket_folder}"
        )

    def remove() -> None:
        embedded.release(home)
        shutil.rmtree(home, ignore_errors=True)

    atexit.register(remove)


_prepare()
