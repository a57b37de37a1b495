"""A published evaluation and its results stay as they are: the database refuses to change them."""

from django.db import migrations

FUNCTIONS = """
CREATE FUNCTION evaluation_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state = 'published' THEN
    RAISE EXCEPTION 'evaluation %-%-% is published: it cannot be changed',
      OLD.scheme, OLD.period, OLD.revision USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE FUNCTION evaluation_results_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM evaluation_evaluation e WHERE e.state = 'published' AND e.id IN (
      CASE WHEN TG_OP <> 'INSERT' THEN OLD.evaluation_id END,
      CASE WHEN TG_OP <> 'DELETE' THEN NEW.evaluation_id END
    )
  ) THEN
    RAISE EXCEPTION 'the results of a published evaluation cannot be changed'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE FUNCTION evaluation_not_emptied() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM evaluation_evaluation WHERE state = 'published') THEN
    RAISE EXCEPTION 'there are published evaluations: they cannot be removed'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;
"""

TRIGGERS = """
CREATE TRIGGER evaluation_frozen BEFORE UPDATE OR DELETE ON evaluation_evaluation
FOR EACH ROW EXECUTE FUNCTION evaluation_frozen();
CREATE TRIGGER evaluation_frozen BEFORE INSERT OR UPDATE OR DELETE ON evaluation_result
FOR EACH ROW EXECUTE FUNCTION evaluation_results_frozen();
CREATE TRIGGER evaluation_not_emptied BEFORE TRUNCATE ON evaluation_evaluation
FOR EACH STATEMENT EXECUTE FUNCTION evaluation_not_emptied();
CREATE TRIGGER evaluation_not_emptied BEFORE TRUNCATE ON evaluation_result
FOR EACH STATEMENT EXECUTE FUNCTION evaluation_not_emptied();
"""

BACK = """
DROP TRIGGER evaluation_frozen ON evaluation_evaluation;
DROP TRIGGER evaluation_frozen ON evaluation_result;
DROP TRIGGER evaluation_not_emptied ON evaluation_evaluation;
DROP TRIGGER evaluation_not_emptied ON evaluation_result;
DROP FUNCTION evaluation_frozen;
DROP FUNCTION evaluation_results_frozen;
DROP FUNCTION evaluation_not_emptied;
"""


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0001_stored")]

    operations = [migrations.RunSQL(FUNCTIONS + TRIGGERS, BACK)]
