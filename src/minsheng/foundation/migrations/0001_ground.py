"""The journal with the triggers that guard it, the vault, and the sequences of numbers."""

import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

JOURNAL = """
CREATE FUNCTION journal_chain() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO foundation_journalhead AS head (subject_kind, subject_id, ref, seq, hash)
    VALUES (
        NEW.subject_kind, NEW.subject_id, NEW.ref, 1,
        sha256(int8send(1) || convert_to(NEW.body, 'UTF8'))
    )
    ON CONFLICT (subject_kind, subject_id) DO UPDATE SET
        ref = NEW.ref,
        seq = head.seq + 1,
        hash = sha256(head.hash || int8send(head.seq + 1) || convert_to(NEW.body, 'UTF8'))
    RETURNING seq, hash INTO NEW.seq, NEW.hash;
    RETURN NEW;
END
$$;

CREATE TRIGGER journal_chain BEFORE INSERT ON foundation_journalentry
FOR EACH ROW EXECUTE FUNCTION journal_chain();

CREATE FUNCTION journal_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The journal only grows: % of % is refused.', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation', HINT = 'Record a correction as a new entry.';
END
$$;

CREATE TRIGGER journal_only_grows
BEFORE UPDATE OR DELETE OR TRUNCATE ON foundation_journalentry
FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();

CREATE TRIGGER journal_only_grows
BEFORE DELETE OR TRUNCATE ON foundation_journalhead
FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();

-- A head moves only from inside journal_chain, that is, together with its entry.
CREATE TRIGGER journal_head_follows
BEFORE INSERT OR UPDATE ON foundation_journalhead
FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION journal_refuse();

-- Every entry updates its head in place: room on the page keeps the indexes out of it.
ALTER TABLE foundation_journalhead SET (fillfactor = 70);
"""

JOURNAL_BACK = """
DROP TRIGGER journal_head_follows ON foundation_journalhead;
DROP TRIGGER journal_only_grows ON foundation_journalhead;
DROP TRIGGER journal_only_grows ON foundation_journalentry;
DROP TRIGGER journal_chain ON foundation_journalentry;
DROP FUNCTION journal_refuse();
DROP FUNCTION journal_chain();
"""

# Why so: docs/adr/0003-numbers.md. In short: sequences never roll back and hold no lock that
# others wait for, and no table row or DDL of the caller's transaction takes part.
NUMBERS = """
CREATE SCHEMA numbers;

CREATE FUNCTION numbers.sequence_name(prefix text, day date) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT lower(prefix) || to_char(day, 'YYMMDD')
$$;

-- Makes the sequences of the whole month of `day`. To be called on a connection of its own, in a
-- transaction of its own: until that commits, nobody else can make or see them.
CREATE FUNCTION numbers.prepare(prefix text, day date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    first date := date_trunc('month', day);
    name text;
BEGIN
    PERFORM pg_advisory_xact_lock(12345, hashtext('prepare ' || prefix));
    FOR i IN 0 .. 30 LOOP
        CONTINUE WHEN date_trunc('month', first + i) <> first;
        name := numbers.sequence_name(prefix, first + i);
        IF to_regclass('numbers.' || name) IS NULL THEN
            EXECUTE format('CREATE SEQUENCE numbers.%I AS integer MAXVALUE 999999', name);
        END IF;
    END LOOP;
END
$$;

-- The next number of the day of `moment` (of the present where that is null), and the moment.
-- `number` is null where the day's sequence is still to be prepared.
CREATE FUNCTION numbers.issue(prefix text, moment timestamptz, OUT number integer, OUT at timestamptz)
LANGUAGE plpgsql AS $$
DECLARE
    name text;
    day_sequence regclass;
BEGIN
    -- The lock makes the order of numbers the order of time. It must not live until the caller's
    -- commit, so it is taken in a subtransaction that is then rolled back: this frees the lock,
    -- come what may (a cancelled statement, too), while neither nextval nor variables roll back.
    BEGIN
        PERFORM pg_advisory_xact_lock(12345, hashtext('issue ' || prefix));
        at := coalesce(moment, clock_timestamp());
        name := numbers.sequence_name(prefix, (at AT TIME ZONE 'Asia/Shanghai')::date);
        day_sequence := to_regclass('numbers.' || name);
        IF day_sequence IS NULL THEN
            -- to_regclass remembers within a transaction that there was none; the table does not.
            SELECT oid INTO day_sequence FROM pg_class
            WHERE relname = name AND relnamespace = 'numbers'::regnamespace;
        END IF;
        IF day_sequence IS NOT NULL THEN
            number := nextval(day_sequence);
        END IF;
        RAISE EXCEPTION USING ERRCODE = 'MS000';
    EXCEPTION WHEN SQLSTATE 'MS000' THEN
        NULL;
    END;
END
$$;
"""

