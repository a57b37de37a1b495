"""docs/import.md names the columns of a history, their labels and values, as the import does."""

import re
from pathlib import Path

from minsheng.exchange.history import columns

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "import.md"
VALUES = {
    "element": columns.ELEMENTS,
    "origin": columns.ORIGINS,
    "role": columns.PARTS,
    "satisfaction": columns.GRADES,
}


def rows() -> list[tuple[list[str], list[str], str]]:
    """Returns the table's rows: columns, Chinese heads, what is said of the values."""
    section = DOCUMENT.read_text().split("## A city's history")[1].split("\n## ")[0]
    table = [line.strip("| ").split(" | ") for line in section.splitlines() if line[:3] == "| `"]
    return [
        (re.findall(r"`(\w+)`", names), heads.strip(" |").split(", "), "".join(said).strip(" |"))
        for names, heads, *said in table
    ]


def test_every_column_stands_in_the_document_once():
    named = [name for names, _heads, _said in rows() for name in names]
    assert sorted(named) == sorted(columns.NAMES)


def test_the_other_heads_are_understood():
    for names, heads, _said in rows():
        assert [columns.HEADS.get(head) for head in heads] == names


def test_required_is_what_the_document_says():
    said = {name for names, _heads, said in rows() for name in names if "required" in said}
    assert said == {column.name for column in columns.COLUMNS if column.required}


def test_values_are_those_that_are_read():
    told = {name: said for names, _heads, said in rows() for name in names}
    for name, words in VALUES.items():
        pairs = re.findall(r"`(\w+)` (\w+)", told[name])
        assert {value for value, _word in pairs} == set(words.values())
        assert all(words[word] == value for value, word in pairs)
