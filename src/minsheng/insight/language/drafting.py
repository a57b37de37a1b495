"""What the language model drafts for a person: nothing of it is used before the person takes it.

Identities are masked before anything leaves, and restricted matters do not leave at all.
"""

import json
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from minsheng.demands.models import Demand
from minsheng.directory.access import Actor, require
from minsheng.directory.permissions import Scope
from minsheng.foundation import clock, vault
from minsheng.foundation import text as texts
from minsheng.foundation.errors import Forbidden, Invalid
from minsheng.insight.language import endpoint
from minsheng.insight.language.masking import Masked
from minsheng.knowledge.queries import search

_MOST = 4_000  # characters that are sent
_ITEMS = 3
_CLUSTERED = 20  # demands of a cluster that are read
_RULE = "\n---\n"  # between them

_SUMMARY = (
    "你是政务服务便民热线的话务员。把通话记录整理成诉求，只写记录里有的事实，不添加、不评价。"
    '【】中的内容原样保留。只输出JSON：{"title": "不超过20字的标题", "text": "诉求内容"}'
)
_REPLY = (
    "你是承办单位的经办人。根据诉求和所附知识起草答复：先称呼，再写依据和办法，语言平实。"
    "没有发生的办理经过不写，需要填写的时间和结果用“（请填写）”标出。【】中的内容原样保留。"
)
_CLUSTER = (
    "下面是若干件诉求的标题和内容。用三句话以内、不超过150字说明它们的共同点、发生在哪里、诉求人要求什么。"
    "只根据所给内容，【】中的内容原样保留。"
)


@dataclass(frozen=True, slots=True)
class Summary:
    """A call's notes as title and text of a demand."""

    title: str
    text: str


def summary(actor: Actor, notes: str, known: Collection[str] = ()) -> Summary:
    """Returns notes of a call as title and text; `known` are names and numbers of the caller.

    Raises Forbidden, Invalid for empty notes, Conflict where no model answers.
    """
    _may(actor, "insight.suggest")
    masked = _masked(notes, known)
    said = endpoint.ask(_SUMMARY, masked.text)
    found = re.search(r"\{.*\}", said, re.DOTALL)
    try:
        given = json.loads(found[0]) if found else {}
        title, body = str(given["title"]), str(given["text"])
    except (ValueError, LookupError, TypeError):
        title, body = said.split("\n", 1)[0], said  # a model that does not keep to the form
    return Summary(texts.line(masked.restored(title), 60), texts.clean(masked.restored(body)))


def reply(actor: Actor, demand: str, known: Collection[str] = ()) -> str:
    """Returns a draft reply to a demand, from the knowledge that is found for it.

    Raises as `summary`.
    """
    _may(actor, "insight.check_reply")
    masked = _masked(demand, known)
    items = search(demand[:40], clock.now().date(), valid=True, most=_ITEMS).items
    shelf = "\n".join(f"知识：{item.title}\n{item.answer}" for item in items)
    said = endpoint.ask(_REPLY, f"诉求：{masked.text}\n\n{shelf}"[: 2 * _MOST])
    return texts.clean(masked.restored(said))


def reply_to(actor: Actor, demand: Demand) -> str:
    """Returns a draft reply to a demand on record. Raises as `summary`, Forbidden if restricted."""
    if demand.restricted:
        raise _secret()
    return reply(actor, f"{demand.title}\n{demand.text}", _known(demand))


def explanation(actor: Actor, ids: Sequence[int]) -> str:
    """Returns in a few sentences what demands (ids) of one cluster share. Raises as `summary`.

    The latest are read; restricted ones are left out.
    """
    _may(actor, "insight.view")
    demands = list(
        Demand.objects.filter(pk__in=ids, restricted=False)
        .select_related("petitioner__identity")
        .order_by("-accepted_at", "-pk")[:_CLUSTERED]
    )
    text = _RULE.join(f"{one.title}\n{one.text}" for one in demands)
    masked = _masked(text, [said for one in demands for said in _known(one)], len(text))
    # Cut only now, or half a name would be none that is known.
    parts = (part[: _MOST // _CLUSTERED] for part in masked.text.split(_RULE))
    return texts.clean(masked.restored(endpoint.ask(_CLUSTER, _RULE.join(parts))))


def _known(demand: Demand) -> list[str]:
    """Returns who a demand's petitioner is, for no eye: only to be taken out of what leaves."""
    if demand.petitioner is None:
        return []
    person = vault.open_person(demand.petitioner.identity)
    return [person.name, person.phone, person.id_number, person.address]


def _may(actor: Actor, action: str) -> None:
    if require(actor, action) == (Scope.SECRET,):
        raise _secret()


def _secret() -> Forbidden:
    return Forbidden("restricted", _("限制知悉的内容不能交给语言模型；请手工填写。"))


def _masked(text: str, known: Collection[str], most: int = _MOST) -> Masked:
    cleaned = texts.clean(text, most)
    if not cleaned:
        raise Invalid("missing", _("没有内容可以整理；请先填写。"), field="notes")
    return Masked(cleaned, known)
