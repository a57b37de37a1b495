from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("insight", "0002_matters")]

    operations = [
        migrations.RenameModel("Alert", "HotIssue"),
        migrations.RenameIndex("HotIssue", "insight_hot_state", old_name="insight_alert_state"),
        migrations.RenameIndex("HotIssue", "insight_hot_about", old_name="insight_alert_about"),
    ]
