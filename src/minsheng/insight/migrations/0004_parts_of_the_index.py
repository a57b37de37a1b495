"""The index is built of parts; what no part has is found by the serial of its trace."""

import django.contrib.postgres.fields
from django.db import migrations, models
from django.db.models import Func, Value


class Migration(migrations.Migration):
    dependencies = [("insight", "0003_hot_issues")]

    operations = [
        migrations.DeleteModel("Line"),
        # Built anew from the traces by the next folding.
        migrations.RunSQL("DELETE FROM insight_posting", migrations.RunSQL.noop),
        migrations.RunSQL("DELETE FROM insight_folding", migrations.RunSQL.noop),
        migrations.RenameField("folding", "part", "version"),
        migrations.AddField("folding", "upto", models.BigIntegerField(default=0)),
        migrations.AddField(
            "folding",
            "sizes",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.IntegerField(), default=list, size=None
            ),
        ),
        migrations.RunSQL(
            "CREATE SEQUENCE insight_trace_serial", "DROP SEQUENCE insight_trace_serial"
        ),
        migrations.AddField(
            "trace",
            "serial",
            models.BigIntegerField(
                db_default=Func(
                    Value("insight_trace_serial"),
                    function="nextval",
                    output_field=models.BigIntegerField(),
                ),
                unique=True,
                verbose_name="次序",
            ),
        ),
    ]
