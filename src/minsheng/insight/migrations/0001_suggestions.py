import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("demands", "0004_one_index_for_numbers"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ModelVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField(unique=True, verbose_name="版本")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("requested", "等待训练"),
                            ("training", "训练中"),
                            ("trained", "待审批"),
                            ("failed", "训练失败"),
                            ("refused", "已退回"),
                            ("serving", "使用中"),
                            ("retired", "已停用"),
                        ],
                        default="requested",
                        max_length=12,
                        verbose_name="状态",
                    ),
                ),
                ("requested_by", models.CharField(max_length=64, verbose_name="发起人")),
                ("requested_at", models.DateTimeField(verbose_name="发起时间")),
                ("progress", models.FloatField(default=0, verbose_name="进度")),
                ("trained_at", models.DateTimeField(null=True, verbose_name="训练完成时间")),
                ("rows", models.PositiveIntegerField(default=0, verbose_name="训练条数")),
                ("sha256", models.CharField(blank=True, max_length=64, verbose_name="文件摘要")),
                ("report", models.JSONField(default=dict, verbose_name="报告")),
                ("failure", models.CharField(blank=True, max_length=500, verbose_name="失败原因")),
                ("decided_by", models.CharField(blank=True, max_length=64, verbose_name="审批人")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="审批时间")),
                ("remark", models.CharField(blank=True, max_length=200, verbose_name="审批意见")),
            ],
            options={
                "verbose_name": "模型版本",
                "constraints": [
                    models.UniqueConstraint(
                        models.F("state"),
                        condition=models.Q(("state", "serving")),
                        name="one_model_serves",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Suggestion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("round", models.CharField(max_length=16, verbose_name="批次")),
                (
                    "what",
                    models.CharField(
                        choices=[
                            ("category", "诉求类别"),
                            ("kind", "诉求类型"),
                            ("urgency", "紧急"),
                            ("unit", "主办单位"),
                            ("place", "地点"),
                            ("similar", "相似诉求"),
                            ("knowledge", "知识条目"),
                        ],
                        max_length=12,
                        verbose_name="建议项",
                    ),
                ),
                ("model", models.CharField(blank=True, max_length=16, verbose_name="模型版本")),
                (
                    "values",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=200), size=None, verbose_name="建议"
                    ),
                ),
                (
                    "confidences",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.FloatField(null=True), size=None, verbose_name="把握"
                    ),
                ),
                ("chosen", models.CharField(blank=True, max_length=200, verbose_name="选择")),
                ("rank", models.PositiveSmallIntegerField(null=True, verbose_name="名次")),
                ("at", models.DateTimeField(verbose_name="时间")),
                (
                    "by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "demand",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="suggestions",
                        to="demands.demand",
                    ),
                ),
            ],
            options={
                "verbose_name": "智能建议",
                "indexes": [models.Index(models.F("at"), name="suggestion_at")],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("round"), models.F("what"), name="suggestion_once"
                    )
                ],
            },
        ),
    ]
