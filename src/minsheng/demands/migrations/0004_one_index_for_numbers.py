"""Keeps one unique index on numbers: the second one, for LIKE, was only paid for."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("demands", "0003_involved")]

    operations = [
        migrations.AlterField(
            model_name="demand",
            name="number",
            field=models.CharField(max_length=32, null=True, verbose_name="诉求号"),
        ),
        migrations.AddConstraint(
            model_name="demand",
            constraint=models.UniqueConstraint(fields=["number"], name="demand_number_once"),
        ),
    ]
