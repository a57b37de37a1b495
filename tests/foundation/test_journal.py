"""The journal takes lines, refuses to lose them, and tells when somebody made it."""

import threading
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import example, given, settings
from hypothesis import strategies as st

from minsheng.foundation import journal
from minsheng.foundation.clock import ZONE
from minsheng.foundation.journal import Signature
from minsheng.foundation.models import JournalEntry, JournalHead

NOON = datetime(2026, 3, 2, 12, tzinfo=ZONE)
CLERK = Signature("clerk_li", "clerk", "BH-HB")
SAYABLE = st.text() | st.integers(-(2**63), 2**63 - 1) | st.booleans() | st.none()


def write(subject_id=1, action="order.sign", ref="SQ2603020000014", **more):
    values = {"by": CLERK, "at": NOON, "changes": {"state": ["assigned", "signed"]}, **more}
    journal.write(subject_kind="demand", subject_id=subject_id, ref=ref, action=action, **values)


def life(subjects=3, lines=4):
    for seq in range(lines):
        for subject in range(1, subjects + 1):
            write(
                subject,
                action=f"step{seq}",
                ref=f"SQ{subject}",
                at=NOON + timedelta(minutes=seq),
                order_id=900 + subject,
                order_ref=f"GD{subject}",
            )


def tamper(sql, *values):
    """Changes a table as its owner could, behind the journal's back."""
    tables = ("foundation_journalentry", "foundation_journalhead")
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(sql, values)
        assert cursor.rowcount > 0
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def faults():
    return [(f.subject_id, f.seq, f.what) for f in journal.verify().faults]


@pytest.mark.django_db
class TestWriting:
    def test_a_line_says_who_did_what_when_and_why(self):
        write(
            reason="已到现场",
            order_id=7,
            order_ref="GD2603020000016",
            previous_due_at=NOON + timedelta(days=1),
        )
        line = journal.timeline("demand", 1).get()
        assert (line.ref, line.action, line.staff, line.role, line.unit) == (
            "SQ2603020000014",
            "order.sign",
            "clerk_li",
            "clerk",
            "BH-HB",
        )
        assert (line.seq, line.at, line.order_id, line.order_ref) == (
            1,
            NOON,
            7,
            "GD2603020000016",
        )
        assert line.said["changes"] == {"state": ["assigned", "signed"]}
        assert line.said["reason"] == "已到现场"
        assert line.said["previous_due_at"] == "2026-03-03T12:00:00+08:00"

    def test_lines_of_a_subject_are_numbered_and_read_in_order(self):
        for action in "abc":
            write(1, action=action)
            write(2, action=action.upper())
        assert [(e.seq, e.action) for e in journal.timeline("demand", 1)] == [
            (1, "a"),
            (2, "b"),
            (3, "c"),
        ]
        assert JournalHead.objects.get(subject_kind="demand", subject_id=2).seq == 3

    def test_one_line_is_one_statement(self):
        with CaptureQueriesContext(connection) as queries:
            write()
        assert len(queries) == 1

    def test_the_body_names_no_key_of_the_database(self):
        write(918273, order_id=645546, order_ref="GD1")
        body = journal.timeline("demand", 918273).get().body
        assert "918273" not in body
        assert "645546" not in body

    def test_the_same_moment_in_another_zone_is_the_same_line(self):
        write(1)
        write(2, at=NOON.astimezone(UTC))
        one, two = JournalEntry.objects.order_by("subject_id")
        assert one.body == two.body
        assert one.hash == two.hash

    def test_dates_and_times_may_be_among_the_changes(self):
        write(changes={"day": date(2026, 3, 2), "due_at": [None, NOON], "n": 1, "share": 0.5})
        assert journal.timeline("demand", 1).get().said["changes"] == {
            "day": "2026-03-02",
            "due_at": [None, "2026-03-02T12:00:00+08:00"],
            "n": 1,
            "share": 0.5,
        }

    @pytest.mark.parametrize("value", [Decimal(1), {1, 2}, object(), b"x"])
    def test_what_json_cannot_say_is_refused(self, value):
        with pytest.raises(TypeError, match="the journal cannot say"):
            write(changes={"x": value})

    def test_a_time_without_a_zone_is_refused(self):
        with pytest.raises(ValueError, match="with a zone"):
            write(at=datetime(2026, 3, 2))

    def test_a_subject_is_found_by_its_latest_number(self):
        write(5, ref="draft")
        write(5, ref="SQ2603020000014")
        assert [head.subject_id for head in journal.find("SQ2603020000014")] == [5]
        assert not journal.find("draft")


