"""Notes the months in which demands were given to an institute or scored, as of others."""

from importlib import import_module

from django.db import migrations

triggers = import_module("minsheng.indicators.migrations.0002_proceedings").triggers

NAMES = ("stale_added", "stale_changed", "stale_removed", "stale_emptied")
MOMENTS = {
    "followups_commission": "SELECT at FROM {rows}",
    "followups_commissionitem": (
        "SELECT c.at FROM {rows} JOIN followups_commission c ON c.id = commission_id"
    ),
}


class Migration(migrations.Migration):
    dependencies = [
        ("indicators", "0003_enquiries"),
        ("followups", "0005_evaluated_first"),
    ]

    operations = [
        migrations.RunSQL(
            "".join(triggers(*one) for one in MOMENTS.items()),
            "".join(f"DROP TRIGGER {name} ON {table};" for table in MOMENTS for name in NAMES),
        )
    ]
