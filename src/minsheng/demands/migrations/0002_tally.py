"""Keeps the running counts of demands by category and state, as signed lines; see the model Tally."""

from django.db import migrations

# One trigger a statement, not a row: a bulk load of a million rows writes a handful of lines.
FORWARD = """
CREATE FUNCTION demands_tally_plus() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO demands_tally (category_id, state, n)
  SELECT category_id, state, count(*) FROM added WHERE NOT restricted GROUP BY 1, 2;
  RETURN NULL;
END $$;

CREATE FUNCTION demands_tally_minus() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO demands_tally (category_id, state, n)
  SELECT category_id, state, -count(*) FROM removed WHERE NOT restricted GROUP BY 1, 2;
  RETURN NULL;
END $$;

CREATE FUNCTION demands_tally_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO demands_tally (category_id, state, n)
  SELECT category_id, state, sum(n) FROM (
    SELECT category_id, state, 1 AS n FROM added WHERE NOT restricted
    UNION ALL
    SELECT category_id, state, -1 FROM removed WHERE NOT restricted
  ) lines GROUP BY 1, 2 HAVING sum(n) <> 0;
  RETURN NULL;
END $$;

CREATE TRIGGER tally_plus AFTER INSERT ON demands_demand
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION demands_tally_plus();
CREATE TRIGGER tally_minus AFTER DELETE ON demands_demand
  REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION demands_tally_minus();
CREATE TRIGGER tally_change AFTER UPDATE ON demands_demand
  REFERENCING OLD TABLE AS removed NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION demands_tally_change();
"""

BACKWARD = """
DROP TRIGGER tally_plus ON demands_demand;
DROP TRIGGER tally_minus ON demands_demand;
DROP TRIGGER tally_change ON demands_demand;
DROP FUNCTION demands_tally_plus();
DROP FUNCTION demands_tally_minus();
DROP FUNCTION demands_tally_change();
"""


class Migration(migrations.Migration):
    dependencies = [("demands", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
