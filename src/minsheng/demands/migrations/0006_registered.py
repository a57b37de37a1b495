"""What an agent took down is found by its index, however many demands there are."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("demands", "0005_abusive_until")]

    operations = [
        migrations.AddIndex(
            model_name="demand",
            index=models.Index(
                models.F("registered_by"),
                models.F("accepted_at"),
                models.F("id"),
                condition=Q(registered_by__isnull=False, accepted_at__isnull=False),
                name="demand_registered",
            ),
        ),
    ]