NUMBERS_BACK = "DROP SCHEMA numbers CASCADE;"


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="JournalEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "subject_kind",
                    models.CharField(db_collation="C", max_length=32, verbose_name="对象类型"),
                ),
                ("subject_id", models.BigIntegerField(verbose_name="对象")),
                ("seq", models.IntegerField(db_default=0, verbose_name="序号")),
                ("ref", models.CharField(max_length=64, verbose_name="编号")),
                ("at", models.DateTimeField(verbose_name="时间")),
                ("action", models.CharField(max_length=64, verbose_name="动作")),
                ("staff", models.CharField(max_length=150, verbose_name="人员")),
                ("role", models.CharField(max_length=32, verbose_name="角色")),
                ("unit", models.CharField(blank=True, max_length=64, verbose_name="单位")),
                ("order_id", models.BigIntegerField(null=True, verbose_name="工单")),
                ("order_ref", models.CharField(blank=True, max_length=64, verbose_name="工单编号")),
                ("body", models.TextField(verbose_name="内容")),
                ("hash", models.BinaryField(db_default=b"", verbose_name="散列")),
            ],
            options={
                "verbose_name": "日志",
                "verbose_name_plural": "日志",
                "indexes": [
                    django.contrib.postgres.indexes.BrinIndex(
                        autosummarize=True, fields=["at"], name="journalentry_at"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("subject_kind", "subject_id", "seq"), name="journalentry_seq"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="JournalHead",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "subject_kind",
                        "subject_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "subject_kind",
                    models.CharField(db_collation="C", max_length=32, verbose_name="对象类型"),
                ),
                ("subject_id", models.BigIntegerField(verbose_name="对象")),
                ("ref", models.CharField(max_length=64, verbose_name="编号")),
                ("seq", models.IntegerField(verbose_name="序号")),
                ("hash", models.BinaryField(verbose_name="散列")),
            ],
            options={
                "verbose_name": "日志链首",
                "verbose_name_plural": "日志链首",
                "indexes": [models.Index(fields=["ref"], name="journalhead_ref")],
            },
        ),
        migrations.CreateModel(
            name="VaultKey",
            fields=[
                (
                    "version",
                    models.PositiveSmallIntegerField(
                        primary_key=True, serialize=False, verbose_name="版本"
                    ),
                ),
                ("canary", models.BinaryField(verbose_name="校验密文")),
                ("made_at", models.DateTimeField(verbose_name="启用时间")),
            ],
            options={
                "verbose_name": "密钥版本",
                "verbose_name_plural": "密钥版本",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("version__gte", 1), ("version__lte", 255)),
                        name="vaultkey_one_byte",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Identity",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uid", models.UUIDField(editable=False)),
                ("name", models.BinaryField(default=b"", verbose_name="姓名")),
                ("phone", models.BinaryField(default=b"", verbose_name="电话")),
                ("id_number", models.BinaryField(default=b"", verbose_name="证件号码")),
                ("address", models.BinaryField(default=b"", verbose_name="地址")),
                ("phone_key", models.BinaryField(null=True)),
                ("id_key", models.BinaryField(null=True)),
                (
                    "name_mask",
                    models.CharField(blank=True, max_length=16, verbose_name="姓名（脱敏）"),
                ),
                (
                    "phone_mask",
                    models.CharField(blank=True, max_length=32, verbose_name="电话（脱敏）"),
                ),
                (
                    "address_mask",
                    models.CharField(blank=True, max_length=64, verbose_name="地址（脱敏）"),
                ),
                (
                    "key",
                    models.ForeignKey(
                        db_column="key_version",
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="foundation.vaultkey",
                    ),
                ),
            ],
            options={
                "verbose_name": "诉求人身份",
                "verbose_name_plural": "诉求人身份",
                "indexes": [
                    models.Index(fields=["phone_key"], name="identity_phone"),
                    models.Index(fields=["id_key"], name="identity_id"),
                ],
            },
        ),
        migrations.RunSQL(JOURNAL, JOURNAL_BACK),
        migrations.RunSQL(NUMBERS, NUMBERS_BACK),
    ]
