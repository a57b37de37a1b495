"""The calendar as the city keeps it: entered years, days of its own, opening hours."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("foundation", "0001_ground"),
    ]

    operations = [
        migrations.CreateModel(
            name="CalendarHours",
            fields=[
                (
                    "effective_from",
                    models.DateField(primary_key=True, serialize=False, verbose_name="生效日期"),
                ),
                ("hours", models.TextField(verbose_name="工作时间")),
                ("entered_by", models.CharField(max_length=150, verbose_name="录入人")),
                ("entered_at", models.DateTimeField(verbose_name="录入时间")),
            ],
            options={
                "verbose_name": "工作时间",
                "verbose_name_plural": "工作时间",
            },
        ),
        migrations.CreateModel(
            name="CalendarYear",
            fields=[
                (
                    "year",
                    models.PositiveSmallIntegerField(
                        primary_key=True, serialize=False, verbose_name="年份"
                    ),
                ),
                ("source", models.TextField(verbose_name="依据")),
                ("entered_by", models.CharField(max_length=150, verbose_name="录入人")),
                ("entered_at", models.DateTimeField(verbose_name="录入时间")),
            ],
            options={
                "verbose_name": "录入的年份",
                "verbose_name_plural": "录入的年份",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("year__gte", 1950), ("year__lte", 2199)),
                        name="calendaryear_plausible",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CalendarDay",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("date", models.DateField(verbose_name="日期")),
                ("is_workday", models.BooleanField(verbose_name="上班")),
                ("name", models.TextField(verbose_name="名称")),
                ("entered_by", models.CharField(max_length=150, verbose_name="录入人")),
                ("entered_at", models.DateTimeField(verbose_name="录入时间")),
                (
                    "year",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="days",
                        to="foundation.calendaryear",
                    ),
                ),
            ],
            options={
                "verbose_name": "特别的日子",
                "verbose_name_plural": "特别的日子",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("date", "year"), name="calendarday_once", nulls_distinct=False
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("name", ""), _negated=True), name="calendarday_named"
                    ),
                ],
            },
        ),
    ]