@given(st.dictionaries(st.text(max_size=8), st.recursive(SAYABLE, st.lists)))
def test_equal_changes_have_one_canonical_text(changes):
    shuffled = dict(reversed(changes.items()))
    assert journal.canonical(changes) == journal.canonical(shuffled)


@pytest.mark.django_db
class TestRefusing:
    @pytest.mark.parametrize(
        "sql",
        [
            "UPDATE foundation_journalentry SET body = '{}' WHERE seq = 1",
            "UPDATE foundation_journalentry SET body = body WHERE false",
            "DELETE FROM foundation_journalentry",
            "TRUNCATE foundation_journalentry",
            "TRUNCATE foundation_journalhead",
            "DELETE FROM foundation_journalhead",
            "UPDATE foundation_journalhead SET seq = 1",
            "INSERT INTO foundation_journalhead VALUES ('demand', 99, 'x', 1, '')",
        ],
    )
    def test_the_database_itself_refuses(self, sql):
        life()
        with (
            pytest.raises(IntegrityError, match="The journal only grows"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(sql)
        assert not journal.verify().faults

    def test_the_models_are_refused_too(self):
        write()
        line = JournalEntry.objects.get()
        for spoil in (line.save, line.delete, JournalEntry.objects.all().delete):
            with pytest.raises(IntegrityError, match="only grows"), transaction.atomic():
                spoil()

    def test_a_line_written_by_hand_joins_the_chain_whatever_it_claims(self):
        write()
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO foundation_journalentry (subject_kind, subject_id, seq, ref, at,"
                " action, staff, role, unit, order_ref, body, hash)"
                " SELECT subject_kind, subject_id, 77, ref, at, action, staff, role, unit,"
                " order_ref, body, 'forged' FROM foundation_journalentry"
            )
        assert [line.seq for line in journal.timeline("demand", 1)] == [1, 2]
        assert not journal.verify().faults


@pytest.mark.django_db
class TestVerifying:
    def test_an_untouched_journal_has_no_faults(self):
        life(subjects=3, lines=4)
        report = journal.verify()
        assert (report.entries, report.subjects, report.faults) == (12, 3, [])

    @settings(max_examples=50)
    @given(
        st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31), timezones=st.just(ZONE)),
        st.dictionaries(st.text(max_size=8), SAYABLE),
        st.text(),
    )
    @example(NOON + timedelta(microseconds=120_000), {}, "\x00")
    def test_whatever_is_written_verifies(self, at, changes, reason):
        write(at=at, changes=changes, reason=reason)
        assert not journal.verify().faults

    def test_an_empty_journal_has_no_faults(self):
        assert journal.verify() == journal.Report()

    def test_progress_adds_up(self, monkeypatch):
        monkeypatch.setattr(journal, "_BATCH", 5)
        life(subjects=3, lines=4)
        steps = []
        journal.verify(progress=steps.append)
        assert steps == [5, 5, 2]

    def test_one_subject_or_kind_can_be_verified_alone(self):
        life()
        tamper("UPDATE foundation_journalentry SET body = '{}' WHERE subject_id = 1")
        assert not journal.verify("demand", 2).faults
        assert journal.verify("demand", 2).entries == 4
        assert journal.verify("demand", 1).faults
        assert journal.verify("staff").entries == 0

    def test_a_changed_body_is_found(self):
        life()
        tamper(
            "UPDATE foundation_journalentry SET body = replace(body, 'signed', 'archived')"
            " WHERE subject_id = 2 AND seq = 3"
        )
        assert faults() == [(2, 3, "its text or hash, or the hash before it, was changed")]

    def test_a_changed_body_with_its_hash_made_to_fit_is_found(self):
        life()
        tamper(
            "UPDATE foundation_journalentry AS e SET body = 'x' || e.body, hash ="
            " sha256(b.hash || int8send(e.seq) || convert_to('x' || e.body, 'UTF8'))"
            " FROM foundation_journalentry AS b"
            " WHERE e.subject_id = 2 AND e.seq = 3 AND b.subject_id = 2 AND b.seq = 2"
        )
        assert (2, 4, "its text or hash, or the hash before it, was changed") in faults()

    def test_a_whole_tail_made_to_fit_is_found_by_its_head(self):
        life()
        tamper(
            "UPDATE foundation_journalentry AS e SET body = replace(e.body, 'step3', 'step9'),"
            " action = 'step9', hash = sha256(b.hash || int8send(4)"
            " || convert_to(replace(e.body, 'step3', 'step9'), 'UTF8'))"
            " FROM foundation_journalentry AS b"
            " WHERE e.subject_id = 2 AND e.seq = 4 AND b.subject_id = 2 AND b.seq = 3"
        )
        assert faults() == [(2, 0, "its hash is not that of the last line")]

    @pytest.mark.parametrize(
        ("column", "value"),
        [
            ("ref", "'SQ9'"),
            ("at", "at + interval '1 second'"),
            ("action", "'order.reply'"),
            ("staff", "'somebody'"),
            ("role", "'admin'"),
            ("unit", "''"),
            ("order_ref", "'GD9'"),
            ("subject_kind", "'staff'"),
        ],
    )
    def test_a_changed_column_is_found(self, column, value):
        life()
        tamper(
            f"UPDATE foundation_journalentry SET {column} = {value}"
            " WHERE subject_id = 2 AND seq = 2"
        )
        name = {"order_ref": "order", "subject_kind": "subject"}.get(column, column)
        assert (2, 2, f"column(s) differ from its text: {name}") in faults()

    def test_a_key_of_an_order_turned_into_that_of_another_is_found(self):
        life()
        tamper("UPDATE foundation_journalentry SET order_id = 901 WHERE subject_id = 2 AND seq = 2")
        assert faults() == [(1, 1, "column order_id: 901 stands for more than one order")]

    def test_a_removed_key_of_an_order_is_found(self):
        life()
        tamper(
            "UPDATE foundation_journalentry SET order_id = NULL WHERE subject_id = 2 AND seq = 2"
        )
        assert faults() == [(2, 2, "column order_id is empty, though it is about an order")]

    def test_a_unit_may_get_the_same_order_again(self):
        write(order_id=1, order_ref="GD1/U1")
        write(order_id=2, order_ref="GD1/U2")
        write(order_id=3, order_ref="GD1/U1")
        assert not faults()

    def test_a_line_removed_in_the_middle_is_found(self):
        life()
        tamper("DELETE FROM foundation_journalentry WHERE subject_id = 3 AND seq IN (2, 3)")
        assert faults() == [(3, 4, "2 line(s) before it are missing")]

    def test_the_first_line_removed_is_found(self):
        life()
        tamper("DELETE FROM foundation_journalentry WHERE subject_id = 3 AND seq = 1")
        assert faults() == [(3, 2, "1 line(s) before it are missing")]

    def test_lines_removed_at_the_end_are_found(self):
        life()
        tamper("DELETE FROM foundation_journalentry WHERE subject_id = 3 AND seq > 2")
        assert faults() == [(3, 0, "the last 2 line(s) are missing, up to line 4")]

    def test_all_lines_removed_are_found_by_the_head(self):
        life()
        tamper("DELETE FROM foundation_journalentry WHERE subject_id = 3")
        assert faults() == [(3, 0, "the last 4 line(s) are missing, up to line 4")]

    def test_a_removed_head_is_found(self):
        life()
        tamper("DELETE FROM foundation_journalhead WHERE subject_id = 1")
        assert faults() == [(1, 0, "it is missing")]

    def test_a_head_turned_back_is_found(self):
        life()
        tamper("UPDATE foundation_journalhead SET seq = 3 WHERE subject_id = 1")
        assert faults() == [(1, 0, "it ends at line 3, but there are 4")]

    def test_a_renamed_head_is_found(self):
        life()
        tamper("UPDATE foundation_journalhead SET ref = 'SQ9' WHERE subject_id = 1")
        assert faults() == [(1, 0, "its number is not that of the last line")]

    def test_a_line_moved_to_another_subject_is_found_on_both_sides(self):
        life()
        tamper(
            "UPDATE foundation_journalentry SET subject_id = 2, seq = 5"
            " WHERE subject_id = 1 AND seq = 2"
        )
        assert {(id, seq) for id, seq, _what in faults()} >= {(1, 3), (2, 5), (2, 0)}

    def test_a_line_moved_to_a_new_subject_is_found(self):
        life()
        tamper(
            "UPDATE foundation_journalentry SET subject_id = 50, seq = 1"
            " WHERE subject_id = 1 AND seq = 4"
        )
        assert {(id, seq) for id, seq, _what in faults()} >= {(1, 0), (50, 0), (50, 1)}

    def test_two_lines_that_changed_places_are_found(self):
        life()
        tamper(
            "UPDATE foundation_journalentry SET seq = CASE seq WHEN 1 THEN 102 ELSE 101 END"
            " WHERE subject_id = 1 AND seq IN (1, 2)"
        )
        tamper("UPDATE foundation_journalentry SET seq = seq - 100 WHERE seq > 100")
        assert {(1, 1), (1, 2)} <= {(id, seq) for id, seq, _what in faults()}

    def test_text_that_is_no_journal_is_a_fault_and_no_crash(self):
        life()
        for number, text in enumerate(("", "[]", '{"at": 3}', "null")):
            tamper(
                "UPDATE foundation_journalentry SET body = %s WHERE subject_id = 1 AND seq = %s",
                text,
                number + 1,
            )
        assert [what for _id, _seq, what in faults()].count("its text is not a journal's") == 4

    def test_a_fault_reads_as_one_line(self):
        life()
        tamper("DELETE FROM foundation_journalhead WHERE subject_id = 1")
        assert str(journal.verify().faults[0]) == "demand SQ1 (key 1), head: it is missing"


