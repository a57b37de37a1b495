"""Small CSV files that people made: a gazetteer, texts with their labels, judged pairs."""

import csv
from collections.abc import Collection
from pathlib import Path

from django.utils.translation import gettext as _

from minsheng.foundation.errors import Invalid


def read(path: Path, columns: Collection[str]) -> list[dict[str, str]]:
    """Returns the rows below the header by column; a cell that is missing is empty.

    Raises Invalid: the file is no CSV in UTF-8, lacks one of `columns`, or has no row.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, restval="")
            missing = {*columns} - {*(reader.fieldnames or ())}
            if missing:
                raise Invalid(
                    "columns",
                    _("文件 %(path)s 缺少列：%(columns)s。")
                    % {"path": path.name, "columns": "、".join(sorted(missing))},
                )
            rows = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise Invalid(
            "unreadable",
            _("文件 %(path)s 读不出来，须为 UTF-8 编码的 CSV：%(why)s")
            % {"path": path.name, "why": error},
        ) from None
    if not rows:
        raise Invalid("empty", _("文件 %(path)s 只有表头，没有数据行。") % {"path": path.name})
    return rows
