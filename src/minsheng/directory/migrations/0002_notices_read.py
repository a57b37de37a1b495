"""How far the holder of a post has read the notices."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("directory", "0001_initial")]

    operations = [
        migrations.AddField(
            "post",
            "notices_read",
            models.BigIntegerField(default=0, editable=False, verbose_name="通知读至"),
        ),
    ]
