"""The data folder: where one installation keeps its database, keys, attachments and facts.

`MINSHENG_HOME` names it; without it, it is `var/` beside the project (or in the current folder,
where the package was installed without its project). Two folders never share anything.
"""

import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit


def folder() -> Path:
    """Returns the data folder, made if missing, readable by its owner only."""
    named = os.environ.get("MINSHENG_HOME")
    if named:
        path = Path(named).expanduser().resolve()
    else:
        project = Path(__file__).resolve().parents[3]
        path = (project if (project / "pyproject.toml").exists() else Path.cwd()) / "var"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def secret(name: str) -> str:
    """Returns the secret `name`: from `MINSHENG_<NAME>_KEY`, or from `keys/<name>` in the folder.

    A missing file is made with 32 random bytes (hex); a city that runs several machines sets the
    environment variable on all of them.
    """
    given = os.environ.get(f"MINSHENG_{name.upper()}_KEY")
    if given:
        return given
    path = folder() / "keys" / name
    path.parent.mkdir(mode=0o700, exist_ok=True)
    if not path.exists():
        # Of two processes that start at once one makes the key, and nobody reads half of it.
        handle, made = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_hex(32))
        with suppress(FileExistsError):
            os.link(made, path)
        Path(made).unlink()
    return path.read_text().strip()


def demo_password() -> str:
    """Returns the password of all accounts of the demo city, drawn for this data folder alone."""
    return secret("demo")[:12]


def database() -> dict[str, Any]:
    """Returns Django's settings for the database: `DATABASE_URL`, or the embedded one.

    The embedded server's socket is known only once it runs; `runtime.ready()` sets it.
    """
    options: dict[str, Any] = {
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "NAME": "minsheng",
        "USER": "postgres",
        "OPTIONS": {},
    }
    url = os.environ.get("DATABASE_URL")
    if url:
        parts = urlsplit(url)
        query = dict(parse_qsl(parts.query))
        options |= {
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": query.pop("host", "") or parts.hostname or "",
            "PORT": str(parts.port or ""),
            "OPTIONS": query,
        }
    return options


def attachment_storage() -> dict[str, Any]:
    """Returns Django's storage for attachments: the data folder, or `MINSHENG_ATTACHMENTS`.

    `MINSHENG_ATTACHMENTS=s3://bucket[/prefix][?endpoint_url=…]` names an S3-compatible store, whose
    access keys come from the usual AWS variables.
    """
    url = os.environ.get("MINSHENG_ATTACHMENTS", "")
    if not url:
        return {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": folder() / "attachments", "base_url": None},
        }
    parts = urlsplit(url)
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": parts.netloc,
            "location": parts.path.strip("/"),
            "default_acl": None,
            **dict(parse_qsl(parts.query)),
        },
    }
