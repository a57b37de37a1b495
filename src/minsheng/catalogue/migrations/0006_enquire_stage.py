from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalogue", "0005_abuse"),
    ]

    operations = [
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
                    ("abuse", "骚扰标记"),
                    ("enquire", "专员答复"),
                ],
                max_length=12,
                verbose_name="环节",
            ),
        ),
    ]
