"""docs/operations.md knows every variable that the platform reads, and none besides."""

import re
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
SECRET = re.compile(r'\bsecret\("(\w+)"\)')
NAME = re.compile(r"\bMINSHENG_[A-Z]+(?:_[A-Z]+)*\b")


def test_variables_are_documented() -> None:
    read = {"DATABASE_URL"}
    for source in (PROJECT / "src").rglob("*.py"):
        code = source.read_text()
        read |= {f"MINSHENG_{name.upper()}_KEY" for name in SECRET.findall(code)}
        read |= set(re.findall(r'environ(?:\.get\(|\[)\s*"(MINSHENG_[A-Z_]+)"', code))
    rows = (PROJECT / "docs" / "operations.md").read_text().split("## Variables")[1].split("##")[0]
    assert {*NAME.findall(rows), "DATABASE_URL"} == read
