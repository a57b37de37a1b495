"""Numbers of demands and orders: prefix, day, place in the day, check digit.

`SQ2601020000346` is the 34th demand of 2 January 2026: the prefix `SQ`, the day `260102` in the
hotline's zone, the daily sequence `000034`, and `6`, the check digit of ISO 7064 MOD 11,10 over the
twelve digits before it, which finds every single wrong digit and nearly every swapped pair.

Numbers are never given out twice and follow the order of acceptance; a rolled-back acceptance
leaves a gap. How that goes without a lock across transactions: docs/adr/0003-numbers.md.
"""

import os
import re
import secrets
import unicodedata
from datetime import date, datetime
from typing import NamedTuple

from django.db import DataError, connection
from django.utils.translation import gettext as _
from stdnum.iso7064 import mod_11_10

from minsheng.foundation import clock, statements
from minsheng.foundation.errors import Conflict, Invalid

# Neither 0/O nor 1/I/L: a query code is read out on the phone and typed on a small screen.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
QUERY_CODE_LENGTH = 8

_PREFIX = re.compile(r"[A-Z]{1,8}")
_NUMBER = re.compile(r"([A-Z]{1,8})(\d{6})(\d{6})(\d)", re.ASCII)


class Issued(NamedTuple):
    """A new number, and the moment it stands for: the moment of acceptance."""

    number: str
    at: datetime


class Parsed(NamedTuple):
    """A number taken apart; `number` is its one proper spelling."""

    number: str
    prefix: str
    day: date
    sequence: int


def issue(prefix: str, at: datetime | None = None) -> Issued:
    """Returns the next number of the day, with the moment of its issue.

    Without `at` and with a clock that runs, the database takes moment and number in one step, so
    that of two numbers of one prefix the higher is never the earlier. With `at`, or with the clock
    moved, that moment decides the day. `prefix` is 1 to 8 capital letters.

    Raises Conflict when the day's million is used up.
    """
    if not _PREFIX.fullmatch(prefix):
        raise ValueError(f"a number's prefix is 1 to 8 capital letters, not {prefix!r}")
    moment = at or clock.moved_to()
    sequence, issued_at = _next(prefix, moment)
    if sequence is None:
        _prepare(prefix, issued_at.astimezone(clock.ZONE).date())
        sequence, issued_at = _next(prefix, moment)
    if sequence is None:
        # The caller's transaction looks at the database as it was before (REPEATABLE READ).
        raise Conflict("number_not_ready", _("当日编号刚刚启用，本次未能取号；请重试。"))
    issued_at = issued_at.astimezone(clock.ZONE)
    digits = f"{issued_at:%y%m%d}{sequence:06d}"
    return Issued(f"{prefix}{digits}{mod_11_10.calc_check_digit(digits)}", issued_at)


_ISSUE = "SELECT number, at FROM numbers.issue(%s, %s)"


def _next(prefix: str, moment: datetime | None) -> tuple[int | None, datetime]:
    try:
        ((sequence, issued_at),) = statements.rows(_ISSUE, [prefix, moment])
    except DataError as error:
        if getattr(error.__cause__, "sqlstate", "") != "2200H":  # sequence limit exceeded
            raise
        raise Conflict(
            "numbers_used_up", _("当日编号已用完，无法受理；请联系系统管理员。")
        ) from error
    return sequence, issued_at


def _prepare(prefix: str, day: date) -> None:
    """Makes the sequences of a whole month, outside of the caller's transaction."""
    own = connection.copy()
    try:
        with own.cursor() as cursor:
            cursor.execute("SELECT numbers.prepare(%s, %s)", [prefix, day])
    finally:
        own.close()


def check(number: str) -> bool:
    """Tells whether `number` is spelt properly, down to its check digit."""
    try:
        return parse(number).number == number
    except Invalid:
        return False


def parse(typed: str) -> Parsed:
    """Takes a number apart as a person typed it: in small letters, full width, with spaces.

    Raises Invalid where it is no number, or a digit is wrong.
    """
    number = re.sub(r"[\s\-]", "", unicodedata.normalize("NFKC", typed)).upper()
    match = _NUMBER.fullmatch(number)
    if not match:
        raise Invalid(
            "number_malformed",
            _("“%(typed)s”不是有效的编号；编号由字母和 13 位数字组成，请核对。")
            % {"typed": typed[:40]},
        )
    prefix, day, sequence, digit = match.groups()
    try:
        parsed = Parsed(
            number,
            prefix,
            date(2000 + int(day[:2]), int(day[2:4]), int(day[4:])),
            int(sequence),
        )
    except ValueError:
        parsed = None
    if parsed is None or mod_11_10.calc_check_digit(day + sequence) != digit:
        raise Invalid(
            "number_mistyped",
            _("编号“%(number)s”有误，可能抄错了一位；请核对。") % {"number": number},
        )
    return parsed


def query_code() -> str:
    """Returns a random code by which a citizen asks after a demand, beside its number.

    8 of 31 characters: 8.5 × 10¹¹ codes, not to be guessed from the number.
    """
    return "".join(secrets.choice(ALPHABET) for _ in range(QUERY_CODE_LENGTH))


def query_codes(count: int) -> list[str]:
    """Returns that many query codes at once, as random as each one by itself."""
    rounds = 256 // len(ALPHABET)
    table = (ALPHABET * rounds).encode().ljust(256)
    surplus = bytes(range(rounds * len(ALPHABET), 256))  # else some letters came more often
    letters = ""
    while len(letters) < count * QUERY_CODE_LENGTH:
        letters += os.urandom(count * QUERY_CODE_LENGTH + 100).translate(table, surplus).decode()
    starts = range(0, count * QUERY_CODE_LENGTH, QUERY_CODE_LENGTH)
    return [letters[start : start + QUERY_CODE_LENGTH] for start in starts]
