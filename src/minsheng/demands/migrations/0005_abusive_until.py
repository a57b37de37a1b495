"""The mark of an abusive caller expires, and says why it is there."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("demands", "0004_one_index_for_numbers")]

    operations = [
        migrations.AddField(
            model_name="petitioner",
            name="abusive_until",
            field=models.DateField(null=True, verbose_name="骚扰标记有效至"),
        ),
        migrations.AddField(
            model_name="petitioner",
            name="abusive_reason",
            field=models.CharField(blank=True, max_length=200, verbose_name="骚扰标记理由"),
        ),
    ]
