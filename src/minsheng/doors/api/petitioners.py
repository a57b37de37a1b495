"""Who the petitioners are: found by phone, marked, and shown in clear only with a reason."""

from dataclasses import asdict, dataclass
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from pydantic import Field

from minsheng.demands import actions, queries
from minsheng.demands.queries import Masked
from minsheng.directory.access import require
from minsheng.doors.api.answers import answer
from minsheng.doors.api.demand_actions import given
from minsheng.doors.api.fields import Day, Id, In, Number, Reason
from minsheng.doors.api.keys import caller
from minsheng.doors.api.routes import Routes

router = Routes(tags=["petitioners"])


class Reveal(In):
    reason: Annotated[str, Field(min_length=2, max_length=2000)]


@dataclass(frozen=True, slots=True)
class Person:
    """A petitioner in clear. Every look is journaled with its reason."""

    name: str
    phone: str
    id_number: str
    address: str


@router.act("/demands/{number}/reveal", "查看诉求人信息", Person, repeatable=False)
def reveal(request: HttpRequest, number: Number, body: Reveal) -> HttpResponse:
    actor = caller(request)
    require(actor, "identity.reveal")
    person = actions.reveal(actor, queries.id_of(number), reason=body.reason)
    return answer(Person(**asdict(person)))


class Find(In):
    phone: Annotated[str, Field(min_length=1, max_length=32)]


@router.act("/petitioners/find", "按电话查找诉求人", list[Masked], repeatable=False)
def find_petitioners(request: HttpRequest, body: Find) -> HttpResponse:
    """Finds by a keyed hash; the search itself is journaled. Lists take the `id` as a filter."""
    found = actions.find_by_phone(caller(request), body.phone)
    return answer([queries.masked(petitioner) for petitioner in found])


class MarkPetitioner(In):
    """The marks that change, with the reason. That of an abusive caller expires, at the latest
    after a year, and after 90 days where no day is given."""

    reason: Reason
    abusive: bool = False
    abusive_until: Day | None = None
    do_not_call: bool = False


@router.act("/petitioners/{id}/mark", "标记诉求人", Masked)
def mark_petitioner(request: HttpRequest, id: Id, body: MarkPetitioner) -> HttpResponse:
    return answer(queries.masked(actions.mark_petitioner(caller(request), id, **given(body))))
