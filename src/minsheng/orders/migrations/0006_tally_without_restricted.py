"""Leaves the orders of restricted demands out of the running counts, as demands' counts do.

Everybody at the centre sees the counts; restricted demands are reached by the scope `secret` alone.
Whether a demand is restricted is settled by its channel at the intake and never changes.
"""

from django.db import migrations

# Asked of the key for each row, not joined: a plan that is kept never reads the whole table.
_SHOWN = "WHERE (SELECT restricted FROM demands_demand d WHERE d.id = demand_id) IS NOT TRUE"

_FUNCTIONS = """
CREATE OR REPLACE FUNCTION orders_tally_plus() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO orders_tally (unit_id, state, n)
  SELECT unit_id, state, count(*) FROM added {shown} GROUP BY 1, 2;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION orders_tally_minus() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO orders_tally (unit_id, state, n)
  SELECT unit_id, state, -count(*) FROM removed {shown} GROUP BY 1, 2;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION orders_tally_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO orders_tally (unit_id, state, n)
  SELECT unit_id, state, sum(n) FROM (
    SELECT unit_id, state, demand_id, 1 AS n FROM added
    UNION ALL
    SELECT unit_id, state, demand_id, -1 FROM removed
  ) lines {shown} GROUP BY 1, 2 HAVING sum(n) <> 0;
  RETURN NULL;
END $$;
"""

# Nobody writes orders between the old functions and the new ones: no line is lost or counted twice.
_ALONE = "LOCK TABLE orders_assignment IN SHARE MODE;\n"

# Lines are signed: what is counted so far is put right by adding to it.
_RESTRICTED = """
INSERT INTO orders_tally (unit_id, state, n)
SELECT a.unit_id, a.state, {sign}count(*) FROM orders_assignment a
JOIN demands_demand d ON d.id = a.demand_id WHERE d.restricted GROUP BY 1, 2;
"""

FORWARD = _ALONE + _FUNCTIONS.format(shown=_SHOWN) + _RESTRICTED.format(sign="-")
BACKWARD = _ALONE + _FUNCTIONS.format(shown="") + _RESTRICTED.format(sign="")


class Migration(migrations.Migration):
    dependencies = [("orders", "0005_reply_files"), ("demands", "0008_restricted")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
