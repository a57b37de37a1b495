"""Issues of bulletins: numbered, edited around their figures, frozen when published."""

from functools import partial
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from minsheng.bulletins import actions
from minsheng.bulletins.making import draw
from minsheng.bulletins.model import Figure, Paragraph
from minsheng.bulletins.models import Issue
from minsheng.directory.access import SYSTEM
from minsheng.exchange.history.run import import_orders, open_history
from minsheng.foundation import journal
from minsheng.foundation.errors import Conflict, Forbidden, Invalid, NotFound
from support.history import row, text_of
from support.town import Town

DAY = "2025-03-03"  # when the demands of the history come in
LAST_WEEK = {
    "accepted_at": "2025-02-24 09:00:00",
    "assigned_at": "2025-02-24 09:30:00",
    "sign_due_at": "2025-02-24 11:30:00",
    "signed_at": "2025-02-24 10:00:00",
    "due_at": "2025-03-03 17:30:00",
    "completed_at": "2025-02-27 16:00:00",
}


@pytest.fixture
def history(town: Town, tmp_path: Path) -> None:
    take(tmp_path, [row(1), row(2, due_at="2025-03-05 17:30:00"), row(3, unit="交通局")])


def take(folder: Path, rows: list[dict[str, str]]) -> None:
    path = folder / "history.csv"
    path.write_text(text_of(rows))
    import_orders(SYSTEM, open_history(path)[0], rejects=folder / "rejects.csv")


@pytest.fixture
def issue(history: None, town: Town) -> Issue:
    return actions.create(town.actor("analyst"), "daily", DAY)


def paragraphs(issue: Issue) -> list[Paragraph]:
    return [block for block in issue.bulletin.blocks() if isinstance(block, Paragraph)]


def figures(issue: Issue) -> list[Figure]:
    return [
        part
        for paragraph in paragraphs(issue)
        for part in paragraph.parts
        if isinstance(part, Figure)
    ]


def words(paragraph: Paragraph) -> list[str]:
    """Returns the words around a paragraph's figures, as the editor's page sends them."""
    found = [""]
    for part in paragraph.parts:
        if isinstance(part, Figure):
            found.append("")
        else:
            found[-1] += part
    return found


def test_issues_are_numbered_by_template_and_year(issue: Issue, town: Town) -> None:
    analyst = town.actor("analyst")
    second = actions.create(analyst, "daily", "2025-03-04")
    other_year = actions.create(analyst, "daily", "2024-12-31")
    other_template = actions.create(analyst, "weekly", "2025-W10")
    assert [one.number for one in (issue, second, other_year, other_template)] == [1, 2, 1, 1]
    assert second.bulletin.number.endswith("第2期")
    assert "2024年" in other_year.bulletin.number
    (entry,) = journal.timeline("bulletin", issue.pk)
    assert (entry.action, entry.staff, entry.ref) == ("bulletin.make", "analyst", "daily-2025-1")


def test_the_counts_of_the_history_stand_in_the_issue(history: None) -> None:
    issue = actions.create(SYSTEM, "quarterly", "2025Q1")
    printed = {figure.code: figure.printed for figure in reversed(figures(issue))}
    assert printed["accepted_count"] == "3"
    assert printed["on_time_completion_rate"] == "66.67%"


def test_the_language_of_the_pages_is_not_that_of_the_bulletin(
    history: None, tmp_path: Path
) -> None:
    take(tmp_path, [row(4, **LAST_WEEK)])
    chinese = draw("weekly", "2025-W10")
    assert "环比上升" in chinese.to_json().decode()
    with translation.override("en"):
        assert draw("weekly", "2025-W10") == chinese


def test_one_draft_of_the_same_at_a_time(issue: Issue, town: Town) -> None:
    analyst = town.actor("analyst")
    with pytest.raises(Conflict, match="已有草稿"):
        actions.create(analyst, "daily", DAY)
    actions.discard(analyst, issue.pk)
    assert not Issue.objects.exists()
    again = actions.create(analyst, "daily", DAY)
    assert again.number == 1
    actions.publish(SYSTEM, again.pk)
    assert actions.create(analyst, "daily", DAY).number == 2


def test_words_change_around_figures_that_stay(issue: Issue, town: Town) -> None:
    before = figures(issue)
    first = next(one for one in paragraphs(issue) if len(words(one)) > 1)
    written = words(first)
    written[0] = "本季度诉求平稳，\n共受理"
    edited = actions.edit_sentences(town.actor("analyst"), issue.pk, {first.id: written}, edits=0)
    edited.refresh_from_db()
    now = next(one for one in paragraphs(edited) if one.id == first.id)
    assert now.text.startswith("本季度诉求平稳， 共受理")
    assert figures(edited) == before
    assert (edited.edits, edited.edited_by) == (1, "analyst")
    entry = list(journal.timeline("bulletin", issue.pk))[-1]
    assert entry.action == "bulletin.edit"
    assert entry.said["changes"]["note"] == {first.id: [first.text, now.text]}


