"""Languages: compiled with nothing but Python, and complete."""

import ast
import gettext
import io
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation
from django.utils.translation.template import templatize

from minsheng.foundation import messages
from minsheng.foundation.language import listed

SOURCE = settings.BASE / "locale" / "en" / "LC_MESSAGES" / "django.po"
#: The rooms whose sentences people read on pages or get from the API.
ROOMS = (
    *("foundation", "directory", "catalogue", "knowledge", "calls"),
    *("demands", "orders", "followups", "supervision", "registers", "insight", "evaluation"),
    *("indicators", "exchange", "bulletins", "doors"),
)
#: What the checker finds speaks of Chinese documents, and quotes them: it stays Chinese.
CHECKER = settings.BASE / "bulletins" / "checker"
MARKED = {"_", "gettext", "gettext_lazy"}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w+\}")


def in_python(code: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
            said = node.args[0]
            if node.func.id in MARKED and isinstance(said, ast.Constant):
                yield said.value


IN_TEMPLATE = re.compile(r"""(?:gettext|_)\((u?'(?:[^'\\]|\\.)*'|u?"(?:[^"\\]|\\.)*")\)""")


def in_template(code: str) -> Iterator[str]:
    for said in IN_TEMPLATE.findall(templatize(code)):
        yield ast.literal_eval(said)


def said() -> set[str]:
    """Returns every sentence that a page or the API may say."""
    found: set[str] = set()
    for room in ROOMS:
        for path in (settings.BASE / room).rglob("*.py"):
            if "migrations" not in path.parts and CHECKER not in path.parents:
                found |= set(in_python(path.read_text()))
    for path in (settings.BASE / "doors" / "templates").rglob("*.html"):
        found |= set(in_template(path.read_text()))
    return found


def test_everything_is_said_in_english_too():
    english = messages.read(SOURCE.read_text())
    missing = said() - {*english}
    assert not missing, f"to be added to {SOURCE}: {sorted(missing)}"
    assert {*english} - said() == {""}, "what nobody says any more is to be removed"


def test_sentences_keep_their_blanks():
    for chinese, english in messages.read(SOURCE.read_text()).items():
        if chinese:
            assert sorted(PLACEHOLDER.findall(chinese)) == sorted(PLACEHOLDER.findall(english))


def test_a_catalogue_is_read_as_gettext_reads_it():
    words = {
        "": "Content-Type: text/plain; charset=UTF-8\n",
        "好": "good",
        "他说“好”": 'he said "no"',
    }
    read = gettext.GNUTranslations(io.BytesIO(messages.catalogue(words)))
    assert {key: read.gettext(key) for key in words} == words


@pytest.mark.skipif(not shutil.which("msgfmt"), reason="compared where GNU gettext is installed")
def test_a_catalogue_is_what_gettext_compiles(tmp_path):
    theirs = tmp_path / "django.mo"
    subprocess.run(["msgfmt", "-o", theirs, SOURCE], check=True, capture_output=True)
    ours = io.BytesIO(messages.catalogue(messages.read(SOURCE.read_text())))
    with theirs.open("rb") as file:
        assert gettext.GNUTranslations(ours)._catalog == gettext.GNUTranslations(file)._catalog


def test_continued_lines_and_comments_are_read():
    text = """# said
msgid ""
"很长"
"的话"
msgstr "a long "
"\\"word\\"\\n"

msgid "未译"
msgstr ""
"""
    assert messages.read(text) == {"很长的话": 'a long "word"\n'}


def test_what_did_not_change_is_not_compiled_again(tmp_path):
    sources = tmp_path / "sources"
    source = sources / "en" / "LC_MESSAGES" / "django.po"
    source.parent.mkdir(parents=True)
    source.write_text('msgid "好"\nmsgstr "good"\n')
    messages.compile_all(sources, tmp_path)
    compiled: Path = tmp_path / "en" / "LC_MESSAGES" / "django.mo"
    before = compiled.stat().st_ino
    messages.compile_all(sources, tmp_path)
    assert compiled.stat().st_ino == before
    os.utime(source, (0, 0))  # an older release was put back
    messages.compile_all(sources, tmp_path)
    assert compiled.stat().st_ino != before


def test_refusals_speak_the_readers_language():
    from minsheng.foundation.errors import NotFound

    refused = NotFound("not_found", translation.gettext_lazy("没有找到这张工单；请核对编号。"))
    assert str(refused) == "没有找到这张工单；请核对编号。"
    with translation.override("en"):
        assert str(refused) == "There is no such order: check the number."


def test_names_are_listed_with_the_readers_commas():
    assert listed(["承诺", "套话"]) == "承诺、套话"
    with translation.override("en"):
        assert listed(["a promise", "phrases"]) == "a promise, phrases"
