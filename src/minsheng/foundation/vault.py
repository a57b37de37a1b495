"""The vault: who the petitioners are, sealed, and the only place where it is opened.

Every cell of `models.Identity` is encrypted by itself with AES-256-GCM and bound to its row and
column; equal values look different. To find a person by phone or id number there is a keyed hash
(HMAC-SHA-256) of the normalised value beside it. For display there are masks; nothing else of a
person is ever printed or logged.

The key is `home.secret("vault")`: the file `keys/vault` of the data folder, or the environment
variable `MINSHENG_VAULT_KEY`. **A backup of the database is worthless without it, and whoever has
both has everything**: keep the key in another place than the backup of the database, and put it
back before the restored database is used. The table `models.VaultKey` holds a text sealed with
each key in use, so that a wrong or missing key is refused at the first touch, and never seals
anything that the right one could not open.

Changing the key (`minsheng vault rotate`) gives it the next version, kept as `keys/vault2`,
`keys/vault3` … or `MINSHENG_VAULT2_KEY` …; on several machines the new variable is set on all of
them beforehand. Both versions open until the old one is retired.

Who may look, and that a look is journaled, is decided by the rooms above; see `identity.reveal`.
"""

import hmac
import os
import re
import unicodedata
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from stdnum.cn import ric

from minsheng.foundation import clock, home, journal
from minsheng.foundation.errors import Conflict, Refused
from minsheng.foundation.journal import Signature
from minsheng.foundation.models import Identity, VaultKey
from minsheng.foundation.text import line

_CELLS = ("name", "phone", "id_number", "address")
_NONCE = 12  # bytes; at random, which is safe for some 10⁹ cells under one key
_KEY_LENGTH = 32  # characters at least, of the secret that keys are derived from
_HASH_LENGTH = 16  # bytes: no two of 10⁹ people meet by chance
_CANARY = b"minsheng"
_BATCH = 1000  # rows sealed anew in one transaction


class VaultLocked(Refused):
    """The key is missing or wrong, or a cell was tampered with: nothing is sealed or opened."""

    status = 503


@dataclass(frozen=True, slots=True, repr=False)
class Person:
    """Who somebody is, in clear. Not given is an empty text."""

    name: str = ""
    phone: str = ""
    id_number: str = ""
    address: str = ""

    def __repr__(self) -> str:
        return f"<Person {mask_name(self.name)} {mask_phone(self.phone)}>"


# Sealing and opening


@sensitive_variables()
def seal_person(
    name: str = "", phone: str = "", id_number: str = "", address: str = ""
) -> Identity:
    """Returns a new identity with everything sealed, not saved yet.

    Raises VaultLocked.
    """
    uid = uuid.uuid4()
    person = Person(line(name), line(phone), line(id_number), line(address))
    return Identity(uid=uid, **_seal(uid, person, _current()))


@sensitive_variables()
def open_person(identity: Identity) -> Person:
    """Returns who an identity is. Call it from actions that ask for permission and journal it.

    Raises VaultLocked where the key is wrong or the row is not as it was sealed.
    """
    return Person(*(_open_cell(identity, column) for column in _CELLS))


def find_by_phone(phone: str) -> QuerySet[Identity]:
    """Returns the identities with this phone number, however either was typed."""
    return Identity.objects.filter(phone_key__in=phone_keys(phone))


def phone_keys(phone: str) -> list[bytes]:
    """Returns the keyed hashes of a phone number, one for each version of the key in use."""
    normal = normal_phone(phone)
    return [key.hash("phone", normal) for key in _keyring()] if normal else []


def find_by_id(id_number: str) -> QuerySet[Identity]:
    """Returns the identities with this id number, of 15 or 18 places."""
    normal = normal_id(id_number)
    if not normal:
        return Identity.objects.none()
    return Identity.objects.filter(id_key__in=[k.hash("id", normal) for k in _keyring()])


def phone_key(phone: str) -> bytes:
    """Returns the keyed hash of a phone number under the present key; empty for no number.

    While the key is being changed, only `find_by_phone` finds everybody.
    """
    normal = normal_phone(phone)
    return _current().hash("phone", normal) if normal else b""


