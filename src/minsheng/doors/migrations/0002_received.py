"""What the portal's form has sent."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("demands", "0004_one_index_for_numbers"), ("doors", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Received",
            fields=[
                (
                    "token",
                    models.UUIDField(primary_key=True, serialize=False, verbose_name="表单标记"),
                ),
                ("sent_by", models.CharField(max_length=120, verbose_name="来源")),
                ("at", models.DateTimeField(verbose_name="时间")),
                (
                    "demand",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="demands.demand",
                    ),
                ),
            ],
            options={
                "verbose_name": "门户提交",
                "indexes": [
                    models.Index(models.F("sent_by"), models.F("at"), name="received_sent")
                ],
            },
        ),
    ]
