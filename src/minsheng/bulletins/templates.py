"""Templates of bulletins: which sections one has, and in which words; data that a city changes.

A template is a TOML file, in `bulletins/standard/` or, to replace or add one, in
`cities/<city>/templates/`. `docs/bulletins.md` describes what a block can be.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from minsheng.foundation import cities
from minsheng.foundation.errors import Invalid
from minsheng.indicators.periods import Grain, Period

#: What a block can be: the key that says so, and the other keys that it may have.
BLOCKS = {
    "text": {"where", "needs", "otherwise"},
    "list": {"code", "by", "where", "top", "least", "lowest", "change", "item", "otherwise"},
    "table": {"by", "codes", "where", "top", "sort", "total", "changes", "note", "shares"},
    "matrix": {"code", "rows", "columns", "where", "top", "note"},
    "chart": {"kind", "code", "by", "where", "top"},
    "evaluation": {"scheme", "note"},
    "section": {"block"},
}


@dataclass(frozen=True)
class Template:
    """A template. `about` is what else must be named: "", "unit" or "category"."""

    code: str
    name: str
    title: str
    number: str
    grains: tuple[Grain, ...]
    about: str
    issuer: str
    reports_to: tuple[str, ...]
    copies_to: tuple[str, ...]
    notes: tuple[str, ...]
    sections: tuple[dict[str, Any], ...]

    def issue(self, year: int, number: int) -> str:
        """Returns how an issue is numbered in print, such as 2018年第12期."""
        return self.number.replace("{year}", str(year)).replace("{n}", str(number))

    def check(self, period: Period) -> None:
        """Raises Invalid for a period of another length than the template is for."""
        if period.grain not in self.grains:
            raise Invalid(
                "wrong_period",
                _("“%(template)s”按%(grains)s编制，不能用于%(period)s；请换一个周期。")
                % {
                    "template": self.name,
                    "grains": "、".join(_GRAINS[grain] for grain in self.grains),
                    "period": period.label,
                },
                field="period",
            )


_GRAINS = {
    Grain.DAY: "日",
    Grain.WEEK: "周",
    Grain.MONTH: "月",
    Grain.QUARTER: "季",
    Grain.HALF: "半年",
    Grain.YEAR: "年",
    Grain.RANGE: "任意时段",
}


def files() -> dict[str, Path]:
    """Returns the templates that there are, by code; the city's own come before ours."""
    folders = [Path(__file__).parent / "standard"]
    own = cities.folder(settings.CITY) / "templates"
    return {
        path.stem: path
        for folder in (*folders, own)
        if folder.is_dir()
        for path in sorted(folder.glob("*.toml"))
    }


def names() -> list[tuple[str, str]]:
    """Returns code and name of every template; of one that cannot be read, its code twice."""
    found = []
    for code, path in files().items():
        try:
            found.append((code, read(path).name))
        except Invalid:
            found.append((code, code))
    return found


def load(code: str) -> Template:
    """Returns a template. Raises Invalid for one that does not exist or cannot be read."""
    known = files()
    if code not in known:
        raise Invalid(
            "unknown_template",
            _("没有名为“%(code)s”的简报模板；可用：%(all)s。")
            % {"code": code, "all": "、".join(known)},
            field="template",
        )
    return read(known[code])


def read(path: Path) -> Template:
    """Reads a template. Raises Invalid, naming the file, for whatever is wrong in it."""
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
        template = Template(
            code=path.stem,
            name=given["name"],
            title=given["title"],
            number=given.get("number", "{year}年第{n}期"),
            grains=tuple(Grain(grain) for grain in given["grains"]),
            about=given.get("about", ""),
            issuer=given.get("issuer", ""),
            reports_to=tuple(given.get("reports_to", ())),
            copies_to=tuple(given.get("copies_to", ())),
            notes=tuple(given.get("notes", ())),
            sections=tuple(given["section"]),
        )
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, ValueError, TypeError) as error:
        raise _broken(path, str(error)) from error
    for section in template.sections:
        _check(path, section)
    return template


def _check(path: Path, section: dict[str, Any]) -> None:
    if not section.get("title"):
        raise _broken(path, _("有一节没有标题"))
    for block in section.get("block", ()):
        kinds = [kind for kind in BLOCKS if kind in block]
        if len(kinds) != 1:
            raise _broken(path, _("“%s”里有一块说不清是什么") % section["title"])
        if unknown := set(block) - {kinds[0], *BLOCKS[kinds[0]]}:
            raise _broken(
                path,
                _("“%(title)s”里有不认识的键 %(keys)s")
                % {"title": section["title"], "keys": "、".join(sorted(unknown))},
            )
        if kinds[0] == "section":
            _check(path, {"title": block["section"], **block})


def _broken(path: Path, why: str) -> Invalid:
    return Invalid(
        "broken_template",
        _("简报模板%(file)s有误：%(why)s；请改正后再用。") % {"file": path.name, "why": why},
    )
