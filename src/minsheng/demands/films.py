"""What phones write into films besides pictures and sound: where and when, with what.

A film is made of boxes, some of which hold boxes (ISO/IEC 14496-12). What tells something is
overwritten where it stands: nothing moves, so that all places that the file names stay true.
"""

from collections.abc import Iterator
from struct import calcsize, iter_unpack
from typing import NamedTuple

_HOLDERS = frozenset({b"moov", b"trak", b"mdia", b"moof", b"traf"})
# Also how tracks belong together: one that is taken out must not be asked for.
_TELLING = frozenset({b"udta", b"meta", b"uuid", b"tref"})
_DATED = frozenset({b"mvhd", b"tkhd", b"mdhd"})
_SEEN_OR_HEARD = (b"vide", b"soun")


class _Box(NamedTuple):
    """A box and where it stands: its head begins at `start`, what is in it at `body`."""

    kind: bytes
    start: int
    body: int
    end: int


def bare(content: bytes) -> bytes:
    """Returns the same film, of the same length, with pictures and sound alone.

    Places, devices, titles and dates are taken out, and so are tracks of anything else, such as the
    way that a camera went. Films in fragments keep what such tracks say in their fragments: cameras
    do not write them. What is no film comes back as it is.
    """
    film = bytearray(content)
    todo = [(0, len(film))]
    while todo:
        for box in list(_boxes(film, *todo.pop())):
            if box.kind in _TELLING:
                _blank(film, box)
            elif box.kind == b"trak" and _handler(film, box) not in _SEEN_OR_HEARD:
                _silence(film, box)
                _blank(film, box)
            elif box.kind in _DATED:
                length = 16 if film[box.body : box.body + 1] == b"\1" else 8  # two moments
                _overwrite(film, box.body + 4, min(box.body + 4 + length, box.end))
            elif box.kind in _HOLDERS:
                todo.append((box.body, box.end))
    return bytes(film)


def _boxes(film: bytearray, place: int, end: int) -> Iterator[_Box]:
    while place + 8 <= end:
        size, body = int.from_bytes(film[place : place + 4]), place + 8
        if size == 1:  # too large for four bytes
            size, body = int.from_bytes(film[place + 8 : place + 16]), place + 16
        until = place + size if size else end  # 0: to the end
        if not body <= until <= end:
            return
        yield _Box(bytes(film[place + 4 : place + 8]), place, body, until)
        place = until


def _inner(film: bytearray, box: _Box, *path: bytes) -> dict[bytes, _Box]:
    """Returns the boxes within the one that `path` leads to, by kind."""
    found = {inner.kind: inner for inner in _boxes(film, box.body, box.end)}
    for kind in path:
        found = _inner(film, found[kind]) if kind in found else {}
    return found


def _handler(film: bytearray, track: _Box) -> bytes:
    """Returns what kind of track this is."""
    told = _inner(film, track, b"mdia").get(b"hdlr")
    return bytes(film[told.body + 8 : told.body + 12]) if told else b""


def _silence(film: bytearray, track: _Box) -> None:
    """Overwrites what a track holds, which stands elsewhere in the file, chunk by chunk."""
    tables = _inner(film, track, b"mdia", b"minf", b"stbl")

    def table(kind: bytes, head: int, row: str) -> list[tuple[int, ...]]:
        """Returns the rows of a table behind its head; none where it is not there."""
        begin, end = (tables[kind].body + head, tables[kind].end) if kind in tables else (0, 0)
        rows = max(0, end - begin) // calcsize(row)
        return list(iter_unpack(row, film[begin : begin + rows * calcsize(row)]))

    alike = next((size for _flags, size, _count in table(b"stsz", 0, ">III")), 0)
    sizes = [size for (size,) in table(b"stsz", 12, ">I")]
    counts = {first: count for first, count, _how in table(b"stsc", 8, ">III")}
    sample = count = 0
    left = len(film)  # no file holds more than itself, whatever it says
    for chunk, (place,) in enumerate([*table(b"stco", 8, ">I"), *table(b"co64", 8, ">Q")], 1):
        count = counts.get(chunk, count)  # as many as in the chunk before, if nothing is said
        length = min(alike * count or sum(sizes[sample : sample + count]), len(film) - place, left)
        _overwrite(film, place, place + length)
        sample += count
        left -= max(length, 0)


def _blank(film: bytearray, box: _Box) -> None:
    film[box.start + 4 : box.start + 8] = b"free"
    _overwrite(film, box.body, box.end)


def _overwrite(film: bytearray, start: int, end: int) -> None:
    if end > start:
        film[start:end] = bytes(end - start)
