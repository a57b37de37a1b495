"""What the telephone system tells while a call rings."""

from dataclasses import dataclass
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from pydantic import Field

from minsheng.calls import actions
from minsheng.doors.api.answers import answer
from minsheng.doors.api.demand_actions import given
from minsheng.doors.api.fields import In, Moment
from minsheng.doors.api.keys import caller
from minsheng.doors.api.routes import Routes

router = Routes(tags=["calls"])


class OfferIn(In):
    """A call that rings at an agent (user name). `phone` is left out where it is withheld."""

    call_no: Annotated[str, Field(min_length=1, max_length=64)]
    agent: Annotated[str, Field(min_length=1, max_length=64)]
    phone: Annotated[str, Field(max_length=32)] = ""
    line: Annotated[str, Field(max_length=32)] = ""


@dataclass(frozen=True, slots=True)
class Offered:
    """Where the agent's browser is to be led: the address says nothing of who calls."""

    call_no: str
    agent: str
    offered_at: Moment
    address: str


@router.act("/calls/offered", "来电分配给话务员", Offered)
def offer_call(request: HttpRequest, body: OfferIn) -> HttpResponse:
    """The number is sealed, shown to this agent only, and forgotten after a day."""
    row = actions.offer(caller(request), **given(body))
    address = f"{reverse('console:intake')}?{urlencode({'call': row.call_no})}"
    return answer(Offered(row.call_no, body.agent, row.offered_at, address))
