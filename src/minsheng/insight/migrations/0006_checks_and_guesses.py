from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("insight", "0005_rules_and_proposals"),
    ]

    operations = [
        migrations.AlterField(
            model_name="suggestion",
            name="what",
            field=models.CharField(
                choices=[
                    ("category", "诉求类别"),
                    ("kind", "诉求类型"),
                    ("urgency", "紧急"),
                    ("unit", "主办单位"),
                    ("place", "地点"),
                    ("similar", "相似诉求"),
                    ("knowledge", "知识条目"),
                    ("answer", "以往答复"),
                    ("draft", "模型草稿"),
                    ("check", "答复检查"),
                    ("audit", "审核提示"),
                    ("guess", "网页上的类别"),
                ],
                max_length=12,
                verbose_name="建议项",
            ),
        ),
    ]
