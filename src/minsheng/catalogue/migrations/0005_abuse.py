"""How long the mark of an abusive caller holds is a limit; a city that is there keeps its 90 days."""

from datetime import date

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def keep(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    limits = apps.get_model("catalogue", "TimeLimit")
    if apps.get_model("catalogue", "City").objects.exists():
        limits.objects.create(
            stage="abuse", limit="2160h", extension_times=0, effective_from=date(2004, 1, 1)
        )


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0004_change")]

    operations = [
        migrations.AlterField(
            model_name="timelimit",
            name="stage",
            field=models.CharField(
                choices=[
                    ("sign", "签收"),
                    ("contact", "联系诉求人"),
                    ("complete", "办结"),
                    ("supervise", "督办"),
                    ("reopen", "申请重办"),
                    ("abuse", "骚扰标记"),
                ],
                max_length=12,
                verbose_name="环节",
            ),
        ),
        migrations.RunPython(keep, migrations.RunPython.noop),
    ]