@sensitive_variables()
def _seal(uid: uuid.UUID, person: Person, key: "_Key") -> dict[str, Any]:
    """Returns all columns of an identity but its uid."""
    values: dict[str, Any] = {"key_id": key.version}
    for column in _CELLS:
        value = getattr(person, column)
        values[column] = key.seal(value.encode(), _bound(uid, column)) if value else b""
    phone = normal_phone(person.phone)
    values["phone_key"] = key.hash("phone", phone) if phone else None
    id_number = normal_id(person.id_number)
    values["id_key"] = key.hash("id", id_number) if id_number else None
    values["name_mask"] = mask_name(person.name)
    values["phone_mask"] = mask_phone(phone)
    values["address_mask"] = mask_address(person.address)
    return values


@sensitive_variables()
def _open_cell(identity: Identity, column: str) -> str:
    sealed = bytes(getattr(identity, column))
    if not sealed:
        return ""
    try:
        return _version(sealed[0]).open(sealed, _bound(identity.uid, column)).decode()
    except InvalidTag:
        raise VaultLocked(
            "vault_unreadable",
            _("诉求人信息无法解密，数据可能被改动过；请联系系统管理员从备份核对。"),
        ) from None


def _bound(uid: uuid.UUID, column: str) -> bytes:
    return uid.bytes + column.encode()


# Keys


class _Key:
    """One version of the key: one half seals cells, the other hashes what is searched by."""

    def __init__(self, version: int) -> None:
        self.version = version
        self.name = "vault" if version == 1 else f"vault{version}"
        secret = home.secret(self.name)
        if len(secret) < _KEY_LENGTH:
            raise VaultLocked(
                "vault_key_short",
                _("身份信息密钥 %(name)s 太短；请使用至少 %(length)s 个字符的随机密钥。")
                % {"name": self.name, "length": _KEY_LENGTH},
            )
        self._cells = AESGCM(_derive(secret, b"minsheng vault cells"))
        self._hashes = _derive(secret, b"minsheng vault hashes")

    def seal(self, value: bytes, bound: bytes) -> bytes:
        nonce = os.urandom(_NONCE)
        return bytes([self.version]) + nonce + self._cells.encrypt(nonce, value, bound)

    def open(self, sealed: bytes, bound: bytes) -> bytes:
        if len(sealed) <= 1 + _NONCE:
            raise InvalidTag
        return self._cells.decrypt(sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :], bound)

    def hash(self, kind: str, normal: str) -> bytes:
        return hmac.digest(self._hashes, f"{kind}:{normal}".encode(), "sha256")[:_HASH_LENGTH]


def _derive(secret: str, purpose: bytes) -> bytes:
    return HKDF(hashes.SHA256(), 32, salt=None, info=purpose).derive(secret.encode())


# The versions in use, oldest first, as this process knows them. A process that does not know of a
# new one yet goes on sealing with the old one and learns of the new one when it meets it.
_known: tuple[_Key, ...] = ()


def _keyring() -> tuple[_Key, ...]:
    global _known
    ring = _known  # other threads may forget it at any time
    if not ring:
        ring = _known = tuple(_fitting(row) for row in VaultKey.objects.order_by("version"))
    if not ring:
        raise VaultLocked(
            "vault_not_ready", _("身份信息库尚未启用；请先运行 minsheng up 完成初始化。")
        )
    return ring


def _fitting(row: VaultKey) -> _Key:
    key = _Key(row.version)
    try:
        key.open(bytes(row.canary), _CANARY)
    except InvalidTag:
        raise VaultLocked(
            "vault_key_wrong",
            _(
                "身份信息密钥缺失或与数据库不符；请从备份恢复密钥文件 keys/%(name)s"
                "（或环境变量 MINSHENG_%(variable)s_KEY）后重新启动。"
            )
            % {"name": key.name, "variable": key.name.upper()},
        ) from None
    return key


def _current() -> _Key:
    return _keyring()[-1]


def _version(version: int) -> _Key:
    for again in (False, True):
        if again:
            forget()
        for key in _keyring():
            if key.version == version:
                return key
    raise VaultLocked(
        "vault_key_retired",
        _("诉求人信息由已停用的密钥（版本 %(version)s）加密；请联系系统管理员。")
        % {"version": version},
    )


