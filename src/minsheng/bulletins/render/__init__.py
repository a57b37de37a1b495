"""A bulletin as a file: Word, PDF, web page, spreadsheet, or JSON, all with the same figures."""

from collections.abc import Callable
from importlib import import_module

from django.utils.translation import gettext as _

from minsheng.bulletins.model import Bulletin
from minsheng.foundation.errors import Invalid

FORMATS = ("docx", "pdf", "html", "xlsx", "json")


def renderer(format: str) -> Callable[[Bulletin], bytes]:
    """Returns what makes a file of a format. Raises Invalid for an unknown one."""
    if format not in FORMATS:
        raise Invalid(
            "unknown_format",
            _("没有“%(format)s”这种格式；可用：%(all)s。")
            % {"format": format, "all": "、".join(FORMATS)},
            field="format",
        )
    if format == "json":
        return Bulletin.to_json
    module = import_module(f"minsheng.bulletins.render.{format}")  # each brings a big library
    render: Callable[[Bulletin], bytes] = module.render
    return render
