"""Films as phones make them are taken, and what they tell besides the film is not passed on."""

from functools import reduce
from struct import pack

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given
from hypothesis import strategies as st

from minsheng.demands import acting, attachments, films
from minsheng.demands import actions as demands
from minsheng.demands.models import Attachment, Demand
from minsheng.directory.permissions import Role

WHERE = b"+39.9042+116.4074/"
SEEN = [b"seen first", b"seen second"]
WAY = [b"39.9042,116.4074", b"39.9043,116.4075", b"39.9044,116.4076"]
MADE = pack(">I", 3_860_000_000)  # seconds since 1904
HEAD = 8  # bytes of a box's head
HEARD = pack(">I", 36) + b"mdia" + pack(">I", 28) + b"hdlr" + bytes(8) + b"soun" + bytes(8)


def box(kind: bytes, *inner: bytes) -> bytes:
    inside = b"".join(inner)
    return pack(">I", HEAD + len(inside)) + kind + inside


def track(handler: bytes, places: list[int], samples: list[bytes], in_first: int) -> bytes:
    """A track whose samples stand in two chunks, `in_first` of them in the first."""
    runs = pack(">IIIIIII", 0, 2, 1, in_first, 1, 2, len(samples) - in_first) + pack(">I", 1)
    sizes = [len(sample) for sample in samples]
    return box(
        b"trak",
        box(b"tkhd", bytes(4), MADE, MADE, b"the rest"),
        box(b"tref", b"cdsc and a number"),
        box(
            b"mdia",
            box(b"mdhd", b"\1\0\0\0", bytes(4), MADE, bytes(4), MADE, b"the rest"),
            box(b"hdlr", bytes(8), handler, bytes(12)),
            box(
                b"minf",
                box(
                    b"stbl",
                    box(b"stsc", runs),
                    box(b"stsz", pack(f">{3 + len(sizes)}I", 0, 0, len(sizes), *sizes)),
                    box(b"stco", pack(f">{2 + len(places)}I", 0, len(places), *places)),
                ),
            ),
        ),
    )


def film() -> bytes:
    """A film with a track of pictures and one of where the camera went, chunk by chunk."""
    head = box(b"ftyp", b"mp42", bytes(4), b"mp42isom")
    chunks = [SEEN[0], WAY[0] + WAY[1], SEEN[1], WAY[2]]
    data = box(b"mdat", *chunks)
    places = [len(head) + HEAD + len(b"".join(chunks[:n])) for n in range(len(chunks))]
    return (
        head
        + data
        + box(
            b"moov",
            box(b"mvhd", bytes(4), MADE, MADE, b"the rest"),
            track(b"vide", [places[0], places[2]], SEEN, 1),
            track(b"meta", [places[1], places[3]], WAY, 2),
            box(b"udta", box(b"\xa9xyz", pack(">HH", len(WHERE), 0x15C7), WHERE)),
        )
    )


def test_only_the_film_stays():
    before = film()
    after = films.bare(before)
    assert len(after) == len(before)
    for told in (WHERE, *WAY, MADE):
        assert told in before
        assert told not in after
    for seen in SEEN:
        assert after.index(seen) == before.index(seen)
    assert after.count(b"vide") == 1
    assert after.count(b"the rest") == 3  # of the film's head and of the one track's two
    assert films.bare(after) == after


def test_a_citizens_film_is_kept_bare(town):
    taken = SimpleUploadedFile("现场.mp4", film(), content_type="video/mp4")
    assert attachments.check(taken).content_type == "video/mp4"
    demand = town.accept()
    taken.seek(0)
    demands.attach(town.petitioner(demand), demand.pk, file=taken)
    assert Attachment.objects.get().file.read() == films.bare(film())


@given(st.data())
def test_rubbish_is_survived(data):
    """A film that says anything of itself is as long as before."""
    rubbish = bytearray(film())
    for place in data.draw(st.lists(st.integers(0, len(rubbish) - 1), max_size=20)):
        rubbish[place] = data.draw(st.integers(0, 255))
    cut = bytes(rubbish[: data.draw(st.integers(0, len(rubbish)))])
    assert len(films.bare(cut)) == len(cut)


