"""Drafts of the intake desk, and views that people saved."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("doors", "0003_workplaces"),
        ("foundation", "0002_calendar"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="IntakeDraft",
            fields=[
                (
                    "token",
                    models.UUIDField(primary_key=True, serialize=False, verbose_name="表单标记"),
                ),
                ("typed", models.JSONField(default=dict, verbose_name="内容")),
                ("typed_at", models.BigIntegerField(verbose_name="录入时间")),
                ("saved_at", models.DateTimeField(db_index=True, verbose_name="保存时间")),
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
                        on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={"verbose_name": "未完成的登记"},
        ),
        migrations.CreateModel(
            name="SavedView",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=20, verbose_name="名称")),
                ("query", models.CharField(max_length=500, verbose_name="条件")),
                ("shared", models.BooleanField(default=False, verbose_name="全组可用")),
                ("made_at", models.DateTimeField(verbose_name="保存时间")),
                (
                    "staff",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name": "常用视图",
                "constraints": [
                    models.UniqueConstraint(
                        models.F("staff"), models.F("name"), name="savedview_once"
                    )
                ],
            },
        ),
    ]
