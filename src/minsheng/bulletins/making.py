"""From a template and a period to a bulletin, and from a bulletin to files."""

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _

from minsheng.bulletins.compose import compose
from minsheng.bulletins.figures import Subject
from minsheng.bulletins.model import Bulletin
from minsheng.bulletins.templates import load
from minsheng.catalogue.models import Category
from minsheng.catalogue.queries import city
from minsheng.directory.models import Unit
from minsheng.foundation import clock
from minsheng.foundation.errors import Invalid
from minsheng.indicators import facts
from minsheng.indicators.periods import Period

_T = TypeVar("_T", Unit, Category)


@translation.override("zh-hans")  # whoever reads the pages in English makes a Chinese bulletin
def draw(template: str, period: str, *, unit: str = "", category: str = "", n: int = 1) -> Bulletin:
    """Returns a bulletin from the facts as they are now, as the `n`th of its template and year.

    `unit` and `category` are names or codes. Raises Invalid for whatever of them is unknown, and
    where the template is not for such a period.
    """
    chosen, when = load(template), Period.parse(period)
    chosen.check(when)
    here = city()
    office = _known(Unit, unit, _("单位"))
    about = _known(Category, category, _("诉求类别"))
    subject = Subject(
        city=here.name,
        issuer=_("%s12345政务服务便民热线中心") % here.name,
        period=when,
        unit=office.name if office else "",
        category=about.name if about else "",
        categories=_below(about) if about else (),
    )
    facts.refresh()
    number = chosen.issue(when.first.year, n)
    return compose(chosen, subject, facts.tables(), number=number, issued_on=clock.now().date())


def _below(category: Category) -> tuple[str, ...]:
    """Returns the codes of a category and of all below it."""
    found = Category.objects.filter(Q(lineage__contains=[category.pk]) | Q(pk=category.pk))
    return tuple(found.order_by("code").values_list("code", flat=True))


def _known(model: type[_T], name: str, what: str) -> _T | None:
    """Returns the unit or category that a name or code means."""
    if not name:
        return None
    for how in ("code", "name"):
        if found := model._default_manager.filter(**{how: name}).order_by("code").first():
            return found
    raise Invalid(
        "unknown_name",
        _("没有名为“%(name)s”的%(what)s；请核对。") % {"name": name, "what": what},
    )


def write_files(
    bulletin: Bulletin, renderers: Mapping[str, Callable[[Bulletin], bytes]], folder: Path
) -> list[Path]:
    """Writes a bulletin in each format and returns the files; all of them appear, or none."""
    made = {format: render(bulletin) for format, render in renderers.items()}
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    with tempfile.TemporaryDirectory(dir=folder, prefix=".making-") as aside:
        for format, content in made.items():
            (Path(aside) / format).write_bytes(content)
        for format in made:
            path = folder / f"{bulletin.template}-{bulletin.period}.{format}"
            (Path(aside) / format).replace(path)
            paths.append(path)
    return paths
