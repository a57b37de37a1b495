import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("demands", "0006_registered"),
        ("directory", "0002_notices_read"),
    ]

    operations = [
        migrations.CreateModel(
            name="Enquiry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("note", models.TextField(blank=True, verbose_name="问什么")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "待专员答复"),
                            ("answered", "专员已答复"),
                            ("passed", "转派单"),
                            ("ended", "已另行处理"),
                        ],
                        default="asked",
                        max_length=12,
                        verbose_name="状态",
                    ),
                ),
                ("asked_by", models.CharField(max_length=64, verbose_name="转出人")),
                ("asked_at", models.DateTimeField(verbose_name="转出时间")),
                ("due_at", models.DateTimeField(verbose_name="答复时限")),
                ("ended_by", models.CharField(blank=True, max_length=64, verbose_name="办结人")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="办结时间")),
                ("reason", models.TextField(blank=True, verbose_name="转派单理由")),
                (
                    "demand",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="enquiries",
                        to="demands.demand",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.unit",
                    ),
                ),
            ],
            options={
                "verbose_name": "专员咨询",
                "indexes": [
                    models.Index(models.F("asked_at"), models.F("id"), name="enquiry_asked"),
                    models.Index(
                        models.F("unit"), models.F("asked_at"), models.F("id"), name="enquiry_unit"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("demand"),
                        condition=models.Q(("state", "asked")),
                        name="enquiry_one_at_a_time",
                    )
                ],
            },
        ),
    ]
