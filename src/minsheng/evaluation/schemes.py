"""Evaluation schemes: versioned files with effective dates, `cities/<city>/schemes/<code>.toml`."""

import tomllib
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from minsheng.catalogue.rules import Limit
from minsheng.evaluation.rules import INDICATORS, LIMITS, Scheme, Term
from minsheng.foundation import cities
from minsheng.foundation.errors import Invalid, NotFound

#: As many decimals as results are kept with.
MOST_DECIMALS = 4
_DECIMALS = {"decimals": 1, "rate_decimals": 2}


def files() -> dict[str, Path]:
    """Returns the scheme files of all cities by code."""
    return {path.stem: path for path in sorted(cities.root().glob("*/schemes/*.toml"))}


def names() -> list[tuple[str, str]]:
    """Returns code and name of every known scheme; of one that cannot be read, its code twice."""
    found = []
    for code, path in files().items():
        try:
            found.append((code, read(path)[-1].name))
        except Invalid:
            found.append((code, code))
    return found


def load(code: str, on: date | None = None) -> Scheme:
    """Returns the version of a scheme that is effective on a day; without one, the latest.

    `code` is a known scheme's code or the path of a file. Raises NotFound and Invalid.
    """
    path = Path(code) if code.endswith(".toml") else files().get(code)
    if path is None or not path.is_file():
        raise unknown(code)
    return _on(read(path), code, on)


def effective(code: str, on: date) -> Scheme:
    """Returns the same of a known scheme, with the versions approved in the console (database)."""
    return _on(all_versions(code), code, on)


def _on(versions: list[Scheme], code: str, on: date | None) -> Scheme:
    if on is None:
        return versions[-1]
    for scheme in versions:
        if scheme.effective_from <= on and (
            scheme.effective_to is None or on <= scheme.effective_to
        ):
            return scheme
    raise NotFound(
        "scheme_not_effective",
        _("评价方案“%(code)s”在%(on)s没有生效的版本。") % {"code": code, "on": on.isoformat()},
    )


def all_versions(code: str) -> list[Scheme]:
    """Returns the versions in a scheme's file and those approved in the console, earliest first.

    A version ends the day before the next one begins. Raises NotFound and Invalid.
    """
    # Only here: a table of counts is scored without a database.
    from minsheng.evaluation.models import SchemeVersion

    path = files().get(code)
    if path is None:
        raise unknown(code)
    versions = read(path)
    for text in (
        SchemeVersion.objects.filter(scheme=code, state=SchemeVersion.State.APPROVED)
        .order_by("effective_from")
        .values_list("text", flat=True)
    ):
        later = parsed(code, text)
        ended = later.effective_from - timedelta(days=1)
        versions = [
            *(
                one
                if one.effective_to and one.effective_to <= ended
                else replace(one, effective_to=ended)
                for one in versions
            ),
            later,
        ]
    return versions


def parsed(code: str, text: str) -> Scheme:
    """Returns the version of a known scheme that a text (TOML, as in a file) says. Raises Invalid.

    The text has the fields of one `[[version]]`; its terms and grades are `[[term]]`, `[[grade]]`.
    """
    path = files().get(code)
    if path is None:
        raise unknown(code)
    try:
        return _version(code, read(path)[-1].name, tomllib.loads(text, parse_float=Decimal))
    except tomllib.TOMLDecodeError as error:
        raise _broken(path, str(error)) from None
    except KeyError as error:
        raise _broken(path, _("缺少%s") % error) from None
    except (TypeError, InvalidOperation, AttributeError) as error:
        raise _broken(path, str(error)) from None


def as_text(scheme: Scheme) -> str:
    """Returns a version as a text that `parsed` reads."""
    lines = [
        f'version = "{scheme.version}"',
        f"effective_from = {scheme.effective_from}",
        f"rate_decimals = {scheme.rate_decimals}",
        f"decimals = {scheme.decimals}",
        f"minimum_sample = {scheme.minimum_sample}",
        f"small_due = {scheme.small_due}",
    ]
    for term in scheme.terms:
        lines += ["", "[[term]]", f'indicator = "{term.indicator}"', f'label = "{term.label}"']
        lines += [
            f"{name} = {value}"
            for name in ("weight", "points", "threshold", "per_point", "floor", "no_data")
            if (value := getattr(term, name)) is not None
        ]
        if term.complement:
            lines.append("complement = true")
    for grade, start in scheme.grades:
        lines += ["", "[[grade]]", f'grade = "{grade}"', f"from = {start}"]
    if scheme.limits:
        lines += ["", "[limits]", *(f'{name} = "{limit}"' for name, limit in scheme.limits.items())]
    return "\n".join(lines) + "\n"


