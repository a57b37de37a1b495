"""What the pages say in other languages: compiled on the spot, with nothing but Python.

Django reads compiled catalogues (`.mo`) only, and compiles them with a program (`msgfmt`) that a
bare machine lacks. So the sources (`locale/<language>/LC_MESSAGES/django.po`) are compiled into
the data folder by whichever process starts first after they changed.

After sentences changed, a developer who has GNU gettext brings the sources up to date in
`src/minsheng` with `django-admin makemessages -l en --no-location --no-obsolete --no-wrap`.
"""

import ast
import os
import struct
from collections.abc import Mapping
from pathlib import Path

_MAGIC = 0x950412DE


def compile_all(sources: Path, target: Path) -> None:
    """Compiles each `.po` below `sources` to the same place below `target`, if it changed."""
    for source in sources.glob("*/LC_MESSAGES/*.po"):
        compiled = target / source.relative_to(sources).with_suffix(".mo")
        changed = source.stat().st_mtime_ns
        if compiled.exists() and compiled.stat().st_mtime_ns == changed:
            continue
        compiled.parent.mkdir(parents=True, exist_ok=True)
        half = compiled.with_suffix(f".{os.getpid()}")
        half.write_bytes(catalogue(read(source.read_text(encoding="utf-8"))))
        os.utime(half, ns=(changed, changed))
        half.replace(compiled)  # at once: another process may be reading


def read(text: str) -> dict[str, str]:
    """Returns the messages of a `.po` file that are translated; its header under the empty one."""
    found: dict[str, str] = {}
    parts = {"msgid": "", "msgstr": ""}
    word = "msgid"
    for line in [*text.splitlines(), 'msgid ""']:
        if line.startswith("msgid "):
            if parts["msgstr"]:
                found[parts["msgid"]] = parts["msgstr"]
            parts = {"msgid": "", "msgstr": ""}
        if line.startswith(("msgid ", "msgstr ")):
            word, _, line = line.partition(" ")
        if line.startswith('"'):
            parts[word] += ast.literal_eval(line)
    return found


def catalogue(messages: Mapping[str, str]) -> bytes:
    """Returns messages as GNU gettext reads them: tables of lengths and places, then the words."""
    pairs = sorted((key.encode(), value.encode()) for key, value in messages.items())
    at = 28 + 16 * len(pairs)  # behind the head and both tables
    tables: list[list[int]] = [[], []]
    words = b""
    for side in (0, 1):
        for pair in pairs:
            tables[side] += [len(pair[side]), at + len(words)]
            words += pair[side] + b"\0"
    head = [_MAGIC, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, at]
    numbers = [*head, *tables[0], *tables[1]]
    return struct.pack(f"<{len(numbers)}I", *numbers) + words
