"""第三方评估: demands go out without names, scores come back by code, and are shown by unit.

What goes out tells how a demand was dealt with, and nothing of who raised it: no number, no name,
no telephone, no address. A reply may name somebody all the same: it is cleaned of what the vault
holds about the petitioner and of all that looks like a person's number, and left out where that
fails.
"""

import csv
import io
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction
from django.db.models import Avg, Count
from django.utils.translation import gettext as _

from minsheng.demands.models import Petitioner
from minsheng.directory.access import Actor, require
from minsheng.followups.models import Commission, CommissionItem
from minsheng.followups.rules import draw
from minsheng.foundation import clock, journal, text, vault
from minsheng.foundation.errors import Conflict, Invalid, NotFound
from minsheng.orders.models import Assignment
from minsheng.orders.rules import OrderState, Part

#: The columns that go out.
COLUMNS = (
    *("code", "unit", "category", "kind", "district", "urgent", "accepted_on", "completed_on"),
    *("in_time", "rework_count", "solved", "reply"),
)
MOST_ITEMS = 5000
MOST_BYTES = 5 * 1024 * 1024

# Letters and digits that are not taken for one another when read out or typed.
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_NUMBERS = re.compile(r"[0-9０-９Xx][0-9０-９\-－ Xx]{4,}[0-9０-９Xx]|[\w.+-]+@[\w.-]+", re.ASCII)
_NAMED = re.compile(r"[\u4e00-\u9fff]{1,3}(?=先生|女士|小姐|同志|师傅|阿姨|大爷|大妈)")
_HIDDEN = "＊＊"


def commission(
    actor: Actor, *, institute: str, first: date, last: date, size: int, seed: str = ""
) -> Commission:
    """Draws so many completed demands for an institute, each under a code of its own.

    Never among them: restricted demands and what is left out of assessment. Raises Invalid for days
    that are not over, no institute or no size; Conflict where nothing was completed.
    """
    require(actor, "commission.manage")
    if not (institute := text.line(institute, 120)):
        raise Invalid("missing", _("请填写评估机构。"), field="institute")
    if not first <= last < clock.now().date():
        raise Invalid("bad_days", _("办结日期须已过去，且起不晚于止；请改正。"), field="first")
    if not 1 <= size <= MOST_ITEMS:
        raise Invalid("bad_size", _("件数须在1到%d之间。") % MOST_ITEMS, field="size")
    seed = text.line(seed, 64) or secrets.token_hex(16)
    orders = _completed(first, last)
    if not orders:
        raise Conflict("nobody", _("这些日子没有办结的工单；请换一段日期。"))
    drawn = draw(list(orders), min(1.0, size / len(orders)), seed, "commission").all
    with transaction.atomic():
        row = Commission.objects.create(
            institute=institute,
            first=first,
            last=last,
            seed=seed,
            by=actor.name or actor.username,
            at=clock.now(),
        )
        codes: set[str] = set()
        while len(codes) < len(drawn):
            codes.add("".join(secrets.choice(_ALPHABET) for _place in range(8)))
        CommissionItem.objects.bulk_create(
            CommissionItem(
                commission=row,
                code=code,
                demand_id=orders[number].demand_id,
                unit_id=orders[number].unit_id,
            )
            for number, code in zip(drawn, codes, strict=True)
        )
        _journal(actor, row, "commission.draw", items=len(drawn), seed=seed)
    return row


def _completed(first: date, last: date) -> dict[str, Assignment]:
    """Returns the lead orders that were completed on these days, by the demand's number."""
    start = datetime.combine(first, time(), clock.ZONE)
    end = datetime.combine(last + timedelta(days=1), time(), clock.ZONE)
    found = Assignment.objects.filter(
        part=Part.LEAD,
        parent=None,
        state=OrderState.COMPLETED,
        completed_at__gte=start,
        completed_at__lt=end,
        demand__restricted=False,
        demand__excluded=False,
    )
    return {
        order.demand.ref: order
        for order in found.select_related("demand").defer("demand__words").order_by("pk")
    }


def find(actor: Actor, commission_id: int) -> Commission:
    """Returns a commission. Raises Forbidden and NotFound."""
    require(actor, "commission.view")
    row = Commission.objects.filter(pk=commission_id).first()
    if row is None:
        raise NotFound("not_found", _("没有这次第三方评估；请从列表中选择。"))
    return row