def unknown(code: str) -> NotFound:
    """Returns the refusal of a scheme that there is not."""
    return NotFound(
        "unknown_scheme",
        _("没有名为“%(code)s”的评价方案；现有：%(known)s。")
        % {"code": code, "known": "、".join(files())},
    )


def read(path: Path) -> list[Scheme]:
    """Returns all versions in a file, the earliest first, after checking that they make sense.

    Raises Invalid for a broken file, weights that do not add up to 1, a term that is neither
    weighted nor deducting, grades out of order, or versions whose effective dates overlap.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
        versions = [_version(path.stem, str(data["name"]), row) for row in data["version"]]
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _broken(path, str(error)) from None
    except KeyError as error:
        raise _broken(path, _("缺少%s") % error) from None
    except (TypeError, InvalidOperation, AttributeError) as error:
        raise _broken(path, str(error)) from None
    versions.sort(key=lambda scheme: scheme.effective_from)
    if not versions:
        raise _broken(path, _("没有版本"))
    for earlier, later in pairwise(versions):
        if earlier.effective_to is None or earlier.effective_to >= later.effective_from:
            raise _broken(
                path,
                _("版本%(a)s与%(b)s的生效日期重叠") % {"a": earlier.version, "b": later.version},
            )
    return versions


def _broken(path: Path, why: str) -> Invalid:
    return Invalid(
        "bad_scheme", _("评价方案%(file)s不能使用：%(why)s。") % {"file": path.name, "why": why}
    )


def _version(code: str, name: str, row: dict[str, Any]) -> Scheme:
    where = Path(f"{code}.toml")
    terms = tuple(_term(where, term) for term in row["term"])
    if not terms:
        raise _broken(where, _("没有评分项"))
    weights = [term.weight for term in terms if term.weight is not None]
    if any(weight < 0 for weight in weights):
        raise _broken(where, _("权重不能为负"))
    if weights and sum(weights) != 1:
        raise _broken(where, _("权重之和为%s，应为1") % sum(weights))
    grades = tuple((str(grade["grade"]), Decimal(grade["from"])) for grade in row.get("grade", []))
    if [start for _grade, start in grades] != sorted((s for _g, s in grades), reverse=True):
        raise _broken(where, _("等级须由高到低排列"))
    start, end = row["effective_from"], row.get("effective_to")
    if not isinstance(start, date) or not (end is None or isinstance(end, date)):
        raise _broken(where, _("生效日期须写成 2017-01-01"))
    if end is not None and end < start:
        raise _broken(where, _("失效日期早于生效日期"))
    decimals, rate_decimals = (int(row.get(name, n)) for name, n in _DECIMALS.items())
    if not 0 <= decimals <= MOST_DECIMALS or not 0 <= rate_decimals <= MOST_DECIMALS:
        raise _broken(where, _("小数位数须在0到%d之间") % MOST_DECIMALS)
    limits = {name: str(Limit.parse(str(limit))) for name, limit in row.get("limits", {}).items()}
    if unknown := set(limits) - {*LIMITS}:
        raise _broken(where, _("不认识：%s") % "、".join(sorted(unknown)))
    return Scheme(
        code=code,
        name=name,
        version=str(row["version"]),
        effective_from=start,
        effective_to=end,
        terms=terms,
        grades=grades,
        rate_decimals=rate_decimals,
        decimals=decimals,
        minimum_sample=int(row.get("minimum_sample", 0)),
        small_due=int(row.get("small_due", 0)),
        limits=limits,
    )


def _term(where: Path, row: dict[str, Any]) -> Term:
    numbers = ("weight", "points", "threshold", "per_point", "floor", "no_data")
    given = {name: Decimal(row[name]) for name in numbers if name in row}
    if ("weight" in given) == ("points" in given):
        raise _broken(where, _("每一项须写权重或满分，二者取一"))
    unknown = set(row) - {*numbers, "indicator", "label", "complement"}
    if unknown:
        raise _broken(where, _("不认识：%s") % "、".join(sorted(unknown)))
    if row["indicator"] not in INDICATORS:
        raise _broken(
            where,
            _("没有指标“%(indicator)s”；可用：%(known)s")
            % {"indicator": row["indicator"], "known": "、".join(INDICATORS)},
        )
    return Term(
        indicator=str(row["indicator"]),
        label=str(row["label"]),
        complement=bool(row.get("complement", False)),
        **given,
    )
