"""Numbers: never twice, in the order of acceptance, without anybody waiting for a commit."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta

import pytest
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st
from stdnum.iso7064 import mod_11_10

from minsheng.foundation import clock, numbers
from minsheng.foundation.clock import ZONE
from minsheng.foundation.errors import Conflict, Invalid

# Every test that gives out numbers has a prefix of its own: sequences outlive rollback and flush.
EVENING = datetime(2031, 5, 31, 23, 59, 59, 999999, tzinfo=ZONE)


def spell(day: date, sequence: int, prefix: str = "SQ") -> str:
    digits = f"{day:%y%m%d}{sequence:06d}"
    return prefix + digits + mod_11_10.calc_check_digit(digits)


numbers_of_all_days = st.builds(
    spell,
    st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    st.integers(0, 999_999),
    st.from_regex("[A-Z]{1,8}", fullmatch=True),
)


class TestSpelling:
    def test_a_number_known_by_heart(self):
        assert numbers.parse("SQ2601020000346") == (
            "SQ2601020000346",
            "SQ",
            date(2026, 1, 2),
            34,
        )

    @given(st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.integers(0, 999_999))
    def test_what_was_spelt_is_read_back(self, day, sequence):
        number = spell(day, sequence)
        assert numbers.check(number)
        assert numbers.parse(number) == (number, "SQ", day, sequence)

    @given(numbers_of_all_days, st.data())
    def test_one_wrong_digit_is_always_found(self, number, data):
        place = data.draw(st.integers(len(number) - 13, len(number) - 1))
        digit = data.draw(st.sampled_from([d for d in "0123456789" if d != number[place]]))
        assert not numbers.check(number[:place] + digit + number[place + 1 :])

    @pytest.mark.parametrize(
        "typed",
        [
            "sq2601020000346",
            " SQ 260102 000034 6 ",
            "SQ-260102-000034-6",
            "ＳＱ２６０１０２００００３４６",
        ],
    )
    def test_people_type_it_in_their_own_ways(self, typed):
        assert numbers.parse(typed).number == "SQ2601020000346"
        assert not numbers.check(typed)

    @pytest.mark.parametrize(
        ("typed", "code"),
        [
            ("", "number_malformed"),
            ("SQ", "number_malformed"),
            ("2601020000346", "number_malformed"),
            ("SQ26010200003466", "number_malformed"),
            ("SQ２６０１０２００００３４٦", "number_malformed"),
            ("SQ2601020000345", "number_mistyped"),
            ("SQ" + "261302000034" + mod_11_10.calc_check_digit("261302000034"), "number_mistyped"),
            ("SQ" + "260229000034" + mod_11_10.calc_check_digit("260229000034"), "number_mistyped"),
        ],
    )
    def test_what_is_no_number_is_refused(self, typed, code):
        with pytest.raises(Invalid) as refused:
            numbers.parse(typed)
        assert refused.value.code == code
        assert not numbers.check(typed)

    @given(st.text(max_size=30))
    def test_any_text_is_read_or_refused(self, typed):
        assert numbers.check(typed) in (True, False)


class TestQueryCode:
    def test_codes_are_short_plain_and_different(self):
        codes = {numbers.query_code() for _ in range(2000)}
        assert len(codes) == 2000
        assert all(re.fullmatch("[2-9A-HJKMNP-Z]{8}", code) for code in codes)

    def test_every_character_is_used(self):
        assert set("".join(numbers.query_code() for _ in range(2000))) == set(numbers.ALPHABET)


@pytest.mark.django_db
class TestIssuing:
    def test_numbers_count_up_from_one(self):
        issued = [numbers.issue("TA") for _ in range(3)]
        assert [numbers.parse(i.number).sequence for i in issued] == [1, 2, 3]
        assert all(numbers.check(i.number) for i in issued)

    def test_a_number_is_of_the_day_of_its_moment_in_the_hotlines_zone(self):
        before = clock.now()
        issued = numbers.issue("TB")
        assert before - timedelta(seconds=1) <= issued.at <= clock.now() + timedelta(seconds=1)
        assert issued.at.tzinfo is ZONE
        assert numbers.parse(issued.number).day == issued.at.date()

    def test_midnight_begins_a_new_sequence(self):
        numbers.issue("TC", EVENING)
        assert numbers.issue("TC", EVENING) == (spell(date(2031, 5, 31), 2, "TC"), EVENING)
        morning = EVENING + timedelta(microseconds=1)
        assert numbers.issue("TC", morning) == (spell(date(2031, 6, 1), 1, "TC"), morning)

    def test_a_moved_clock_decides_the_day(self):
        with clock.moved(EVENING):
            assert numbers.issue("TD") == (spell(date(2031, 5, 31), 1, "TD"), EVENING)

    def test_days_may_come_in_any_order_and_go_on_where_they_were(self):
        later, earlier = datetime(2028, 2, 29, tzinfo=ZONE), datetime(2026, 1, 1, tzinfo=ZONE)
        given = [numbers.issue("TE", at).number for at in (later, earlier, later, earlier)]
        assert [numbers.parse(number).sequence for number in given] == [1, 1, 2, 2]

    def test_prefixes_count_apart(self):
        numbers.issue("TF")
        assert numbers.parse(numbers.issue("TFF").number).sequence == 1

    @pytest.mark.parametrize("prefix", ["", "sq", "S1", "TOOLONGTOO", "A;B", "诉"])
    def test_other_prefixes_are_a_mistake_of_the_caller(self, prefix):
        with pytest.raises(ValueError, match="capital letters"):
            numbers.issue(prefix)

    def test_one_number_is_one_statement(self, django_assert_num_queries):
        numbers.issue("TG")
        with django_assert_num_queries(1):
            numbers.issue("TG")

    def test_the_millionth_of_a_day_is_refused(self):
        numbers.issue("TH", EVENING)
        with connection.cursor() as cursor:
            cursor.execute("SELECT setval('numbers.th310531', 999999)")
        with pytest.raises(Conflict) as refused, transaction.atomic():
            numbers.issue("TH", EVENING)
        assert refused.value.code == "numbers_used_up"
        assert numbers.parse(numbers.issue("TH", EVENING + timedelta(days=1)).number).sequence == 1


@pytest.mark.django_db(transaction=True)
class TestConcurrently:
    def test_eight_at_once_from_the_first_of_the_day_with_rollbacks_and_one_left_open(self):
        start, stop = threading.Barrier(9), threading.Event()

        def leave_open():
            """Takes a number in a transaction that lasts longer than everything else."""
            try:
                with transaction.atomic():
                    start.wait()
                    issued = numbers.issue("UA")
                    stop.wait(240)
                    return [issued]
            finally:
                connection.close()

        def accept(worker):
            issued = []
            try:
                start.wait()
                for i in range(500):
                    with transaction.atomic():
                        issued.append(numbers.issue("UA"))
                        if (i + worker) % 5 == 0:
                            transaction.set_rollback(True)
            finally:
                connection.close()
            return issued

        with ThreadPoolExecutor(9) as pool:
            opened = pool.submit(leave_open)
            workers = [pool.submit(accept, n) for n in range(8)]
            given = [worker.result(timeout=200) for worker in workers]
            assert not opened.done()
            stop.set()
            given.append(opened.result())

        everything = sorted((issued for part in given for issued in part), key=lambda i: i.number)
        assert len({issued.number for issued in everything}) == 8 * 500 + 1
        moments = [issued.at for issued in everything]
        assert moments == sorted(moments)
        for part in given:
            assert part == sorted(part)
        if everything[0].at.date() == everything[-1].at.date():  # no midnight came between
            assert numbers.parse(everything[-1].number).sequence == 8 * 500 + 1

    def test_the_first_of_the_day_rolled_back_leaves_the_day_open_to_others(self):
        with transaction.atomic():
            numbers.issue("UB")
            with ThreadPoolExecutor(1) as pool:
                assert (
                    pool.submit(self.issue_elsewhere, "UB").result(timeout=200)[-7:-1] == "000002"
                )
            transaction.set_rollback(True)
        assert numbers.parse(numbers.issue("UB").number).sequence == 3

    def test_a_cancelled_wait_leaves_no_lock_behind(self):
        """Whatever happens to one caller, the next one gets a number."""
        numbers.issue("UC")
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(12345, hashtext('issue UC'))")
            with ThreadPoolExecutor(1) as pool:
                waiting = pool.submit(self.issue_impatiently, "UC")
                with pytest.raises(Exception, match="statement timeout"):
                    waiting.result(timeout=200)
            cursor.execute("SELECT pg_advisory_unlock(12345, hashtext('issue UC'))")
            assert cursor.fetchone() == (True,)
        assert numbers.issue("UC")
        assert not self.locks()

    def test_no_lock_outlives_the_call(self):
        with transaction.atomic():
            numbers.issue("UD")
            assert not self.locks()

    def test_a_snapshot_from_before_the_day_is_asked_to_try_again(self):
        def accept():
            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                    cursor.execute("SELECT count(*) FROM foundation_vaultkey")
                return numbers.issue("UE")

        with pytest.raises(Conflict) as refused:
            accept()
        assert refused.value.code == "number_not_ready"
        assert numbers.parse(accept().number).sequence == 1

    def locks(self):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT * FROM pg_locks JOIN pg_database d ON d.oid = database"
                " WHERE locktype = 'advisory' AND datname = current_database()"
            )
            return cursor.fetchall()

    def issue_elsewhere(self, prefix):
        try:
            return numbers.issue(prefix).number
        finally:
            connection.close()

    def issue_impatiently(self, prefix):
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET statement_timeout = '200ms'")
            return numbers.issue(prefix).number
        finally:
            connection.close()
