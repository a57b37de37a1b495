"""Notes the months of opening in which a proceeding was added, changed or removed.

A trigger names the query that finds these moments in the rows of its table (`{rows}`).
"""

from django.db import migrations

FUNCTION = """
CREATE FUNCTION indicators_proceedings() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  rows text := CASE TG_OP
    WHEN 'INSERT' THEN 'TABLE added'
    WHEN 'DELETE' THEN 'TABLE removed'
    ELSE 'TABLE added UNION ALL TABLE removed'
  END;
BEGIN
  EXECUTE 'INSERT INTO indicators_stale (what, month)'
    || ' SELECT DISTINCT ''proceedings'', date_trunc(''month'', at AT TIME ZONE ''Asia/Shanghai'')'
    || ' FROM (' || replace(TG_ARGV[0], '{rows}', '(' || rows || ') r') || ') moments (at)'
    || ' WHERE at IS NOT NULL';
  RETURN NULL;
END $$;
"""

# A meeting's decisions are opened once it was held.
MOMENTS = {
    "supervision_measure": "SELECT opened_at FROM {rows}",
    "supervision_recheck": "SELECT drawn_at FROM {rows}",
    "supervision_fieldcheck": "SELECT opened_at FROM {rows}",
    "supervision_joint": "SELECT opened_at FROM {rows}",
    "supervision_site": (
        "SELECT j.opened_at FROM {rows} JOIN supervision_joint j ON j.id = joint_id"
    ),
    "supervision_ownership": "SELECT opened_at FROM {rows}",
    "supervision_meeting": "SELECT unnest(ARRAY[opened_at, held_at]) FROM {rows}",
    "supervision_decision": (
        "SELECT m.held_at FROM {rows} JOIN supervision_meeting m ON m.id = meeting_id"
    ),
    "supervision_instruction": "SELECT opened_at FROM {rows}",
    "supervision_promise": "SELECT opened_at FROM {rows}",
    "followups_review": "SELECT at FROM {rows}",
    "followups_campaign": "SELECT at FROM {rows}",
    "followups_campaigncall": (
        "SELECT c.at FROM {rows} JOIN followups_campaign c ON c.id = campaign_id"
    ),
    "evaluation_exclusion": "SELECT applied_at FROM {rows}",
    "evaluation_appeal": "SELECT submitted_at FROM {rows}",
    "registers_entry": "SELECT added_at FROM {rows}",
}


def triggers(table: str, query: str) -> str:
    call = f"FOR EACH STATEMENT EXECUTE FUNCTION indicators_proceedings('{query}');"
    return f"""
CREATE TRIGGER stale_added AFTER INSERT ON {table}
  REFERENCING NEW TABLE AS added {call}
CREATE TRIGGER stale_changed AFTER UPDATE ON {table}
  REFERENCING OLD TABLE AS removed NEW TABLE AS added {call}
CREATE TRIGGER stale_removed AFTER DELETE ON {table}
  REFERENCING OLD TABLE AS removed {call}
CREATE TRIGGER stale_emptied AFTER TRUNCATE ON {table}
  FOR EACH STATEMENT EXECUTE FUNCTION indicators_everything();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("indicators", "0001_stale"),
        ("supervision", "0002_pledges"),
        ("registers", "0002_outcome"),
        ("followups", "0004_outside"),
        ("evaluation", "0003_fairness"),
    ]

    operations = [
        migrations.RunSQL(
            FUNCTION + "".join(triggers(*one) for one in MOMENTS.items()),
            "DROP FUNCTION indicators_proceedings() CASCADE;"
            + "".join(f"DROP TRIGGER stale_emptied ON {table};" for table in MOMENTS),
        )
    ]
