"""A reply keeps its files; those of a reply that has not passed are not for the petitioner yet.

Until now a reply made any file of its demand the order's, and the petitioner saw or did not see it
at once. What the petitioner sent is theirs again; what others of the house uploaded is no unit's.
"""

import django.contrib.postgres.fields
from django.db import migrations, models

FORWARD = """
UPDATE demands_attachment SET public = true, order_id = NULL WHERE by = '诉求人';

UPDATE demands_attachment f SET public = false FROM orders_assignment a
WHERE a.id = f.order_id AND f.public AND NOT EXISTS (
  SELECT FROM orders_reply r WHERE r.assignment_id = a.id AND r.passed AND r.public
);

UPDATE demands_attachment f SET order_id = NULL FROM orders_assignment a
WHERE a.id = f.order_id AND NOT EXISTS (
  SELECT FROM directory_post p JOIN directory_staff s ON s.id = p.staff_id
  WHERE p.unit_id = a.unit_id AND f.by IN (s.name, s.username)
);

UPDATE orders_reply r SET files = found.files FROM (
  SELECT order_id, array_agg(id ORDER BY id) AS files FROM demands_attachment
  WHERE order_id IS NOT NULL GROUP BY order_id
) found
WHERE found.order_id = r.assignment_id
  AND r.id = (SELECT max(id) FROM orders_reply WHERE assignment_id = r.assignment_id);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0004_contact_reason_findings"),
        ("demands", "0008_restricted"),
        ("directory", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="reply",
            name="files",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(),
                default=list,
                size=None,
                verbose_name="附件",
            ),
        ),
        migrations.RunSQL(FORWARD, migrations.RunSQL.noop),
    ]
