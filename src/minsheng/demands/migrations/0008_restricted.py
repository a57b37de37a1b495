from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("demands", "0007_enquiries")]

    operations = [
        migrations.AddIndex(
            model_name="demand",
            index=models.Index(
                "accepted_at",
                "id",
                name="demand_restricted",
                condition=models.Q(restricted=True),
            ),
        )
    ]
