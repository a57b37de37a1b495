"""What can be changed in the settings, kind by kind, as a table; and how a change becomes a row.

Nothing here decides who may, or writes a journal: `actions` does. A change is checked when it is
entered and once more when it is written: what it names may have gone in between.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from minsheng.catalogue.models import (
    CatalogueEntry,
    Category,
    Change,
    Channel,
    Template,
    TimeLimit,
)
from minsheng.catalogue.rules import Limit
from minsheng.directory.models import Unit
from minsheng.foundation.errors import Conflict, Invalid, NotFound

Values = Mapping[str, Any]

#: Words in place of a unit's code: the territorial unit of the demand's area.
TERRITORIAL = ("@district", "@street")


@dataclass(frozen=True)
class Kind:
    """One kind of setting.

    `fields` may be changed, `fresh` are asked for besides where something new is entered. Rows of
    a `dated` kind have dates of their own and are known by their `key`; all others by their code.
    """

    model: type[models.Model]
    fields: Sequence[str]
    fresh: Sequence[str] = ()
    key: Sequence[str] = ()
    check: Callable[[Values], None] = lambda values: None

    @property
    def dated(self) -> bool:
        return bool(self.key)


def _units_known(values: Values) -> None:
    """Raises Invalid where the catalogue would name a unit that is not there."""
    named = [values.get("lead", ""), *values.get("assists", [])]
    known = {*Unit.objects.filter(active=True).values_list("code", flat=True), *TERRITORIAL}
    for code in named:
        if code not in known:
            raise Invalid("unknown_unit", _("没有编码为“%s”的在用单位。") % code, field="lead")


def _limit_makes_sense(values: Values) -> None:
    Limit.parse(values["limit"])
    if not 0 < float(values.get("warn_share") or 0.8) <= 1:
        raise Invalid("bad_share", _("预警比例须在0与1之间，如0.8。"), field="warn_share")


KINDS: Mapping[str, Kind] = {
    Change.Kind.UNIT: Kind(
        Unit,
        ("name", "short_name", "unit_group", "sign_off", "active"),
        ("kind", "parent", "district", "is_territorial"),
    ),
    Change.Kind.CATEGORY: Kind(
        Category, ("name", "keywords", "urgent_words", "active"), ("parent",)
    ),
    Change.Kind.CHANNEL: Kind(
        Channel, ("name", "sort", "active"), ("door", "is_public", "is_collector")
    ),
    Change.Kind.TEMPLATE: Kind(Template, ("name", "kind", "category", "text"), ("use",)),
    Change.Kind.ENTRY: Kind(
        CatalogueEntry,
        ("lead", "assists", "basis", "note"),
        key=("category", "area"),
        check=_units_known,
    ),
    Change.Kind.LIMIT: Kind(
        TimeLimit,
        ("limit", "warn_share", "extension_times", "note"),
        key=("stage", "kind", "urgency", "origin", "unit_level"),
        check=_limit_makes_sense,
    ),
}


def named(kind: Kind, code: str) -> Any:
    """Returns the row that goes by a code, None for a new one."""
    return kind.model._default_manager.filter(code=code).first()


def made(change: Change) -> Any:
    """Returns the row as it will be, checked but not saved. Raises Invalid, NotFound, Conflict."""
    kind = KINDS[change.kind]
    kind.check(change.values)
    row: Any = None if kind.dated else named(kind, change.code)
    fields = [*kind.key, *kind.fields] if kind.dated else [*kind.fields]
    if row is None:
        row = kind.model()
        if not kind.dated:
            row.code = change.code
            fields += kind.fresh
    for field in fields:
        if field in change.values:
            setattr(row, field, _value(kind.model, field, change.values[field]))
    if hasattr(row, "effective_from") and (kind.dated or row.pk is None):
        row.effective_from = change.effective_from
    try:
        row.full_clean(exclude=["lineage", "level"], validate_unique=not kind.dated)
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise Invalid("bad_value", " ".join(messages), field=field) from None
    return row


def _value(model: type[models.Model], name: str, given: Any) -> Any:
    """Returns a value as the model takes it: things for their codes, lists for listed words."""
    field: Any = model._meta.get_field(name)
    if isinstance(field, models.ForeignKey):
        if not given:
            return None
        found = field.related_model._default_manager.filter(code=given).first()
        if found is None:
            raise NotFound("unknown_code", _("没有编码为“%s”的条目；请从列表中选择。") % given)
        return found
    if isinstance(field, ArrayField) and isinstance(given, str):
        return [word for word in given.replace("，", " ").replace(",", " ").split() if word]
    if given == "" and field.null:
        return None
    return field.to_python(given)


def write(change: Change) -> None:
    """Writes a change into its table, in the caller's transaction. Raises as `made` does."""
    kind, row = KINDS[change.kind], made(change)
    if kind.dated:
        _end_former(kind, row, change.effective_from)
    fresh = row.pk is None
    parent = getattr(row, "parent", None)
    if fresh and isinstance(row, Unit | Category):
        row.level = parent.level + 1 if parent else 1
    row.save()
    if fresh and isinstance(row, Unit | Category):
        row.lineage = [*(parent.lineage if parent else []), row.pk]
        row.save(update_fields=["lineage"])


def _end_former(kind: Kind, row: Any, day: date) -> None:
    """Ends the rule that held so far the day before. Raises Conflict where a later one waits."""
    same = kind.model._default_manager.filter(**{name: getattr(row, name) for name in kind.key})
    later = same.filter(effective_from__gte=day).first()
    if later is not None:
        raise Conflict(
            "later_rule",
            _("已有一条同样的规则自%s起生效；请选更晚的日期。") % later.effective_from,  # type: ignore[attr-defined]
            field="effective_from",
        )
    same.filter(models.Q(effective_to=None) | models.Q(effective_to__gte=day)).update(
        effective_to=day - timedelta(days=1)
    )
