import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalogue", "0003_reopen_and_open_data"),
    ]

    operations = [
        migrations.CreateModel(
            name="Template",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "use",
                    models.CharField(
                        choices=[("reply", "答复模板"), ("call", "回访话术")],
                        max_length=8,
                        verbose_name="用于",
                    ),
                ),
                ("code", models.CharField(max_length=32, verbose_name="编码")),
                ("name", models.CharField(max_length=64, verbose_name="名称")),
                ("kind", models.CharField(blank=True, max_length=32, verbose_name="诉求类型")),
                ("text", models.TextField(verbose_name="内容")),
                ("effective_from", models.DateField(verbose_name="生效日期")),
                (
                    "effective_to",
                    models.DateField(blank=True, null=True, verbose_name="失效日期"),
                ),
                (
                    "category",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="catalogue.category",
                    ),
                ),
            ],
            options={
                "verbose_name": "文字模板",
                "constraints": [
                    models.UniqueConstraint("use", "code", name="template_code_once"),
                ],
            },
        ),
    ]