def test_all_tracks_together_overwrite_no_more_than_the_film(monkeypatch):
    """However often one names a chunk, and however many name the same."""
    written = 0

    def counted(film: bytearray, start: int, end: int) -> None:
        nonlocal written
        written += max(0, end - start)

    monkeypatch.setattr(films, "_overwrite", counted)
    sized, lying = pack(">IIII", 0, 0, 1, len(WAY[0])), pack(">IIII", 0, 2**31, 1, 0)
    liar = track(b"meta", [0] * 1000, [WAY[0]], 1).replace(sized, lying)
    assert lying in liar
    for liars in ([liar], [liar] * 10, [track(b"meta", [0], [bytes(9_000)], 1)] * 100):
        written = 0
        greedy = box(b"mdat", bytes(10_000)) + box(b"moov", *liars)
        films.bare(greedy)
        assert len(greedy) <= written <= 2 * len(greedy)


@pytest.mark.parametrize(
    "made",
    [
        lambda many: box(b"moov", *[track(b"meta", [0], [b"way"], 1)] * many),
        lambda many: box(b"moov", *[track(b"vide", [0], [b"seen"], 1)] * many),
        lambda many: box(b"moov", box(b"trak", *[box(b"mdia")] * many)),
        lambda many: box(b"trak", box(b"mdia", *[box(b"free")] * many)),
        lambda many: box(b"trak", box(b"mdia", box(b"minf", box(b"stbl", *[box(b"stsz")] * many)))),
        lambda many: reduce(lambda inside, _time: box(b"trak", HEARD, inside), range(many), b""),
        lambda many: track(b"meta", [0] * many, [b"way"] * many, 1),
    ],
    ids=["meta", "vide", "mdia", "free", "stbl", "nested", "chunks"],
)
def test_a_film_of_twice_as_many_parts_is_twice_the_work(made, monkeypatch):
    looked, rows = 0, 0
    box_at, unpacked = films._box, films.iter_unpack

    def counted(content, place, end):
        nonlocal looked
        looked += 1
        return box_at(content, place, end)

    def counted_rows(row, table):
        nonlocal rows
        for one in unpacked(row, table):
            rows += 1
            yield one

    monkeypatch.setattr(films, "_box", counted)
    monkeypatch.setattr(films, "iter_unpack", counted_rows)

    def work(many: int) -> int:
        nonlocal looked, rows
        looked = rows = 0
        films.bare(made(many))
        return looked + rows

    assert work(200) <= 2 * work(100) <= 20_000


@pytest.mark.parametrize("confidential", [False, True])
def test_films_are_gone_through_before_anybody_has_to_wait(town, monkeypatch, confidential):
    done: list[str] = []
    lock, bare = acting.lock, films.bare
    monkeypatch.setattr(acting, "lock", lambda pk: done.append("lock") or lock(pk))
    monkeypatch.setattr(films, "bare", lambda content: done.append("bare") or bare(content))
    demand = town.accept(confidential=confidential)
    for actor in (town.petitioner(demand), town.actor("agent")):
        done.clear()
        taken = SimpleUploadedFile("现场.mp4", film(), content_type="video/mp4")
        demands.attach(actor, demand.pk, file=taken)
        citizens = actor.role == Role.CITIZEN
        assert done == (["bare", "lock"] if citizens or confidential else ["lock"])


def test_a_demand_that_becomes_confidential_meanwhile_gets_the_bare_film(town, monkeypatch):
    lock = acting.lock

    def late(demand_id: int) -> Demand:
        Demand.objects.filter(pk=demand_id).update(confidential=True)
        return lock(demand_id)

    demand = town.accept()
    monkeypatch.setattr(acting, "lock", late)
    taken = SimpleUploadedFile("现场.mp4", film(), content_type="video/mp4")
    demands.attach(town.actor("agent"), demand.pk, file=taken)
    assert Attachment.objects.get().file.read() == films.bare(film())
