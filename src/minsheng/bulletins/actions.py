"""Verbs: make an issue of a bulletin, change its words, discard it, publish it.

The figures of an issue are those of the facts when it was made: an analyst writes around them, and
never over them. Who wants other figures discards the draft and makes it anew.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db import connection, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from minsheng.bulletins.making import draw
from minsheng.bulletins.model import Block, Bulletin, Figure, Paragraph, Part, Section
from minsheng.bulletins.models import Issue
from minsheng.bulletins.templates import load
from minsheng.directory.access import Actor, require
from minsheng.foundation import clock, journal
from minsheng.foundation.errors import Conflict, Invalid, NotFound
from minsheng.indicators.periods import Period

# Any number will do, as long as nothing else in the database takes this advisory lock.
_LOCK = 0x12345_000A

#: A number that only an indicator may give, as somebody would type it.
_NUMBER = re.compile(r"\d[\d,，.]*\s*(?:%|％|‰|个百分点|倍|件|宗|起|万)")


def create(
    actor: Actor, template: str, period: str, *, unit: str = "", category: str = ""
) -> Issue:
    """Makes an issue from the facts as they are, as a draft with the next number of the year.

    Raises Forbidden; Invalid for an unknown template, period, unit or category; Conflict where a
    draft of the same lies there already.
    """
    require(actor, "bulletin.make")
    bulletin = draw(template, period, unit=unit, category=category)
    year = Period.parse(period).first.year
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        issues = Issue.objects.filter(template=template, year=year)
        number = (issues.aggregate(last=Max("number"))["last"] or 0) + 1
        draft = issues.filter(
            period=bulletin.period, title=bulletin.title, state=Issue.State.DRAFT
        ).first()
        if draft is not None:
            raise Conflict(
                "draft_exists",
                _("“%(title)s”已有草稿（第%(number)d期）；请修改、发布或删除它。")
                % {"title": draft.title, "number": draft.number},
            )
        issue = Issue.objects.create(
            template=template,
            year=year,
            number=number,
            period=bulletin.period,
            title=bulletin.title,
            content=replace(bulletin, number=load(template).issue(year, number)).to_json().decode(),
            made_at=clock.now(),
            made_by=actor.username,
        )
        _journal(actor, issue, "bulletin.make", {"title": issue.title, "period": issue.period})
    return issue


def edit_sentences(
    actor: Actor, issue_id: int, sentences: Mapping[str, Sequence[str]], *, edits: int
) -> Issue:
    """Changes the words of a draft's paragraphs around their figures.

    `sentences` gives, by the id of a paragraph, the words before its first figure, between each two
    and behind the last: one more than it has figures. `edits` is how often the draft had been
    changed when the writer saw it. Raises Forbidden, NotFound; Conflict for a published issue and
    for one that somebody changed meanwhile; Invalid where a figure would be lost or made up.
    """
    require(actor, "bulletin.edit")
    with transaction.atomic():
        issue = _draft(issue_id)
        if issue.edits != edits:
            raise Conflict(
                "edited_meanwhile",
                _("%(who)s刚才改过这份草稿；请重新打开后再改。") % {"who": issue.edited_by},
            )
        bulletin = issue.bulletin
        known = {block.id: block for block in bulletin.blocks() if isinstance(block, Paragraph)}
        changes: dict[str, list[str]] = {}
        written: dict[str, Paragraph] = {}
        for id, words in sentences.items():
            if id not in known:
                raise Invalid("unknown_paragraph", _("这份简报没有“%s”这一段。") % id)
            paragraph = _rewritten(known[id], words)
            if paragraph.text != known[id].text:
                written[id] = paragraph
                changes[id] = [known[id].text, paragraph.text]
        if not written:
            return issue
        issue.content = _with(bulletin, written).to_json().decode()
        issue.edits += 1
        issue.edited_at, issue.edited_by = clock.now(), actor.username
        issue.save(update_fields=["content", "edits", "edited_at", "edited_by"])
        _journal(actor, issue, "bulletin.edit", changes)
    return issue


def discard(actor: Actor, issue_id: int) -> None:
    """Deletes a draft; its number is free again if it was the last. Raises as `publish` does."""
    require(actor, "bulletin.make")
    with transaction.atomic():
        issue = _draft(issue_id)
        _journal(actor, issue, "bulletin.discard", {"period": issue.period})
        issue.delete()


def publish(actor: Actor, issue_id: int) -> Issue:
    """Publishes a draft: from now on the database refuses to change it.

    Raises Forbidden, NotFound, and Conflict where it is published already.
    """
    require(actor, "bulletin.publish")
    with transaction.atomic():
        issue = _draft(issue_id)
        issue.state = Issue.State.PUBLISHED
        issue.published_at, issue.published_by = clock.now(), actor.username
        issue.save(update_fields=["state", "published_at", "published_by"])
        _journal(actor, issue, "bulletin.publish", {"edits": issue.edits})
    return issue


def _draft(issue_id: int) -> Issue:
    """Returns a draft, locked until the transaction ends."""
    issue = Issue.objects.select_for_update().filter(pk=issue_id).first()
    if issue is None:
        raise NotFound("unknown_issue", _("没有这份简报。"))
    if issue.state == Issue.State.PUBLISHED:
        raise Conflict("published", _("“%s”已经发布，不能再改。") % issue.title)
    return issue


def _rewritten(paragraph: Paragraph, words: Sequence[str]) -> Paragraph:
    """Returns a paragraph with other words around the same figures."""
    figures = [part for part in paragraph.parts if isinstance(part, Figure)]
    if len(words) != len(figures) + 1:
        raise Invalid(
            "figures_changed",
            _("这一段有%(count)d个数，改后须一个不少：“%(text)s”。")
            % {"count": len(figures), "text": paragraph.text},
        )
    old = {said for part in paragraph.parts if isinstance(part, str) for said in _numbers(part)}
    for said in (said for piece in words for said in _numbers(piece)):
        if said not in old:
            raise Invalid(
                "figure_made_up",
                _("“%s”不是由指标算出的数，不能写进简报；请删去，或改用文字说明。") % said,
            )
    parts: list[Part] = []
    for place, piece in enumerate(words):
        piece = " ".join(piece.split())  # a paragraph is one line
        parts += [piece] if piece else []
        parts += figures[place : place + 1]
    if not parts:
        raise Invalid("empty_paragraph", _("段落不能为空：“%s”。") % paragraph.text)
    return replace(paragraph, parts=tuple(parts))


def _numbers(text: str) -> list[str]:
    return [found[0] for found in _NUMBER.finditer(text)]


def _with(bulletin: Bulletin, written: Mapping[str, Paragraph]) -> Bulletin:
    """Returns a bulletin with some paragraphs replaced."""

    def section(given: Section) -> Section:
        return replace(given, blocks=tuple(block(one) for one in given.blocks))

    def block(given: Block | Section) -> Block | Section:
        if isinstance(given, Section):
            return section(given)
        if isinstance(given, Paragraph):
            return written.get(given.id, given)
        return given

    return replace(bulletin, sections=tuple(section(one) for one in bulletin.sections))


def _journal(actor: Actor, issue: Issue, action: str, changes: Mapping[str, Any]) -> None:
    journal.write(
        subject_kind="bulletin",
        subject_id=issue.pk,
        ref=issue.ref,
        action=action,
        by=actor.signature,
        at=clock.now(),
        changes={"note": dict(changes)},
    )
