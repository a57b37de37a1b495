"""A throw-away PostgreSQL and data folder for the whole run; one database for each worker.

Django's settings read the environment, so they are read here, after it is made. (pytest-django
would read those named in pyproject.toml or in the environment before any conftest.)
"""

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest
from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher

from minsheng.foundation import embedded
from support.flush import emptied_by_rows  # noqa: F401 (a fixture for all tests)

if TYPE_CHECKING:
    from support.calling import Caller
    from support.town import Town


def _prepare() -> None:
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker:  # what the first process set is in our environment
        home = Path(os.environ["MINSHENG_HOME"]) / worker
        os.environ["MINSHENG_HOME"] = str(home)
        (home / "static").mkdir(parents=True, exist_ok=True)
        return
    home = Path(tempfile.mkdtemp(prefix="minsheng-test-"))
    os.environ["MINSHENG_HOME"] = str(home)
    (home / "static").mkdir()
    if not os.environ.get("DATABASE_URL"):
        socket_folder = embedded.use(home, durable=False)
        os.environ["DATABASE_URL"] = (
            f"postgresql://{embedded.USER}@/{embedded.DATABASE}?host={socket_folder}"
        )

    def remove() -> None:
        embedded.release(home)
        shutil.rmtree(home, ignore_errors=True)

    atexit.register(remove)


def _read_settings() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "minsheng.foundation.settings"
    assert settings.HOME
    del os.environ["DJANGO_SETTINGS_MODULE"]  # each worker has to read them anew


#: What takes longest goes first, each file to whoever is free: begun last, it would keep one
#: processor busy while the others have nothing left to do.
LONG = (
    "jobs/test_killed_anywhere.py",
    "api/test_fuzz.py",
    "browser/test_barriers.py",
    "indicators/test_engines.py",
    "cli/test_up.py",
    "indicators/test_histories.py",
    "exchange/test_orders_in_lanes.py",
    "browser/",
    "console/test_pages.py",
    "console/test_actions.py",
    "cli/",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    tests = Path(__file__).parent

    def place(item: pytest.Item) -> int:
        path = item.path.relative_to(tests).as_posix()
        return next((n for n, long in enumerate(LONG) if path.startswith(long)), len(LONG))

    items.sort(key=place)


def _make_examples() -> None:
    """Lets Hypothesis take its time on a busy machine, and make the same in each CI run."""
    hypothesis.settings.register_profile(
        "minsheng",
        deadline=None,
        derandomize="CI" in os.environ,
        print_blob=True,
        suppress_health_check=[
            hypothesis.HealthCheck.too_slow,
            hypothesis.HealthCheck.function_scoped_fixture,
        ],
    )
    hypothesis.settings.load_profile("minsheng")


_prepare()
_read_settings()
_make_examples()


@pytest.fixture(autouse=True, scope="session")
def quick_passwords() -> Iterator[None]:
    """Hashes passwords as production does, but with the least work and memory."""
    with pytest.MonkeyPatch.context() as patch:
        for what, least in {"time_cost": 1, "memory_cost": 8, "parallelism": 1}.items():
            patch.setattr(Argon2PasswordHasher, what, least)
        yield


@pytest.fixture
def town(db: None) -> "Iterator[Town]":
    """A small town with one person for every role; see `support.town`."""
    from support.town import inhabited  # models can be imported only once Django is set up

    with inhabited() as town:
        yield town


@pytest.fixture
def call(town: "Town") -> "Callable[..., Caller]":
    """Returns a caller of the API with a person's token: `call("clerk").get("/orders")`."""
    from minsheng.directory.actions import digest_of
    from minsheng.directory.models import Token
    from minsheng.foundation import clock
    from support.calling import Caller

    Token.objects.bulk_create(
        Token(
            post=post,
            name="test",
            digest=digest_of(f"{scope} {username}"),
            scope=scope,
            created_at=clock.now(),
            expires_at=clock.now() + timedelta(days=90),
        )
        for username, post in town.posts.items()
        for scope in Token.Scope
    )

    def caller(username: str = "", scope: str = "write") -> Caller:
        return Caller(f"{scope} {username}" if username else "")

    return caller
