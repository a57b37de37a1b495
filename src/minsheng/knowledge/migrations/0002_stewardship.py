import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalogue", "0002_city_rules"),
        ("directory", "0001_initial"),
        ("knowledge", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Remark",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("wrong", "有错误"),
                            ("outdated", "已过时"),
                            ("unclear", "看不懂"),
                            ("useful", "有帮助"),
                        ],
                        max_length=8,
                        verbose_name="意见",
                    ),
                ),
                ("text", models.CharField(blank=True, max_length=500, verbose_name="说明")),
                ("at", models.DateTimeField(verbose_name="时间")),
                (
                    "settled_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="处理时间"),
                ),
                (
                    "settlement",
                    models.CharField(blank=True, max_length=200, verbose_name="处理结果"),
                ),
            ],
            options={
                "verbose_name": "使用反馈",
            },
        ),
        migrations.CreateModel(
            name="Search",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("query", models.CharField(max_length=100, verbose_name="查询")),
                ("found", models.PositiveIntegerField(verbose_name="结果数")),
                ("at", models.DateTimeField(verbose_name="时间")),
            ],
            options={
                "verbose_name": "查询记录",
            },
        ),
        migrations.CreateModel(
            name="Synonyms",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "words",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=32, verbose_name="词"), size=None
                    ),
                ),
            ],
            options={
                "verbose_name": "同义词",
            },
        ),
        migrations.AddField(
            model_name="item",
            name="kind",
            field=models.CharField(
                choices=[("answer", "问答"), ("notice", "临时通知")],
                default="answer",
                max_length=8,
                verbose_name="类型",
            ),
        ),
        migrations.AddField(
            model_name="item",
            name="proposed_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="提交时间"),
        ),
        migrations.AddField(
            model_name="item",
            name="proposed_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="items_proposed",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="item",
            name="remark",
            field=models.CharField(blank=True, max_length=200, verbose_name="审核意见"),
        ),
        migrations.AddField(
            model_name="item",
            name="settled_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="审核时间"),
        ),
        migrations.AddField(
            model_name="item",
            name="settled_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="items_settled",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="item",
            name="sounds",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=16), default=list, editable=False, size=None
            ),
        ),
        migrations.AddField(
            model_name="item",
            name="state",
            field=models.CharField(
                choices=[
                    ("proposed", "待审核"),
                    ("approved", "已发布"),
                    ("refused", "已退回"),
                    ("retired", "已停用"),
                ],
                default="approved",
                max_length=8,
                verbose_name="状态",
            ),
        ),
        migrations.AlterField(
            model_name="item",
            name="audience",
            field=models.CharField(
                choices=[("both", "个人和企业"), ("person", "个人"), ("enterprise", "企业")],
                default="both",
                max_length=12,
                verbose_name="对象",
            ),
        ),
        migrations.AlterField(
            model_name="item",
            name="words",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=40), default=list, editable=False, size=None
            ),
        ),
        migrations.AddIndex(
            model_name="item",
            index=django.contrib.postgres.indexes.GinIndex(models.F("sounds"), name="item_sounds"),
        ),
        migrations.AddIndex(
            model_name="item",
            index=models.Index(models.F("review_on"), name="item_review"),
        ),
        migrations.AddConstraint(
            model_name="item",
            constraint=models.UniqueConstraint(
                models.F("code"),
                condition=models.Q(("state", "proposed")),
                name="item_proposed_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="item",
            constraint=models.CheckConstraint(
                condition=models.Q(("current", False), ("state", "approved"), _connector="OR"),
                name="item_current_is_approved",
            ),
        ),
        migrations.AddConstraint(
            model_name="item",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "notice"), _negated=True),
                    models.Q(("valid_from__isnull", False), ("valid_to__isnull", False)),
                    _connector="OR",
                ),
                name="notice_has_dates",
            ),
        ),
        migrations.AddField(
            model_name="remark",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="remark",
            name="item",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="remarks",
                to="knowledge.item",
            ),
        ),
        migrations.AddIndex(
            model_name="search",
            index=models.Index(
                models.F("at"),
                models.F("query"),
                condition=models.Q(("found", 0)),
                name="search_in_vain",
            ),
        ),
        migrations.AddIndex(
            model_name="remark",
            index=models.Index(
                models.F("item"),
                models.F("at"),
                condition=models.Q(("settled_at", None)),
                name="remark_open",
            ),
        ),
    ]
