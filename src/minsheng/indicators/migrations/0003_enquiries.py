"""Notes the months in which something was asked of specialists, as of other proceedings."""

from importlib import import_module

from django.db import migrations

triggers = import_module("minsheng.indicators.migrations.0002_proceedings").triggers

NAMES = ("stale_added", "stale_changed", "stale_removed", "stale_emptied")


class Migration(migrations.Migration):
    dependencies = [
        ("indicators", "0002_proceedings"),
        ("demands", "0007_enquiries"),
    ]

    operations = [
        migrations.RunSQL(
            triggers("demands_enquiry", "SELECT asked_at FROM {rows}"),
            "".join(f"DROP TRIGGER {name} ON demands_enquiry;" for name in NAMES),
        )
    ]