def taken_out(actor: Actor, commission_id: int) -> Iterator[Mapping[str, Any]]:
    """Yields what goes to the institute, one demand each, without anything that names somebody."""
    require(actor, "commission.manage")
    row = find(actor, commission_id)
    items = row.items.select_related(
        "unit", "demand__category", "demand__kind", "demand__district", "demand__petitioner"
    )
    for item in items.order_by("code"):
        demand = item.demand
        order = (
            Assignment.objects.filter(demand=demand, unit=item.unit_id, part=Part.LEAD, parent=None)
            .order_by("-pk")
            .first()
        )
        done = order.completed_at if order else None
        yield {
            "code": item.code,
            "unit": item.unit.name,
            "category": demand.category.name if demand.category else "",
            "kind": demand.kind.name if demand.kind else "",
            "district": demand.district.name if demand.district else "",
            "urgent": demand.urgent,
            "accepted_on": _day(demand.accepted_at),
            "completed_on": _day(done),
            "in_time": bool(order and order.handled_at and order.handled_at <= order.due_at),
            "rework_count": order.rework_count if order else 0,
            "solved": order.solved if order else None,
            "reply": anonymous(order.reply if order else "", demand.petitioner),
        }


def _day(at: datetime | None) -> str:
    return at.astimezone(clock.ZONE).date().isoformat() if at else ""


def anonymous(words: str, petitioner: Petitioner | None) -> str:
    """Returns a text without what the vault holds of the petitioner, and without any long number.

    Names before a form of address go, too. Empty where the vault does not open.
    """
    if petitioner is not None:
        try:
            person = vault.open_person(petitioner.identity)
        except vault.VaultLocked:
            return ""
        known = (person.name, person.phone, person.id_number, person.address)
        for value in sorted(filter(None, known), key=len, reverse=True):
            words = words.replace(value, _HIDDEN)
    return _NAMED.sub(_HIDDEN, _NUMBERS.sub(_HIDDEN, words))


def bring_back(actor: Actor, commission_id: int, content: bytes) -> int:
    """Takes in the institute's scores from CSV with the columns code, score, remark.

    All of it or nothing; the same file again changes nothing. Returns how many are new. Raises
    Invalid, naming the line, for an unknown code, a score that is none, a code twice, or one that
    was scored otherwise before.
    """
    require(actor, "commission.manage")
    row = find(actor, commission_id)
    scores = _read(content)
    with transaction.atomic():
        items = {item.code: item for item in row.items.select_for_update()}
        new = []
        for line, code, score, remark in scores:
            item = items.get(code)
            if item is None:
                raise _bad(line, _("没有编号“%s”") % code[:20])
            if item.score is not None and (item.score, item.remark) != (score, remark):
                raise _bad(line, _("编号“%s”已有不同的评分") % code)
            if item.score is None:
                item.score, item.remark, item.scored_at = score, remark, clock.now()
                new.append(item)
        if new:
            CommissionItem.objects.bulk_update(new, ["score", "remark", "scored_at"])
            _journal(actor, row, "commission.scores", scores=len(new))
    return len(new)


def _read(content: bytes) -> Sequence[tuple[int, str, Decimal, str]]:
    if len(content) > MOST_BYTES:
        raise Invalid("file_size", _("文件太大；请分批上传。"), field="file")
    try:
        decoded = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        decoded = content.decode("gb18030", errors="replace")
    reader = csv.DictReader(io.StringIO(decoded, newline=""))
    if missing := [name for name in ("code", "score") if name not in (reader.fieldnames or ())]:
        raise Invalid("missing_column", _("文件缺少列：%s。") % "、".join(missing), field="file")
    found: dict[str, tuple[int, str, Decimal, str]] = {}
    try:
        for row in reader:
            line, code = reader.line_num, (row["code"] or "").strip().upper()
            written = (row["score"] or "").strip()
            if not written:
                continue  # not scored yet
            try:
                score = Decimal(written)
            except InvalidOperation:
                score = Decimal(-1)
            if not (score.is_finite() and 0 <= score <= 100):
                raise _bad(line, _("评分“%s”不是0到100的数") % written[:20])
            if code in found:
                raise _bad(line, _("编号“%s”出现两次") % code[:20])
            found[code] = (
                line,
                code,
                score.quantize(Decimal("0.01")),
                text.line(row.get("remark") or "", 500),
            )
    except csv.Error as error:
        raise _bad(reader.line_num, str(error)) from None
    return list(found.values())


def _bad(line: int, what: str) -> Invalid:
    return Invalid(
        "bad_line", _("第%(line)d行：%(what)s；请改正后重新上传。") % {"line": line, "what": what}
    )


def by_unit(row: Commission) -> Sequence[Mapping[str, Any]]:
    """Returns for each unit how many demands went out, how many were scored, and the mean score."""
    return list(
        row.items.values("unit__name")
        .annotate(items=Count("pk"), scored=Count("score"), mean=Avg("score"))
        .order_by("unit__name")
    )


def _journal(actor: Actor, row: Commission, action: str, **note: Any) -> None:
    journal.write(
        subject_kind="commission",
        subject_id=row.pk,
        ref=f"{row.first}..{row.last}",
        action=action,
        by=actor.signature,
        at=clock.now(),
        changes={"note": {"institute": row.institute, **note}},
    )
