from django.db import migrations, models


class Migration(migrations.Migration):
    """The list of evaluations, the latest first."""

    dependencies = [("followups", "0004_outside")]

    operations = [
        migrations.AddIndex(
            model_name="followup",
            index=models.Index(
                models.F("evaluated_at"),
                models.F("id"),
                condition=models.Q(("state", "evaluated")),
                name="followup_evaluated",
            ),
        ),
    ]
