"""What a rule hands over: one contradiction, where it stands, and how sure we are of it."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

CERTAIN, LIKELY = 0.9, 0.6  # from which confidence on a finding is called 确定, 很可能


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is printed. `line` and `column` count from 1; 0 is unknown.

    In a docx, a line is a paragraph; in our own model, a paragraph or a table.
    """

    line: int = 0
    column: int = 0
    section: str = ""
    table: str = ""
    cell: str = ""  # row and column of a table, in its own words

    def __str__(self) -> str:
        parts = [
            _("表“%s”") % self.table if self.table else "",
            self.cell,
            _("第%(line)d行") % {"line": self.line} if self.line else "",
            _("第%(column)d列") % {"column": self.column} if self.line and self.column else "",
            f"（{self.section}）" if self.section else "",
        ]
        return "".join(parts) or _("全文")

    @property
    def short(self) -> str:
        """Where it is, for mention in a sentence about another place."""
        if self.table:
            return _("表“%s”") % self.table + self.cell
        return _("第%d行") % self.line if self.line else _("文中")


@dataclass(frozen=True, slots=True)
class Finding:
    """A place where a bulletin contradicts itself, or says what cannot be.

    `printed` is an excerpt, `computed` what the numbers give instead, `cause` the likely cause in
    one sentence, `confidence` from 0 to 1.
    """

    rule: str
    printed: str
    computed: str
    where: Place
    confidence: float
    cause: str

    @property
    def sureness(self) -> str:
        """The confidence in a word."""
        if self.confidence >= CERTAIN:
            return _("确定")
        return _("很可能") if self.confidence >= LIKELY else _("可能")
