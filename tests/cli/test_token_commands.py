"""`minsheng token`: what an operator does for a machine that is to call the API."""

import json

import pytest
from typer.testing import CliRunner

from minsheng.cli import app, runtime
from minsheng.directory.models import Token
from minsheng.foundation import journal
from minsheng.foundation.errors import Refused
from support.calling import Caller


@pytest.fixture
def minsheng(town, monkeypatch):
    """Runs a command in the town, whose database is ready."""
    monkeypatch.setattr(runtime, "ready", lambda **kwargs: None)

    def run(*words: str) -> str:
        done = CliRunner().invoke(app, ["token", *words], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    return run


def test_issue_list_revoke(minsheng, town):
    bearer = minsheng("issue", "--user", "dispatcher", "--scope", "read", "--days", "7").strip()
    assert Caller(bearer).get("/me")["username"] == "dispatcher"
    Caller(bearer).post("/demands", {"channel": "phone", "title": "路灯不亮"}, 403)
    (row,) = json.loads(minsheng("list", "--format", "json"))
    assert (row["username"], row["scope"]) == ("dispatcher", "read")
    assert bearer not in str(row)
    minsheng("revoke", str(row["id"]))
    Caller(bearer).get("/me", 401)
    assert json.loads(minsheng("list", "--format", "json")) == []
    lines = journal.timeline("staff", town.posts["dispatcher"].staff_id)
    assert [(line.action, line.staff) for line in lines] == [
        ("token.issue", "system"),
        ("token.revoke", "system"),
    ]


@pytest.mark.parametrize(
    "words",
    [
        ["--user", "nobody"],
        ["--user", "agent", "--role", "leader"],
        ["--user", "agent", "--unit", "water"],
        ["--user", "agent", "--days", "0"],
        ["--user", "agent", "--days", "367"],
        ["--user", "agent", "--scope", "all"],
    ],
)
def test_what_cannot_be_issued(minsheng, words):
    with pytest.raises(Refused):
        minsheng("issue", *words)
    assert not Token.objects.exists()
