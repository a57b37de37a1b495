"""Keeps one unique index on numbers: the second one, for LIKE, was only paid for."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0002_tally")]

    operations = [
        migrations.AlterField(
            model_name="workorder",
            name="number",
            field=models.CharField(max_length=32, verbose_name="工单号"),
        ),
        migrations.AddConstraint(
            model_name="workorder",
            constraint=models.UniqueConstraint(fields=["number"], name="workorder_number_once"),
        ),
    ]
