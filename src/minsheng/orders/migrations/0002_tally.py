"""Keeps the running counts of orders by unit and state, as signed lines; see the model Tally."""

from django.db import migrations

# One trigger a statement, not a row: a bulk load of a million rows writes a handful of lines.
FORWARD = """
CREATE FUNCTION orders_tally_plus() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO orders_tally (unit_id, state, n)
  SELECT unit_id, state, count(*) FROM added GROUP BY 1, 2;
  RETURN NULL;
END $$;

CREATE FUNCTION orders_tally_minus() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO orders_tally (unit_id, state, n)
  SELECT unit_id, state, -count(*) FROM removed GROUP BY 1, 2;
  RETURN NULL;
END $$;

CREATE FUNCTION orders_tally_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO orders_tally (unit_id, state, n)
  SELECT unit_id, state, sum(n) FROM (
    SELECT unit_id, state, 1 AS n FROM added
    UNION ALL
    SELECT unit_id, state, -1 FROM removed
  ) lines GROUP BY 1, 2 HAVING sum(n) <> 0;
  RETURN NULL;
END $$;

CREATE TRIGGER tally_plus AFTER INSERT ON orders_assignment
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION orders_tally_plus();
CREATE TRIGGER tally_minus AFTER DELETE ON orders_assignment
  REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION orders_tally_minus();
CREATE TRIGGER tally_change AFTER UPDATE ON orders_assignment
  REFERENCING OLD TABLE AS removed NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION orders_tally_change();
"""

BACKWARD = """
DROP TRIGGER tally_plus ON orders_assignment;
DROP TRIGGER tally_minus ON orders_assignment;
DROP TRIGGER tally_change ON orders_assignment;
DROP FUNCTION orders_tally_plus();
DROP FUNCTION orders_tally_minus();
DROP FUNCTION orders_tally_change();
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
