from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registers", "0001_entries")]

    operations = [
        migrations.AddField(
            model_name="entry",
            name="outcome",
            field=models.CharField(blank=True, default="", max_length=32, verbose_name="结论"),
            preserve_default=False,
        ),
    ]
