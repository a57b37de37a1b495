"""What the public sends, by the portal's form or the API, without saying who they are."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from minsheng.demands.models import Demand
from minsheng.doors.models import Received
from minsheng.foundation import clock
from minsheng.foundation.errors import TooMany

#: Demands from one address within an hour. Whole streets share an address of a mobile network.
MOST_SENT = 30
WITHIN = timedelta(hours=1)


def received(token: UUID, sent_by: str, accept: Callable[[], Demand]) -> Demand:
    """Accepts what was sent under a token, once however often it comes, and returns the demand.

    `sent_by` is an address of the network. The token is the sender's own: nobody else knows it.
    Raises TooMany, and whatever `accept` refuses; then nothing was kept.
    """
    now = clock.now()
    try:
        with transaction.atomic():
            row = Received.objects.create(token=token, sent_by=sent_by, at=now)
            if Received.objects.filter(sent_by=sent_by, at__gt=now - WITHIN).count() > MOST_SENT:
                raise TooMany(
                    "too_many", _("这个网络地址提交得太多；请一小时后再试，或拨打热线电话。")
                )
            row.demand = accept()
            row.save(update_fields=["demand"])
    except IntegrityError:
        earlier = Received.objects.select_related("demand").filter(token=token).first()
        if earlier is None or earlier.demand is None:
            raise
        return earlier.demand
    return row.demand
