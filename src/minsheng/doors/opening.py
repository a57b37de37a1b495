"""How petitioners prove that a demand is theirs: its number and the query code they were given."""

from datetime import timedelta
from secrets import compare_digest

from django.http import HttpRequest
from django.utils.translation import gettext as _

from minsheng.demands.models import Demand
from minsheng.doors.client import address
from minsheng.doors.models import WrongCode
from minsheng.foundation import clock
from minsheng.foundation.errors import NotFound, TooMany

MOST_WRONG = 20  # query codes from one address …
WITHIN = timedelta(minutes=15)


def opened(request: HttpRequest, number: str, code: str) -> int:
    """Returns the id of the demand that number and query code open.

    Raises NotFound where they do not match, TooMany after twenty wrong ones from one address
    within a quarter of an hour. The same limit counts pages and API together.
    """
    tried_by = address(request)
    since = clock.now() - WITHIN
    if WrongCode.objects.filter(tried_by=tried_by, at__gt=since).count() >= MOST_WRONG:
        raise TooMany("locked", _("查询码错误次数过多；请15分钟后再试。"))
    number, code = number.strip(), code.strip().upper()
    named = Demand.objects.filter(number__in={number, number.upper()})
    found = named.values_list("pk", "query_code").first()
    if not (found and found[1] and compare_digest(found[1].encode(), code.encode())):
        WrongCode.objects.create(tried_by=tried_by, at=clock.now())
        raise NotFound("wrong_code", _("诉求号或查询码不正确；请核对短信或回执。"))
    return found[0]
