"""Composes a bulletin of a template: its frame, its sections, their blocks (see `blocks`)."""

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import count
from typing import Any

from django.utils.translation import gettext as _

from minsheng.bulletins import blocks
from minsheng.bulletins.figures import Figures, Subject
from minsheng.bulletins.model import Block, Bulletin, Section
from minsheng.bulletins.templates import Template
from minsheng.foundation.errors import Invalid
from minsheng.indicators.dimensions import Tables


def compose(
    template: Template, subject: Subject, tables: Tables, *, number: str, issued_on: date
) -> Bulletin:
    """Returns the bulletin of a subject.

    Raises Invalid for a period that the template is not for, a unit or category that it needs, and
    an indicator or dimension that it names and that does not exist.
    """
    template.check(subject.period)
    if template.about and not getattr(subject, template.about):
        name = {"unit": _("单位"), "category": _("诉求类别")}[template.about]
        raise Invalid(
            "subject_missing",
            _("“%(template)s”须指定%(what)s；请补充。") % {"template": template.name, "what": name},
            field=template.about,
        )
    figures = Figures(subject, tables)
    ids = (f"b{n}" for n in count(1))
    return Bulletin(
        template=template.code,
        title=figures.words(template.title),
        subtitle=template.name,
        number=number,
        issuer=template.issuer or subject.issuer,
        issued_on=issued_on.isoformat(),
        period=str(subject.period),
        sections=tuple(_section(figures, ids, section) for section in template.sections),
        reports_to=template.reports_to,
        copies_to=template.copies_to,
        notes=template.notes,
    )


def _section(figures: Figures, ids: Iterator[str], given: Mapping[str, Any]) -> Section:
    made: list[Block | Section] = []
    for block in given.get("block", ()):
        if "section" in block:
            made.append(_section(figures, ids, {"title": block["section"], **block}))
        else:
            made += blocks.make(figures, next(ids), block)
    return Section(figures.words(given["title"]), tuple(made))
