"""Finds the demands of a unit and of those below it: all that its people may see."""

import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("demands", "0002_tally")]

    operations = [
        migrations.AddIndex(
            model_name="demand",
            index=django.contrib.postgres.indexes.GinIndex(
                models.F("involved"), name="demand_involved"
            ),
        ),
    ]
