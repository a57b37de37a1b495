"""附件: a unit's files go with its order, and reach the petitioner with a reply that has passed."""

from collections.abc import Collection
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from minsheng.demands import actions as demands
from minsheng.demands.models import Attachment
from minsheng.directory.access import Actor, require
from minsheng.directory.permissions import Scope
from minsheng.foundation import statements
from minsheng.foundation.errors import Invalid
from minsheng.orders.acting import OrderAct
from minsheng.orders.models import Assignment


def attach(
    actor: Actor, demand_id: int, *, file: "UploadedFile[Any]", public: bool = False
) -> Attachment:
    """Stores a file with a demand as `demands.actions.attach` does; a unit's with its order.

    Raises Invalid for a unit that would show it to the petitioner: only its reply does that.
    """
    if Scope.UNIT not in require(actor, "demand.attach"):
        return demands.attach(actor, demand_id, file=file, public=public)
    if public:
        raise Invalid(
            "public_with_reply",
            _("承办单位的附件随审核通过的答复给诉求人看；请不公开上传，再附在答复里。"),
            field="public",
        )
    # None only where the unit has no order of the demand, which is refused.
    order = Assignment.objects.filter(demand=demand_id, unit=actor.unit_id).order_by("-pk").first()
    return demands.attach(actor, demand_id, file=file, order_id=order.pk if order else None)


def take(act: OrderAct, files: Collection[int]) -> None:
    """Lets a reply take files along. Raises Invalid unless its unit uploaded them all.

    What others put there, the petitioner among them, is not the unit's to show or to hide.
    """
    own = Assignment.objects.filter(demand=act.demand, unit=act.order.unit_id)
    taken = Attachment.objects.filter(
        pk__in=files, demand=act.demand, order_id__in=own.values("pk")
    ).update(order_id=act.order.pk)
    if taken < len(files):
        raise Invalid("unknown_file", _("有附件不是本单位为这件诉求上传的；请重新上传。"))


# What units below sent with their replies has passed with the unit above, and goes along.
_SHOW = """
WITH RECURSIVE passed AS (
    SELECT %s::bigint AS id
    UNION ALL
    SELECT a.id FROM orders_assignment a JOIN passed ON a.parent_id = passed.id
)
UPDATE demands_attachment SET public = true
WHERE NOT public AND demand_id = %s AND id IN (
    SELECT unnest(r.files) FROM orders_reply r JOIN passed ON passed.id = r.assignment_id
    WHERE r.passed AND r.public
)
RETURNING name
"""


def show(act: OrderAct) -> None:
    """Shows the petitioner the files of a reply that has passed at the centre."""
    if names := [name for (name,) in statements.rows(_SHOW, [act.order.pk, act.demand.pk])]:
        act.note(shown="、".join(sorted(names)))
