"""Rows as a file to take away."""

import csv
from collections.abc import Iterable

from django.http import HttpResponse


def table(filename: str, rows: Iterable[Iterable[object]]) -> HttpResponse:
    """Returns CSV as spreadsheets open it: UTF-8 with a mark at its beginning, and no formulas."""
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    csv.writer(response).writerows([_cell(value) for value in row] for row in rows)
    return response


def _cell(value: object) -> object:
    """Returns a cell that no spreadsheet takes for a formula."""
    if isinstance(value, str) and value[:1] in tuple("=+-@\t\r"):
        return f"'{value}"
    return value
