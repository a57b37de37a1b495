"""What is added to a demand after it was accepted: words and files."""

from dataclasses import replace
from functools import partial
from typing import Any

from django.core.files.uploadedfile import UploadedFile

from minsheng.demands import attachments
from minsheng.demands.acting import acting
from minsheng.demands.attachments import Checked
from minsheng.demands.models import Attachment, Demand, Supplement
from minsheng.demands.withheld import bare_of, known_petitioner, without_who
from minsheng.directory.access import Actor
from minsheng.directory.permissions import Role


def supplement(actor: Actor, demand_id: int, *, text: str) -> Supplement:
    """Adds what the petitioner told later; units see it at once with their order."""
    with acting(actor, "demand.supplement", demand_id, text=text.strip()) as act:
        row = Supplement.objects.create(
            demand=act.demand,
            text=without_who(
                text,
                known_petitioner(act.demand),
                confidential=act.demand.confidential,
                limit=5000,
            ),
            by=actor.name or actor.username,
            at=act.now,
        )
        act.note(text=row.text)
    return row


def attach(
    actor: Actor,
    demand_id: int,
    *,
    file: "UploadedFile[Any] | Checked",
    order_id: int | None = None,
    public: bool = False,
) -> Attachment:
    """Stores a file with a demand after checking what it really is; see `attachments.check`.

    Whoever locks the demand for more than this checks its files, and makes them bare, before.
    A petitioner's picture is kept without the place where it was taken, which may be their home,
    and so is any that comes with a confidential demand. A unit's shows where the unit was.
    """
    checked = file if isinstance(file, Checked) else attachments.check(file)
    # A film takes seconds to go through: before the lock, on which all wait who act on the demand.
    confidential = Demand.objects.filter(pk=demand_id, confidential=True)
    if actor.role == Role.CITIZEN or confidential.exists():
        checked = checked.bare()
    with acting(actor, "demand.attach", demand_id, file=file) as act:
        attachments.check_count(act.demand)
        if act.demand.confidential:  # perhaps since a moment ago; what is bare stays as it is
            checked = checked.bare()
        bare = partial(bare_of, actor, act.demand)
        checked = replace(checked, name=attachments.bare_name(checked.name, bare))
        row = attachments.store(act.demand, checked, by=actor.name or actor.username, at=act.now)
        row.order_id, row.public = order_id, public
        row.save()
        act.note(file=row.name, sha256=row.sha256, size=row.size)
    return row
