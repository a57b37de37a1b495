"""What the doors remember: answers given under a key, forms sent, wrong query codes."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="KeptAnswer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("actor", models.CharField(max_length=80, verbose_name="调用者")),
                ("key", models.CharField(max_length=255, verbose_name="幂等键")),
                ("fingerprint", models.BinaryField(max_length=32, verbose_name="请求摘要")),
                ("status", models.PositiveSmallIntegerField(null=True, verbose_name="状态码")),
                ("body", models.BinaryField(default=b"", verbose_name="应答")),
                ("at", models.DateTimeField(db_index=True, verbose_name="时间")),
            ],
            options={
                "verbose_name": "已存应答",
                "db_table": "api_idempotency",
                "constraints": [
                    models.UniqueConstraint(
                        models.F("actor"), models.F("key"), name="idempotency_key_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Submission",
            fields=[
                (
                    "token",
                    models.UUIDField(primary_key=True, serialize=False, verbose_name="表单标记"),
                ),
                ("at", models.DateTimeField(db_index=True, verbose_name="时间")),
                (
                    "address",
                    models.CharField(blank=True, max_length=200, verbose_name="办成后的页面"),
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
                "verbose_name": "表单提交",
            },
        ),
        migrations.CreateModel(
            name="WrongCode",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("tried_by", models.CharField(max_length=120, verbose_name="来源")),
                ("at", models.DateTimeField(verbose_name="时间")),
            ],
            options={
                "verbose_name": "查询码错误",
                "indexes": [
                    models.Index(models.F("tried_by"), models.F("at"), name="wrongcode_tried")
                ],
            },
        ),
    ]
