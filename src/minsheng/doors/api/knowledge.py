"""The knowledge base for machines: search, propose, approve, remark."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import Field

from minsheng.demands.queries import answers_by_item
from minsheng.directory.access import require
from minsheng.doors.api.answers import answer
from minsheng.doors.api.demand_actions import Nothing, given
from minsheng.doors.api.fields import Code, Day, Id, In, Limit, Short, Why
from minsheng.doors.api.keys import caller
from minsheng.doors.api.routes import Routes
from minsheng.foundation import clock
from minsheng.foundation.errors import Refused
from minsheng.foundation.keyset import MOST_ROWS, Page
from minsheng.knowledge import actions, queries
from minsheng.knowledge.actions import Saying
from minsheng.knowledge.bulk import take_over
from minsheng.knowledge.models import Item, Remark

router = Routes(tags=["knowledge"])


@dataclass(frozen=True, slots=True)
class ItemOut:
    """One version of an item. `state`: proposed, approved, refused or retired."""

    id: int
    code: str
    version: int
    kind: str
    state: str
    current: bool
    title: str
    question: str
    answer: str
    basis: str
    unit: str
    category: str
    district: str
    audience: str
    public: bool
    valid_from: date | None
    valid_to: date | None
    review_on: date | None
    keywords: Sequence[str]


def _out(item: Item) -> ItemOut:
    names = ("id", "code", "version", "kind", "state", "current", "title", "question", "answer")
    rest = ("basis", "audience", "public", "valid_from", "valid_to", "review_on", "keywords")
    return ItemOut(
        **{name: getattr(item, name) for name in (*names, *rest)},
        unit=item.unit.code,
        category=item.category.code if item.category else "",
        district=item.district.code if item.district else "",
    )


@router.read("/knowledge", "查知识库", list[ItemOut])
def search_knowledge(
    request: HttpRequest,
    query: Annotated[str, Query(max_length=100)] = "",
    limit: Annotated[int, Query(ge=1, le=50)] = 20,
) -> HttpResponse:
    """Current items that hold today, best first: by words and synonyms, by sound, or alike."""
    require(caller(request), "knowledge.view")
    found = queries.search(query, clock.now().date(), valid=True, most=limit)
    return answer([_out(item) for item in found.items])


class Propose(In):
    """A new item; with `code`, the next version of one."""

    title: Annotated[str, Field(min_length=1, max_length=120)]
    answer: Annotated[str, Field(min_length=1, max_length=5000)]
    code: Code = ""
    unit: Code = ""
    question: Annotated[str, Field(max_length=500)] = ""
    basis: Short = ""
    kind: Item.Kind = Field(Item.Kind.ANSWER, strict=False)
    category: Code = ""
    district: Code = ""
    audience: Item.Audience = Field(Item.Audience.BOTH, strict=False)
    public: bool = True
    valid_from: Day | None = None
    valid_to: Day | None = None
    review_on: Day | None = None
    keywords: Annotated[list[Code], Field(max_length=20)] = []


@router.act("/knowledge", "提交知识", ItemOut)
def propose_knowledge(request: HttpRequest, body: Propose) -> HttpResponse:
    fields = given(body)
    fields["keywords"] = tuple(fields.get("keywords", ()))
    return answer(_out(actions.propose(caller(request), **fields)))


@router.read("/knowledge/export", "导出知识", Page[ItemOut])
def export_knowledge(
    request: HttpRequest,
    after: Annotated[str, Query(pattern=r"^[\w.-]{0,32}$")] = "",
    limit: Limit = 50,
) -> HttpResponse:
    """Current items by code, to units their own; `next` goes into `after` for the page behind."""
    found = list(queries.exported(caller(request)).filter(code__gt=after)[: limit + 1])
    more = found[limit - 1].code if len(found) > limit else None
    return answer(Page([_out(item) for item in found[:limit]], more))


@dataclass(frozen=True, slots=True)
class KnowledgeUse:
    """`uses`: demands answered from an item, any version; `remarks`: those that wait."""

    id: int
    code: str
    title: str
    unit: str
    uses: int
    remarks: int


@router.read("/knowledge/use", "知识使用情况", list[KnowledgeUse])
def knowledge_use(
    request: HttpRequest, days: Annotated[int, Query(ge=1, le=366)] = 30
) -> HttpResponse:
    """Current items by code, to units their own, with their use in demands of the last days."""
    items = list(queries.exported(caller(request)))
    uses = answers_by_item(clock.now() - timedelta(days=days))
    remarks = queries.unsettled([item.code for item in items])
    return answer(
        [
            KnowledgeUse(
                *(item.pk, item.code, item.title, item.unit.code),
                *(uses.get(item.code, 0), remarks.get(item.code, 0)),
            )
            for item in items
        ]
    )


class KnowledgeRow(In):
    """An item; found by its code, without one by title and unit."""

    title: Annotated[str, Field(max_length=120)] = ""
    answer: Annotated[str, Field(max_length=5000)] = ""
    code: Annotated[str, Field(max_length=32)] = ""
    unit: Code = ""
    question: Annotated[str, Field(max_length=500)] = ""
    basis: Short = ""
    kind: Code = Item.Kind.ANSWER
    category: Code = ""
    district: Code = ""
    audience: Code = Item.Audience.BOTH
    public: bool = True
    valid_from: Day | None = None
    valid_to: Day | None = None
    review_on: Day | None = None
    keywords: Annotated[list[Code], Field(max_length=20)] = []


class ImportKnowledge(In):
    items: Annotated[list[KnowledgeRow], Field(min_length=1, max_length=MOST_ROWS)]
    publish: bool = False


@dataclass(frozen=True, slots=True)
class RejectedItem:
    """`row` counts from 1."""

    row: int
    reason: str
    field: str


@dataclass(frozen=True, slots=True)
class ImportedItems:
    new: int
    changed: int
    known: int
    rejected: Sequence[RejectedItem]


@router.act("/knowledge/import", "导入知识", ImportedItems)
def import_knowledge(request: HttpRequest, body: ImportKnowledge) -> HttpResponse:
    """Each item lands or is rejected by itself; what is known already changes nothing."""
    actor, counts, rejected = caller(request), Counter[str](), []
    require(actor, "knowledge.import")
    if body.publish:
        require(actor, "knowledge.approve")
    for row, item in enumerate(body.items, 1):
        saying = Saying(**{**item.model_dump(), "keywords": tuple(item.keywords)})
        try:
            with transaction.atomic():
                counts[take_over(actor, saying, publish=body.publish)[1]] += 1
        except Refused as refused:
            rejected.append(RejectedItem(row, str(refused), refused.detail.get("field", "")))
    return answer(ImportedItems(counts["new"], counts["changed"], counts["known"], rejected))


@router.act("/knowledge/{id}/approve", "发布知识", ItemOut)
def approve_knowledge(request: HttpRequest, id: Id, body: Nothing) -> HttpResponse:
    return answer(_out(actions.approve(caller(request), id)))


@router.act("/knowledge/{id}/refuse", "退回知识", ItemOut)
def refuse_knowledge(request: HttpRequest, id: Id, body: Why) -> HttpResponse:
    return answer(_out(actions.refuse(caller(request), id, reason=body.reason)))


@router.act("/knowledge/{id}/retire", "停用知识", ItemOut)
def retire_knowledge(request: HttpRequest, id: Id, body: Why) -> HttpResponse:
    return answer(_out(actions.retire(caller(request), id, reason=body.reason)))


class Review(In):
    next_on: Day


@router.act("/knowledge/{id}/review", "复核知识", ItemOut)
def review_knowledge(request: HttpRequest, id: Id, body: Review) -> HttpResponse:
    return answer(_out(actions.review(caller(request), id, next_on=body.next_on)))


class RemarkIn(In):
    kind: Remark.Kind = Field(strict=False)
    said: Annotated[str, Field(max_length=500)] = ""


@dataclass(frozen=True, slots=True)
class RemarkOut:
    id: int
    kind: str
    said: str


@router.act("/knowledge/{id}/remark", "反馈知识", RemarkOut)
def remark_on_knowledge(request: HttpRequest, id: Id, body: RemarkIn) -> HttpResponse:
    made = actions.remark(caller(request), id, kind=body.kind, said=body.said)
    return answer(RemarkOut(made.pk, made.kind, made.text))