def test_what_is_the_same_changes_nothing(issue: Issue, town: Town) -> None:
    same = {paragraph.id: words(paragraph) for paragraph in paragraphs(issue)}
    edited = actions.edit_sentences(town.actor("analyst"), issue.pk, same, edits=0)
    assert edited.edits == 0
    assert len(list(journal.timeline("bulletin", issue.pk))) == 1


def test_figures_cannot_be_lost_or_made_up(issue: Issue, town: Town) -> None:
    analyst = town.actor("analyst")
    first = next(one for one in paragraphs(issue) if len(words(one)) > 1)
    whole = words(first)
    for written, complaint in (
        (["".join(whole)], "须一个不少"),
        ([*whole, "又"], "须一个不少"),
        ([*whole[:-1], "，同比增长50%。"], "不是由指标算出"),
        ([*whole[:-1], "，另有 1,200 件。"], "不是由指标算出"),
    ):
        with pytest.raises(Invalid, match=complaint):
            actions.edit_sentences(analyst, issue.pk, {first.id: written}, edits=0)
    with pytest.raises(Invalid, match="没有“b999”"):
        actions.edit_sentences(analyst, issue.pk, {"b999": ["x"]}, edits=0)
    issue.refresh_from_db()
    assert issue.edits == 0


def test_who_edits_what_somebody_else_changed_is_told(issue: Issue, town: Town) -> None:
    first = paragraphs(issue)[0]
    mine, theirs = words(first), words(first)
    mine[0], theirs[0] = "甲" + mine[0], "乙" + theirs[0]
    actions.edit_sentences(town.actor("supervisor"), issue.pk, {first.id: theirs}, edits=0)
    with pytest.raises(Conflict, match="supervisor刚才改过"):
        actions.edit_sentences(town.actor("analyst"), issue.pk, {first.id: mine}, edits=0)


def test_published_it_is_frozen_in_the_database_too(issue: Issue, town: Town) -> None:
    actions.publish(town.actor("supervisor"), issue.pk)
    first = paragraphs(issue)[0]
    for change in (
        lambda: actions.edit_sentences(town.actor("analyst"), issue.pk, {first.id: ["x"]}, edits=0),
        lambda: actions.publish(SYSTEM, issue.pk),
        lambda: actions.discard(SYSTEM, issue.pk),
    ):
        with pytest.raises(Conflict, match="已经发布"):
            change()
    for alter in (
        lambda: Issue.objects.filter(pk=issue.pk).update(content="{}"),
        lambda: Issue.objects.filter(pk=issue.pk).update(state="draft"),
        lambda: Issue.objects.filter(pk=issue.pk).delete(),
    ):
        with pytest.raises(IntegrityError, match="published"), transaction.atomic():
            alter()
    assert journal.verify().faults == []


def test_who_may(issue: Issue, town: Town) -> None:
    for role, allowed in {
        "leader": "",
        "agent": "",
        "clerk": "",
        "admin": "",
        "analyst": "make edit",
        "supervisor": "make edit publish",
    }.items():
        actor = town.actor(role)
        issue.refresh_from_db()
        first = paragraphs(issue)[0]
        written = {first.id: ["新" + words(first)[0], *words(first)[1:]]}
        made_day = "2025-03-05" if role == "analyst" else "2025-03-06"
        for verb, do in {
            "make": partial(actions.create, actor, "daily", made_day),
            "edit": partial(actions.edit_sentences, actor, issue.pk, written, edits=issue.edits),
            "publish": partial(actions.publish, actor, issue.pk),
        }.items():
            if verb in allowed:
                do()
            else:
                with pytest.raises(Forbidden):
                    do()
    issue.refresh_from_db()
    assert issue.state == "published"


@pytest.mark.parametrize(
    ("template", "period", "words"),
    [
        ("nothing", "2025Q1", "没有名为“nothing”的简报模板"),
        ("quarterly", "2025Q9", "不是统计周期"),
        ("quarterly", "2025-03", "不能用于"),
        ("special", "2025-03", "须指定诉求类别"),
    ],
)
def test_what_cannot_be_made_leaves_nothing(
    history: None, template: str, period: str, words: str
) -> None:
    with pytest.raises(Invalid, match=words):
        actions.create(SYSTEM, template, period)
    assert not Issue.objects.exists()


def test_an_issue_that_is_not_there(town: Town) -> None:
    with pytest.raises(NotFound, match="没有这份简报"):
        actions.publish(SYSTEM, 12345)