def _add_key(version: int) -> None:
    key = _Key(version)
    # Of two processes that start at once, one makes it.
    VaultKey.objects.get_or_create(
        version=version,
        defaults={"canary": key.seal(_CANARY, _CANARY), "made_at": clock.now()},
    )
    forget()


def forget() -> None:
    """Forgets the keys; the next use reads and checks them anew."""
    global _known
    _known = ()


def check() -> None:
    """Sees to it that the vault has a key and that the key fits; for every start and migration.

    Raises VaultLocked.
    """
    forget()
    if not VaultKey.objects.exists():
        _add_key(1)
    _keyring()


# Changing the key


def begin_rotation(by: Signature) -> int:
    """Puts the next version of the key into use and returns it.

    Raises Conflict while an earlier version is still in use.
    """
    forget()
    ring = _keyring()
    if len(ring) > 1:
        raise Conflict("rotation_under_way", _("上一次更换密钥尚未完成；请先完成再更换。"))
    version = ring[-1].version + 1
    with transaction.atomic():
        _add_key(version)
        _record("vault.begin_rotation", version, by)
    return version


def _record(action: str, version: int, by: Signature) -> None:
    journal.write(
        subject_kind="vault",
        subject_id=1,
        ref="vault",
        action=action,
        by=by,
        at=clock.now(),
        changes={"version": version},
    )


def rotating() -> bool:
    """Tells whether more than one version of the key is in use."""
    return VaultKey.objects.count() > 1


def sealed_before() -> QuerySet[Identity]:
    """Returns the identities that are still sealed with an earlier version of the key."""
    return Identity.objects.exclude(key_id=_current().version)


def reseal(progress: Callable[[int], None] = lambda rows: None) -> int:
    """Seals with the present key whatever is sealed with an earlier one; returns how many rows.

    Goes in batches, each its own transaction: may be interrupted, and run again at any time.
    """
    done = last = 0
    while True:
        with transaction.atomic():
            batch = list(
                sealed_before().filter(pk__gt=last).order_by("pk").select_for_update()[:_BATCH]
            )
            if not batch:
                return done
            key = _current()
            _update([(i.pk, _seal(i.uid, open_person(i), key)) for i in batch])
        last = batch[-1].pk
        done += len(batch)
        progress(len(batch))


