"""A published issue stays as it is: the database refuses to change or remove it."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION bulletins_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state = 'published' THEN
    RAISE EXCEPTION 'issue %-%-% is published: it cannot be changed',
      OLD.template, OLD.year, OLD.number USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE FUNCTION bulletins_not_emptied() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM bulletins_issue WHERE state = 'published') THEN
    RAISE EXCEPTION 'there are published issues: they cannot be removed'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER bulletins_frozen BEFORE UPDATE OR DELETE ON bulletins_issue
FOR EACH ROW EXECUTE FUNCTION bulletins_frozen();
CREATE TRIGGER bulletins_not_emptied BEFORE TRUNCATE ON bulletins_issue
FOR EACH STATEMENT EXECUTE FUNCTION bulletins_not_emptied();
"""

BACK = """
DROP TRIGGER bulletins_frozen ON bulletins_issue;
DROP TRIGGER bulletins_not_emptied ON bulletins_issue;
DROP FUNCTION bulletins_frozen;
DROP FUNCTION bulletins_not_emptied;
"""


class Migration(migrations.Migration):
    dependencies = [("bulletins", "0001_issues")]

    operations = [migrations.RunSQL(FORWARD, BACK)]
