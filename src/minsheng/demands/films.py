"""What phones write into films besides pictures and sound: where and when, with what.

A film is made of boxes, some of which hold boxes (ISO/IEC 14496-12). What tells something is
overwritten where it stands: nothing moves, so that all places that the file names stay true.

Anybody may send one, of twenty megabytes and made to cost: each box is looked at a few times, no
table is unpacked as a whole, and no more is overwritten than twice what the film is long.
"""

from collections.abc import Iterator
from itertools import chain, islice
from struct import calcsize, iter_unpack
from typing import NamedTuple

_HOLDERS = frozenset({b"moov", b"trak", b"mdia", b"moof", b"traf"})
# Also how tracks belong together: one that is taken out must not be asked for.
_TELLING = frozenset({b"udta", b"meta", b"uuid", b"tref"})
_DATED = frozenset({b"mvhd", b"tkhd", b"mdhd"})
_SEEN_OR_HEARD = (b"vide", b"soun")
_TABLES = (b"stsz", b"stsc", b"stco", b"co64")  # where the samples of a track stand


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
    # Read from what came, written to another: no film hides a box by overwriting the one before.
    film = bytearray(content)
    left = len(film)  # of what tracks hold: all of them together no more than the film
    place, ends = 0, [len(film)]  # of the boxes around
    while ends:
        box = _box(content, place, ends[-1])
        if box is None:
            place = ends.pop()
            continue
        place = box.end
        if box.kind in _TELLING:
            _blank(film, box)
        elif box.kind == b"trak" and _handler(content, box) not in _SEEN_OR_HEARD:
            for chunk, length in _chunks(content, box):
                size = max(0, min(length, left, len(film) - chunk))
                _overwrite(film, chunk, chunk + size)
                left -= size
            _blank(film, box)
        elif box.kind in _DATED:
            length = 16 if content[box.body : box.body + 1] == b"\1" else 8  # two moments
            _overwrite(film, box.body + 4, min(box.body + 4 + length, box.end))
        elif box.kind in _HOLDERS:
            place = box.body
            ends.append(box.end)
    return bytes(film)


def _box(content: bytes, place: int, end: int) -> _Box | None:
    """Returns the box that stands at a place within one that ends at `end`; None if none does."""
    if place + 8 > end:
        return None
    size, body = int.from_bytes(content[place : place + 4]), place + 8
    if size == 1:  # too large for four bytes
        size, body = int.from_bytes(content[place + 8 : place + 16]), place + 16
    until = place + size if size else end  # 0: to the end
    if not body <= until <= end:
        return None
    return _Box(content[place + 4 : place + 8], place, body, until)


def _boxes(content: bytes, holder: _Box) -> Iterator[_Box]:
    """Yields the boxes that stand in another, without those in them."""
    place = holder.body
    while box := _box(content, place, holder.end):
        yield box
        place = box.end


def _inner(content: bytes, box: _Box, *path: bytes) -> _Box | None:
    """Returns the box that `path` leads to, of several of a kind the last."""
    found: _Box | None = box
    for kind in path:
        holder, found = found, None
        for one in _boxes(content, holder) if holder else ():
            found = one if one.kind == kind else found
    return found


def _handler(content: bytes, track: _Box) -> bytes:
    """Returns what kind of track this is."""
    told = _inner(content, track, b"mdia", b"hdlr")
    return content[told.body + 8 : told.body + 12] if told else b""


def _chunks(content: bytes, track: _Box) -> Iterator[tuple[int, int]]:
    """Yields where in the file the chunks stand that a track holds, and how long each says it is.

    Row by row of its tables: they can be millions.
    """
    held = _inner(content, track, b"mdia", b"minf", b"stbl")
    tables = {one.kind: one for one in _boxes(content, held) if one.kind in _TABLES} if held else {}

    def table(kind: bytes, head: int, row: str) -> Iterator[tuple[int, ...]]:
        """Yields the rows of a table behind its head; none where it is not there."""
        begin, end = (tables[kind].body + head, tables[kind].end) if kind in tables else (0, 0)
        rows = max(0, end - begin) // calcsize(row)
        return iter_unpack(row, memoryview(content)[begin : begin + rows * calcsize(row)])

    alike = next((size for _flags, size, _count in table(b"stsz", 0, ">III")), 0)
    sizes = (size for (size,) in table(b"stsz", 12, ">I"))
    runs = table(b"stsc", 8, ">III")  # from which chunk on each holds how many samples
    run, count = next(runs, None), 0
    for chunk, (place,) in enumerate(chain(table(b"stco", 8, ">I"), table(b"co64", 8, ">Q")), 1):
        while run and run[0] <= chunk:
            count, run = run[1], next(runs, None)
        yield place, alike * count or sum(islice(sizes, count))


def _blank(film: bytearray, box: _Box) -> None:
    film[box.start + 4 : box.start + 8] = b"free"
    _overwrite(film, box.body, box.end)


def _overwrite(film: bytearray, start: int, end: int) -> None:
    if end > start:
        film[start:end] = bytes(end - start)