def _update(rows: list[tuple[int, dict[str, Any]]]) -> None:
    names = ("key_id", *_CELLS, "phone_key", "id_key")
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE foundation_identity AS identity
            SET key_version = new.key_version, name = new.name, phone = new.phone,
                id_number = new.id_number, address = new.address,
                phone_key = new.phone_key, id_key = new.id_key
            FROM unnest(
                %s::bigint[], %s::smallint[], %s::bytea[], %s::bytea[], %s::bytea[], %s::bytea[],
                %s::bytea[], %s::bytea[]
            ) AS new (
                id, key_version, name, phone, id_number, address, phone_key, id_key
            )
            WHERE identity.id = new.id
            """,
            [
                [pk for pk, _values in rows],
                *([values[name] for _pk, values in rows] for name in names),
            ],
        )


def retire_old_keys(by: Signature) -> None:
    """Takes all versions but the present one out of use.

    Raises Conflict while an identity is still sealed with one of them: a process that was not
    restarted since the change. From then on the database refuses what such a process would save.
    """
    current = _current().version
    with transaction.atomic():
        # No new row may slip in between the look and the deletion.
        list(VaultKey.objects.select_for_update())
        if sealed_before().exists():
            raise Conflict(
                "old_key_in_use",
                _("仍有诉求人信息由旧密钥加密；请重启网页和后台服务后再次运行。"),
            )
        VaultKey.objects.exclude(version=current).delete()
        _record("vault.retire_old_keys", current, by)
    forget()


# Normal forms: what is hashed, so that one number typed in two ways is one number

_NO_DIGIT = re.compile("[^0-9+]")
_ABROAD = re.compile(r"(?:\+|00)(?=[1-9])")
_MOBILE = re.compile(r"(?:86)?0?(1[3-9][0-9]{9})")
# Behind +86 an area code loses its 0. The numbers 400 and 800 never had one.
_AREA = re.compile(r"(?!400|800)(?:10|[2-9][0-9])[0-9]{7,}")


def normal_phone(phone: str) -> str:
    """Returns the digits of a phone number as dialled within the country; empty if there are none.

    +86, 0086, spaces, dashes, brackets and full-width digits go. A landline keeps its area code
    and extension; a number abroad keeps its +.
    """
    if plain := _MOBILE.fullmatch(phone):
        return plain[1]
    digits = _NO_DIGIT.sub("", unicodedata.normalize("NFKC", phone))
    digits = digits[:1] + digits[1:].replace("+", "")
    if abroad := _ABROAD.match(digits):
        rest = digits[abroad.end() :]
        if not rest.startswith("86"):
            return f"+{rest}"
        rest = rest[2:]
        return normal_phone(f"0{rest}" if _AREA.fullmatch(rest) else rest)
    digits = digits.removeprefix("+")
    return mobile[1] if (mobile := _MOBILE.fullmatch(digits)) else digits


def normal_id(id_number: str) -> str:
    """Returns an id number in capitals without separators; one of 15 places as its 18."""
    if not id_number:
        return ""
    normal = re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", id_number)).upper()
    if re.fullmatch(r"[0-9]{15}", normal):
        longer = f"{normal[:6]}19{normal[6:]}"
        return longer + ric.calc_check_digit(longer + "0")
    return normal


# Masks: what everybody may see


def mask_name(name: str) -> str:
    """王小明 → 王**. Two stars, whatever the length of the rest."""
    return f"{name.strip()[0]}**" if name.strip() else ""


# What of a number says where it is: an area code, the network of a mobile, a country.
_SHOWN = re.compile(r"0(?:10|2[0-9]|[3-9][0-9]{2})|.{3}")


def mask_phone(phone: str) -> str:
    """13812345678 → 138****5678, 051885801234 → 0518****1234. Hides at least four digits."""
    normal = normal_phone(phone)
    if len(normal) < 7:
        return "****" if normal else ""
    shown = _SHOWN.match(normal) if len(normal) >= 10 else None
    head = shown.end() if shown else 0
    return f"{normal[:head]}****{normal[max(len(normal) - 4, head + 4) :]}"


# What stands between the digits of one number: up to three signs of any kind, or any white space,
# dashes and brackets. Read in one way alone: the ways would multiply with every digit.
_BETWEEN_DIGITS = r"(?>(?:[^\w\n]|_){0,3}(?=\d)|[\s()（）-]*)"


def withhold(text: str, phone: str, name: str = "") -> str:
    """Returns a text in which a phone number, however it is spaced, and a name are masked.

    For what petitioners say of themselves: it lies in the vault, and needs to stand nowhere else.
    A number of fewer than seven digits and a name of one character say too little to be looked for.
    """
    normal = normal_phone(phone)
    digits = _NO_DIGIT.sub("", text).replace("+", "")
    if len(normal) >= 7 and normal.removeprefix("+") in digits:
        spaced = _BETWEEN_DIGITS.join(map(re.escape, normal))
        number = rf"(?<!\d)(?:(?:\+|00)?86{_BETWEEN_DIGITS})?{spaced}(?!\d)"
        text = re.sub(number, mask_phone(phone), text)
    if len(name := name.strip()) > 1:
        text = text.replace(name, mask_name(name))
    return text


# Province, city, district, street or town: each a name in Han and one of its endings, where the
# ending does not belong to a longer word (小区, 超市, 市场).
_PLACES = re.compile(
    r"(?:[一-鿿]{2,8}?(?:省|自治区))?"
    r"(?:[一-鿿]{2,8}?(?:(?<![超菜夜])市(?!场)|自治州|盟))?"
    r"(?:[一-鿿]{1,8}?(?:(?<![小社园校厂库])区|县|旗|(?<![超菜夜])市(?!场)))?"
    r"(?:[一-鿿]{1,8}?(?:街道|镇|乡))?"
)


def mask_address(address: str) -> str:
    """滨海市东城区海棠街道3号楼 → 滨海市东城区海棠街道****. Nothing finer than a street office."""
    address = address.strip()
    if not address:
        return ""
    places = _PLACES.match(address)
    return f"{places[0] if places else ''}****"
