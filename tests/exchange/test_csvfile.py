"""CSV files, byte by byte: however a file is cut while it is read, the same is found in it."""

import hashlib
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minsheng.exchange import csvfile
from minsheng.exchange.csvfile import Record, Source, examine

HEADS = ["a", "b", "c"]
MARK = b"\xef\xbb\xbf"
PARTS = [
    b"\n", b"\r\n", b"\r", b"\n\n", b",", b'"', b"1,2,3\n", b'1,"2\n2",3\n', b'1,"2,3\n', b"\0",
    b"\xff", b"\x81", b"\x810\x81", b"\xe5\x99", MARK, "噪声".encode(), "噪声".encode("gb18030"),
    "𠮷".encode("gb18030"), "\x0b\x1c\x85\u2028".encode(),
]  # fmt: skip
CONTENTS = st.lists(st.sampled_from(PARTS), max_size=40).map(b"".join)


def lines_one_by_one(content: bytes, encoding: str, most: int) -> list[tuple[int, str, bool]]:
    """Returns number, text, and whether there is a fault, of each line: the slow opinion."""
    found = []
    for number, line in enumerate(io.BytesIO(content.removeprefix(MARK)), 1):
        data = line.rstrip(b"\r\n")
        text = data.decode(encoding, "backslashreplace").replace("\0", "\\0")
        if len(line) > most or (len(line) == most and not line.endswith(b"\n")):
            found.append(
                (number, line[: min(most, 1000)].decode(encoding, "backslashreplace"), True)
            )
        elif b"\0" in data:
            found.append((number, text, True))
        else:
            found.append((number, text, not csvfile._decodes(data, encoding)))
    return found


@given(
    CONTENTS,
    st.sampled_from([b"", MARK]),
    st.sampled_from(["utf-8", "gb18030"]),
    st.integers(1, 50),
    st.integers(1, 50),
)
def test_lines_are_the_same_in_any_pieces(
    content: bytes, mark: bytes, encoding: str, piece: int, most: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csvfile, "_PIECE", piece)
        patch.setattr(csvfile, "_MOST_CHARACTERS", most)
        lines = [
            (line.line, line.text, bool(line.fault))
            for line in csvfile._Lines(io.BytesIO(mark + content), encoding)
        ]
    assert lines == lines_one_by_one(mark + content, encoding, most)


@given(CONTENTS, st.integers(1, 20))
def test_records_are_the_same_in_any_pieces(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, piece: int
) -> None:
    """Also where lines are put back, because of a quote that nobody closes."""
    path = tmp_path_factory.getbasetemp() / "pieces.csv"
    path.write_bytes(b"a,b,c\n" + content)
    source = examine(path, HEADS)
    expected = list(source.records())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csvfile, "_PIECE", piece)
        assert list(source.records()) == expected


@given(CONTENTS, st.integers(1, 50))
def test_a_file_is_the_same_looked_over_in_any_blocks(content: bytes, block: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csvfile, "_BLOCK", block)
        digest, encoding, lines = csvfile._look_over(io.BytesIO(MARK + content))
    assert digest == hashlib.sha256(MARK + content).hexdigest()
    assert encoding == "utf-8"
    assert lines - content.count(b"\n") in (0, 1)


@pytest.mark.parametrize(
    ("lines", "encoding"),
    [
        (["噪声".encode("gb18030")] * 2 + ["噪声".encode()], "gb18030"),
        (["噪声".encode("gb18030")] + ["噪声".encode()] * 2, "utf-8"),
        ([MARK + b"a"] + ["噪声".encode("gb18030")] * 2, "utf-8"),
        ([b"\xff", b"\xff", "噪声".encode("gb18030")], "gb18030"),
        ([b"a", b"b"], "utf-8"),
    ],
)
@pytest.mark.parametrize("end", [b"", b"\n"])
def test_most_lines_say_which_encoding(lines: list[bytes], encoding: str, end: bytes) -> None:
    assert csvfile._look_over(io.BytesIO(b"\n".join(lines) + end))[1] == encoding


def test_a_line_that_is_too_long_is_one_fault(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    long = b"x" * csvfile._MOST_CHARACTERS
    path.write_bytes(b"a,b,c\n1,2,3\n" + long + b"\n" + long[:-5] + b",y,z\n" + long * 3)
    records = list(examine(path, HEADS).records())
    assert [(r.line, len(r.text), bool(r.fault)) for r in records] == [
        (2, 5, False),
        (3, 1000, True),
        (4, csvfile._MOST_CHARACTERS - 1, False),
        (5, 1000, True),
    ]
    assert records[0] == Record(2, "1,2,3")


@given(st.text(st.sampled_from('1,"\n 噪'), max_size=12), st.integers(1, 3))
def test_the_first_cells_are_those_of_the_whole_record(text: str, count: int) -> None:
    source = Source(Path("any.csv"), "", "utf-8", ",", tuple(HEADS), 1)
    cells = source.cells(text)
    first = source.first_cells(text, count)
    assert first[:count] == (cells[:count] if len(cells) == len(HEADS) else [])


@pytest.mark.parametrize(("content", "lines"), [(b"", 0), (b"a,b", 1), (b"a,b\n", 1), (b"a\nb", 2)])
def test_a_last_line_without_an_end_is_a_line(content: bytes, lines: int) -> None:
    assert csvfile._look_over(io.BytesIO(content))[2] == lines
