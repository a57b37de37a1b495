"""What stops everybody for a while, told from what is wrong with one action: a full disk, a
database that is away. The action was undone as a whole and can be repeated as it was."""

import errno

import psycopg
from django.utils.translation import gettext as _

from minsheng.foundation.errors import Unavailable

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


def unavailable(error: BaseException | None) -> Unavailable | None:
    """Returns what to tell people where an error, or what caused it, is of this kind, else None."""
    while error is not None:
        match error:
            case Unavailable():
                return error
            case OSError() if error.errno in _FULL:
                return _disk_full()
            case psycopg.OperationalError():
                return _of_database(error.sqlstate)
        error = error.__cause__ or error.__context__
    return None


def _of_database(state: str | None) -> Unavailable | None:
    """Returns what an operational error means by its state; a deadlock, for one, is none of it."""
    match state:
        case "53100":
            return _disk_full()
        case "53200" | "53300":  # no memory, no connection left
            return Unavailable("overloaded", _("系统现在太忙，这一步没有保存；请稍后重试。"))
    if state is None or state.startswith(("08", "57P")):  # the connection ended or never was
        return Unavailable(
            "database_away",
            _("数据库暂时连不上，这一步没有保存；请稍后重试，仍不行请告诉管理员。"),
        )
    return None


def _disk_full() -> Unavailable:
    return Unavailable("disk_full", _("磁盘已满，这一步没有保存；请管理员腾出空间，然后重试。"))
