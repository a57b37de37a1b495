import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("doors", "0002_received"),
        ("orders", "0004_contact_reason_findings"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Batch",
            fields=[
                (
                    "token",
                    models.UUIDField(primary_key=True, serialize=False, verbose_name="表单标记"),
                ),
                ("at", models.DateTimeField(db_index=True, verbose_name="时间")),
                ("heading", models.CharField(max_length=64, verbose_name="事项")),
                ("lines", models.JSONField(default=list, verbose_name="结果")),
                ("finished_at", models.DateTimeField(null=True, verbose_name="办完时间")),
                (
                    "staff",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"verbose_name": "批量办理"},
        ),
        migrations.CreateModel(
            name="SheetRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("digest", models.BinaryField(max_length=32, verbose_name="摘要")),
                ("at", models.DateTimeField(verbose_name="时间")),
            ],
            options={
                "verbose_name": "已办的表格行",
                "constraints": [models.UniqueConstraint("digest", name="sheetrow_once")],
            },
        ),
        migrations.CreateModel(
            name="Claim",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("desk", models.CharField(max_length=16, verbose_name="工作台")),
                ("item", models.BigIntegerField(verbose_name="事项")),
                ("until", models.DateTimeField(verbose_name="保留至")),
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
                "verbose_name": "在办标记",
                "constraints": [models.UniqueConstraint("desk", "item", name="claim_once")],
            },
        ),
        migrations.CreateModel(
            name="ReplyDraft",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("fields", models.JSONField(default=dict, verbose_name="内容")),
                ("typed_at", models.BigIntegerField(verbose_name="输入时间")),
                ("at", models.DateTimeField(db_index=True, verbose_name="保存时间")),
                (
                    "order",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="orders.assignment",
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
                "verbose_name": "答复草稿",
                "constraints": [
                    models.UniqueConstraint("staff", "order", name="replydraft_once"),
                ],
            },
        ),
    ]
