"""Lets counts and facts follow writes that leave out the checks of foreign keys.

An import looks up what its rows belong to once for a whole batch and then switches PostgreSQL's own
checks off (docs/adr/0014-parents.md), which would switch off these triggers as well.
"""

from django.db import migrations

STALE = ("stale_added", "stale_changed", "stale_removed", "stale_emptied")
TALLY = ("tally_plus", "tally_minus", "tally_change")
TRIGGERS = {
    "demands_demand": (*TALLY, *STALE),
    "orders_assignment": (*TALLY, *STALE),
    "followups_followup": STALE,
}


def statements(switch: str) -> str:
    return "".join(
        f"ALTER TABLE {table} {switch} TRIGGER {trigger};\n"
        for table, triggers in TRIGGERS.items()
        for trigger in triggers
    )


class Migration(migrations.Migration):
    initial = True

    dependencies = [("indicators", "0001_stale")]

    operations = [migrations.RunSQL(statements("ENABLE ALWAYS"), statements("ENABLE"))]
