"""The limit for asking again, and below which count nothing is published."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0002_city_rules")]

    operations = [
        migrations.AddField(
            model_name="city",
            name="publish_least",
            field=models.PositiveSmallIntegerField(default=5, verbose_name="公布的最小件数"),
        ),
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
                ],
                max_length=12,
                verbose_name="环节",
            ),
        ),
    ]
