"""Notes what changed since facts were last drawn, as lines that only get added.

A line names a demand, or after a bulk write the month of its acceptance. Readers keep the snapshot
up to which they have read (`indicators.facts`), so several of them can follow one database and
nobody waits for anybody. Lines are removed once they are a week old.
"""

from django.db import migrations

# A statement that touches more demands than this notes their months instead of each of them.
BULK = 2000

MONTH = "date_trunc('month', {} AT TIME ZONE 'Asia/Shanghai')::date"

TABLES = """
-- what: 'demand' (demand_id; with the month it was in, where that is known), 'month' (all demands
-- of it), 'calls' (all calls of a month), 'names' (dictionaries), 'all'.
CREATE TABLE indicators_stale (
  txid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  at timestamptz NOT NULL DEFAULT now(),
  what text NOT NULL,
  demand_id bigint,
  month date
);
CREATE INDEX indicators_stale_txid ON indicators_stale (txid);
CREATE INDEX indicators_stale_at ON indicators_stale USING brin (at);
"""


def demand_function(name: str, rows: str) -> str:
    """A demand itself changed: `rows` is a query of id and accepted_at over transition tables."""
    return f"""
CREATE FUNCTION indicators_demands_{name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT count(*) FROM ({rows}) r) > {BULK} THEN
    INSERT INTO indicators_stale (what, month)
    SELECT DISTINCT 'month', {MONTH.format("accepted_at")} FROM ({rows}) r
    WHERE accepted_at IS NOT NULL;
  ELSE
    INSERT INTO indicators_stale (what, demand_id, month)
    SELECT DISTINCT 'demand', id, {MONTH.format("accepted_at")} FROM ({rows}) r
    WHERE accepted_at IS NOT NULL;
  END IF;
  RETURN NULL;
END $$;
"""  # noqa: S608


def part_function(name: str, rows: str) -> str:
    """What hangs on a demand changed: `rows` is a transition table with demand_id."""
    return f"""
CREATE FUNCTION indicators_parts_{name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT count(*) FROM {rows}) > {BULK} THEN
    INSERT INTO indicators_stale (what, month)
    SELECT DISTINCT 'month', {MONTH.format("d.accepted_at")}
    FROM {rows} r JOIN demands_demand d ON d.id = r.demand_id
    WHERE d.accepted_at IS NOT NULL;
  ELSE
    INSERT INTO indicators_stale (what, demand_id)
    SELECT DISTINCT 'demand', demand_id FROM {rows};
  END IF;
  RETURN NULL;
END $$;
"""  # noqa: S608


def call_function(name: str, rows: str) -> str:
    return f"""
CREATE FUNCTION indicators_calls_{name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO indicators_stale (what, month)
  SELECT DISTINCT 'calls', {MONTH.format("offered_at")} FROM {rows} r;
  RETURN NULL;
END $$;
"""  # noqa: S608


def triggers(table: str, room: str) -> str:
    return f"""
CREATE TRIGGER stale_added AFTER INSERT ON {table}
  REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION indicators_{room}_added();
CREATE TRIGGER stale_changed AFTER UPDATE ON {table}
  REFERENCING OLD TABLE AS removed NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION indicators_{room}_changed();
CREATE TRIGGER stale_removed AFTER DELETE ON {table}
  REFERENCING OLD TABLE AS removed
  FOR EACH STATEMENT EXECUTE FUNCTION indicators_{room}_removed();
CREATE TRIGGER stale_emptied AFTER TRUNCATE ON {table}
  FOR EACH STATEMENT EXECUTE FUNCTION indicators_everything();
"""


BOTH = "SELECT {0} FROM added UNION ALL SELECT {0} FROM removed"

# What every fact rests on; these change a few times a year.
EVERYTHING = ("foundation_calendarday", "foundation_calendarhours", "foundation_calendaryear")
NAMES = (
    "directory_unit",
    "directory_district",
    "directory_post",
    "catalogue_category",
    "catalogue_channel",
    "catalogue_kind",
    "catalogue_city",
)

FORWARD = "".join(
    [
        TABLES,
        demand_function("added", "SELECT id, accepted_at FROM added"),
        demand_function("changed", BOTH.format("id, accepted_at")),
        demand_function("removed", "SELECT id, accepted_at FROM removed"),
        part_function("added", "added"),
        part_function("changed", "added"),
        part_function("removed", "removed"),
        call_function("added", "added"),
        call_function("changed", f"({BOTH.format('offered_at')})"),
        call_function("removed", "removed"),
        """
CREATE FUNCTION indicators_names() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO indicators_stale (what) VALUES ('names');
  RETURN NULL;
END $$;

CREATE FUNCTION indicators_everything() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO indicators_stale (what) VALUES ('all');
  RETURN NULL;
END $$;

-- Facts carry what kind of channel, and event or component, beside each demand.
CREATE FUNCTION indicators_channels_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO indicators_stale (what)
  SELECT 'all' WHERE EXISTS (
    SELECT FROM added a JOIN removed r USING (id)
    WHERE (a.is_public, a.is_collector) IS DISTINCT FROM (r.is_public, r.is_collector)
  );
  RETURN NULL;
END $$;

CREATE FUNCTION indicators_categories_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO indicators_stale (what)
  SELECT 'all' WHERE EXISTS (
    SELECT FROM added a JOIN removed r USING (id) WHERE a.element IS DISTINCT FROM r.element
  );
  RETURN NULL;
END $$;
""",
        triggers("demands_demand", "demands"),
        triggers("orders_assignment", "parts"),
        triggers("followups_followup", "parts"),
        triggers("calls_call", "calls"),
        *(
            f"""
CREATE TRIGGER stale_flags AFTER UPDATE ON catalogue_{table}
  REFERENCING OLD TABLE AS removed NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION indicators_{function}_changed();
"""
            for table, function in (("channel", "channels"), ("category", "categories"))
        ),
        *(
            f"""
CREATE TRIGGER stale_names AFTER INSERT OR UPDATE OR DELETE ON {table}
  FOR EACH STATEMENT EXECUTE FUNCTION indicators_names();
"""
            for table in NAMES
        ),
        *(
            f"""
CREATE TRIGGER stale_everything AFTER INSERT OR UPDATE OR DELETE ON {table}
  FOR EACH STATEMENT EXECUTE FUNCTION indicators_everything();
"""
            for table in EVERYTHING
        ),
    ]
)

FUNCTIONS = [
    f"indicators_{room}_{what}"
    for room in ("demands", "parts", "calls")
    for what in ("added", "changed", "removed")
] + [
    "indicators_names",
    "indicators_everything",
    "indicators_channels_changed",
    "indicators_categories_changed",
]
BACKWARD = "".join(f"DROP FUNCTION {name}() CASCADE;\n" for name in FUNCTIONS)
BACKWARD += "DROP TABLE indicators_stale;\n"


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("calls", "0001_initial"),
        ("catalogue", "0001_initial"),
        ("demands", "0002_tally"),
        ("directory", "0001_initial"),
        ("followups", "0001_initial"),
        ("foundation", "0002_calendar"),
        ("orders", "0002_tally"),
    ]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