@pytest.mark.django_db
class TestDigest:
    def test_the_same_life_under_other_keys_has_the_same_digest(self):
        write(1, ref="SQ1", order_id=5, order_ref="GD1")
        write(2, ref="SQ2")
        write(1, ref="SQ1", action="order.reply", order_id=5, order_ref="GD1")
        first = journal.digest()
        tamper("DELETE FROM foundation_journalentry")
        tamper("DELETE FROM foundation_journalhead")
        write(70, ref="SQ2")
        write(80, ref="SQ1", order_id=4, order_ref="GD1")
        write(80, ref="SQ1", action="order.reply", order_id=4, order_ref="GD1")
        assert journal.digest() == first

    def test_any_difference_shows(self):
        life()
        digests = {journal.digest()}
        write(1, ref="SQ1", reason="补充")
        digests.add(journal.digest())
        tamper("DELETE FROM foundation_journalentry WHERE subject_id = 3")
        tamper("DELETE FROM foundation_journalhead WHERE subject_id = 3")
        assert not journal.verify().faults  # a whole subject gone leaves no trace but this one
        digests.add(journal.digest())
        assert len(digests) == 3


@pytest.mark.django_db(transaction=True)
def test_lines_written_at_the_same_time_form_one_chain():
    def work(n):
        for i in range(20):
            with transaction.atomic():
                write(i % 2, action=f"w{n}.{i}")
        connection.close()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    report = journal.verify()
    assert (report.entries, report.subjects, report.faults) == (120, 2, [])


@pytest.mark.django_db(transaction=True)
def test_a_line_rolled_back_leaves_no_trace():
    write()
    with transaction.atomic():
        write()
        transaction.set_rollback(True)
    write()
    report = journal.verify()
    assert (report.entries, report.faults) == (2, [])


@pytest.mark.django_db(transaction=True)
def test_verifying_sees_one_moment_of_a_journal_that_grows(monkeypatch):
    monkeypatch.setattr(journal, "_BATCH", 2)
    life()

    def grow():
        write(1)
        write(3)
        connection.close()

    def meanwhile(_lines):
        thread = threading.Thread(target=grow)
        thread.start()
        thread.join()

    report = journal.verify(progress=meanwhile)
    assert (report.entries, report.faults) == (12, [])
