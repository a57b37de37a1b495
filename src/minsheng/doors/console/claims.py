"""Who has which item of a shared queue before them: two never get the same one at once.

A claim is soft: it ends by itself after `HELD_FOR`, is renewed when the item is opened again, and
keeps nobody from acting on the demand's own page, where the lifecycle lets one of two through.
"""

from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Q, QuerySet

from minsheng.doors.models import Claim
from minsheng.foundation import clock

HELD_FOR = timedelta(minutes=10)

# Of two at the same moment one inserts, and the other finds the row held by somebody else.
_TAKE = """
INSERT INTO doors_claim (desk, item, staff_id, until) VALUES (%s, %s, %s, %s)
ON CONFLICT (desk, item) DO UPDATE SET staff_id = excluded.staff_id, until = excluded.until
WHERE doors_claim.staff_id = excluded.staff_id OR doors_claim.until <= %s
RETURNING id
"""


def take(desk: str, item: int, staff_id: int) -> bool:
    """Claims an item, or renews one's claim; returns False where somebody else holds it."""
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [desk, item, staff_id, now + HELD_FOR, now])
        return cursor.fetchone() is not None


def release(desk: str, item: int, staff_id: int) -> None:
    """Gives an item back to the queue."""
    Claim.objects.filter(desk=desk, item=item, staff=staff_id).delete()


def holder(desk: str, item: int, staff_id: int) -> tuple[str, datetime] | None:
    """Returns who else holds an item, by name, and until when; None where nobody does."""
    found = Claim.objects.filter(desk=desk, item=item, until__gt=clock.now())
    held = found.exclude(staff=staff_id).values_list("staff__name", "until").first()
    return held and (held[0], held[1].astimezone(clock.ZONE))


def held(desk: str, staff_id: int) -> QuerySet[Claim, int]:
    """Returns the items that somebody holds."""
    mine = Claim.objects.filter(desk=desk, staff=staff_id, until__gt=clock.now())
    return mine.values_list("item", flat=True)


def free(desk: str, staff_id: int) -> Q:
    """Returns the condition on items that nobody else holds."""
    others = Claim.objects.filter(desk=desk, until__gt=clock.now()).exclude(staff=staff_id)
    return ~Q(pk__in=others.values("item"))
