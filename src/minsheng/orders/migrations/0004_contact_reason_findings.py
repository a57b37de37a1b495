import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0003_one_index_for_numbers"),
    ]

    operations = [
        migrations.AddField(
            model_name="contact",
            name="reached",
            field=models.BooleanField(default=True, verbose_name="联系上"),
        ),
        migrations.AddField(
            model_name="extension",
            name="reason_code",
            field=models.CharField(blank=True, default="", max_length=32, verbose_name="原因"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="reply",
            name="findings",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=32),
                null=True,
                size=None,
                verbose_name="答复检查",
            ),
        ),
    ]
