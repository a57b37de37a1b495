"""What rings now, for the screen-pop."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("calls", "0001_initial"),
        ("directory", "0001_initial"),
        ("foundation", "0002_calendar"),
    ]

    operations = [
        migrations.CreateModel(
            name="Offer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("call_no", models.CharField(max_length=64, verbose_name="通话编号")),
                ("line", models.CharField(blank=True, max_length=32, verbose_name="热线")),
                ("offered_at", models.DateTimeField(verbose_name="呼叫时间")),
                (
                    "identity",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="foundation.identity",
                    ),
                ),
                (
                    "staff",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "来电",
                "indexes": [
                    models.Index(models.F("staff"), models.F("offered_at"), name="offer_staff")
                ],
                "constraints": [models.UniqueConstraint(fields=("call_no",), name="offer_once")],
            },
        ),
    ]
