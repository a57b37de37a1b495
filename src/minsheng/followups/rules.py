"""How petitioners are asked, and who is: courses of tries, and double-random sampling.

Pure: no database and no clock. Sampling needs nothing but SHA-256, so anybody can repeat it with
the recorded seed and the list, in any language.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _


class Course(models.TextChoices):
    STANDARD = "standard", _("常规回访")
    THREE_PLUS_ONE = "three_plus_one", _("3+1回访")


class Channel(models.TextChoices):
    """By what somebody is asked."""

    PHONE = "phone", _("电话")
    SMS = "sms", _("短信链接")
    WECHAT = "wechat", _("微信链接")


@dataclass(frozen=True, slots=True)
class Tries:
    """How often somebody is tried before it ends without an answer.

    Where the course has `days`, it must be `tries` times, the first of them on so many different
    days; with `other` the last one by another person or another channel than all before. Without
    `days`, it is the usual number.
    """

    tries: int
    days: int = 0
    other: bool = False


#: 3+1 (Hongze 2018 for orders from above): three tries on different days, then another one.
TRIES: dict[str, Tries] = {
    Course.STANDARD: Tries(3),
    Course.THREE_PLUS_ONE: Tries(4, days=3, other=True),
}


# Double-random sampling (双随机抽检)


@dataclass(frozen=True, slots=True)
class Drawn:
    """What was drawn: a continuous `block` of the list, and `scattered` entries beside it."""

    block: tuple[str, ...]
    scattered: tuple[str, ...]

    @property
    def all(self) -> tuple[str, ...]:
        return (*self.block, *self.scattered)


def _mark(seed: str, *what: str) -> int:
    """Returns the number that SHA-256 gives for a seed and some words, 0 to 2**256 - 1."""
    return int.from_bytes(hashlib.sha256(" ".join((seed, *what)).encode()).digest())


def size(population: int, share: float) -> int:
    """Returns how many of so many are drawn: the share rounded half up, but at least one."""
    if not population or share <= 0:
        return 0
    return min(population, max(1, int(population * share + 0.5)))


def draw(numbers: Sequence[str], share: float, seed: str, group: str = "") -> Drawn:
    """Draws a share (0 to 1) of a list: half of it one continuous block, half scattered.

    The list is sorted, so its order does not matter; it is read as a ring, so that each entry is
    in the block as likely as any other, and each is drawn with the same chance. The block begins
    at SHA-256("seed group block") modulo the length; of the rest those are drawn whose
    SHA-256("seed group number") are the lowest. All are returned in the order of the list.
    """
    listed = sorted(set(numbers))
    wanted = size(len(listed), share)
    in_block = (wanted + 1) // 2
    if not wanted:
        return Drawn((), ())
    first = _mark(seed, group, "block") % len(listed)
    ring = [*listed[first:], *listed[:first]]
    block, rest = ring[:in_block], ring[in_block:]
    scattered = sorted(rest, key=lambda number: _mark(seed, group, number))
    return Drawn(tuple(sorted(block)), tuple(sorted(scattered[: wanted - in_block])))
