"""验证码: a small task that keeps out programs which fill in any form they find.

It needs no outside service and no scripts: a picture of a few signs or, for whoever cannot see it,
a question in words. What is asked follows from the token alone, by a keyed hash, so that nothing is
stored while somebody fills in the form. The token is signed, expires, and is the one under which
the form is received (`doors.models.Received`): it works once. See ADR 0012.
"""

import base64
import hmac
import io
import random
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Literal, cast
from uuid import UUID, uuid4

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from PIL import Image, ImageDraw, ImageFont

from minsheng.foundation.language import is_english

Kind = Literal["picture", "words"]
KINDS: tuple[Kind, ...] = ("picture", "words")

LASTS = 2 * 3600  # seconds; people look for a bill or a photo while they write
LENGTH = 5
SIGNS = "ACEFHJKLMNPRTUVWXY34679"  # none is mistaken for another
SIZE = (220, 72)  # pixels

_SIGNER = TimestampSigner(salt="portal.challenge")
_NUMBERS_ZH = "零一二三四五六七八九十"
_NUMBERS_EN = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@dataclass(frozen=True)
class Challenge:
    """One task. `once` is the token of the form that it belongs to."""

    once: UUID
    kind: Kind
    token: str

    @classmethod
    def new(cls, kind: Kind = "picture") -> "Challenge":
        once = uuid4()
        return cls(once, kind, _SIGNER.sign(f"{once.hex} {kind}"))

    @classmethod
    def read(cls, token: str) -> "Challenge | None":
        """Returns the task of a token that we signed within the last two hours."""
        try:
            once, kind = _SIGNER.unsign(token, max_age=LASTS).split(" ")
        except BadSignature:
            return None
        return cls(UUID(once), cast("Kind", kind), token)

    @cached_property
    def _drawn(self) -> random.Random:
        key = settings.SECRET_KEY.encode()
        seed = hmac.new(key, f"{self.once.hex} {self.kind}".encode(), sha256).digest()
        return random.Random(seed)  # noqa: S311 (the seed is the secret)

    @cached_property
    def _asked(self) -> tuple[str, tuple[int, int, int]]:
        """The signs of the picture, and the three numbers of the question: a × b + c."""
        signs = "".join(self._drawn.choices(SIGNS, k=LENGTH))
        return signs, cast("tuple[int, int, int]", tuple(self._drawn.choices(range(2, 10), k=3)))

    @property
    def answer(self) -> str:
        signs, (a, b, c) = self._asked
        return signs if self.kind == "picture" else str(a * b + c)

    def solved_by(self, given: str) -> bool:
        """Tells whether this is the answer, however it was typed: ab3c, ＡＢ３Ｃ, 二十三."""
        typed = "".join(unicodedata.normalize("NFKC", given).upper().split())
        right = {self.answer}
        if self.kind == "words":
            right.add(_chinese(int(self.answer)))
        return typed in right

    @property
    def question(self) -> str:
        """The task in words, in the language of the reader."""
        a, b, c = self._asked[1]
        if is_english():
            one, two, three = (_NUMBERS_EN[n] for n in (a, b, c))
            return f"How much is {one} times {two}, plus {three}?"
        one, two, three = (_NUMBERS_ZH[n] for n in (a, b, c))
        return f"{one}乘以{two}，再加上{three}，等于多少？"

    @property
    def picture(self) -> str:
        """The task as a PNG, in a `data:` address."""
        made = io.BytesIO()
        _drawing(self._asked[0], random.Random(self.answer)).save(made, "PNG", optimize=True)  # noqa: S311
        return "data:image/png;base64," + base64.b64encode(made.getvalue()).decode()


def _chinese(number: int) -> str:
    """Returns a number below 100 as it is said: 十三, 二十, 二十三."""
    tens, ones = divmod(number, 10)
    words = (_NUMBERS_ZH[tens] if tens > 1 else "") + ("十" if tens else "")
    return words + (_NUMBERS_ZH[ones] if ones or not tens else "")


def _drawing(signs: str, drawn: random.Random) -> Image.Image:
    """Draws the signs askew, crossed by lines, on paper with grain."""
    width, height = SIZE
    paper = Image.new("L", SIZE, 255)
    font = ImageFont.load_default(46)
    step = (width - 24) // len(signs)
    for place, sign in enumerate(signs):
        one = Image.new("L", (64, 64), 0)
        ImageDraw.Draw(one).text((32, 32), sign, fill=255, font=font, anchor="mm")
        one = one.rotate(drawn.uniform(-24, 24), resample=Image.Resampling.BICUBIC)
        at = (6 + place * step + drawn.randint(-4, 4), (height - 64) // 2 + drawn.randint(-5, 5))
        paper.paste(drawn.randint(0, 70), at, one)
    draw = ImageDraw.Draw(paper)
    for _line in range(4):
        ends = [(side, drawn.randint(0, height)) for side in (0, width)]
        draw.line(ends, fill=drawn.randint(60, 140), width=2)
    for _grain in range(500):
        draw.point((drawn.randrange(width), drawn.randrange(height)), fill=drawn.randint(0, 200))
    return paper
