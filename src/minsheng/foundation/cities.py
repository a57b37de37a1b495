"""Where the files of cities lie: `cities/` in the project, or beside the installed package."""

from pathlib import Path

from django.utils.translation import gettext as _

from minsheng.foundation.errors import NotFound


def root() -> Path:
    """Returns the folder that holds one folder per city."""
    project = Path(__file__).resolve().parents[3] / "cities"
    return project if project.is_dir() else Path(__file__).resolve().parents[1] / "cities"


def folder(name: str) -> Path:
    """Returns the folder of a city. Raises NotFound for a city that has none."""
    known = {path.name: path for path in root().iterdir() if path.is_dir()}
    if name not in known:
        raise NotFound(
            "unknown_city",
            _("没有名为“%(name)s”的城市；现有：%(known)s。")
            % {"name": name, "known": "、".join(sorted(known))},
        )
    return known[name]
