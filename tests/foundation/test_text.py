"""Text from anywhere is made fit to keep, and is found again by what people type."""

import time
import unicodedata

import pytest
from django.db import connection
from hypothesis import example, given, settings
from hypothesis import strategies as st

from minsheng.foundation import text

ANYTHING = st.text(st.characters(exclude_categories=()), max_size=200)
HAN = st.text(
    st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5)
    | st.sampled_from("路灯不亮水压低的了噪音扰民小区业委会停车乱我家楼下"),
    max_size=60,
)


class TestClean:
    @pytest.mark.parametrize(
        ("sent", "kept"),
        [
            ("  路灯\t坏了  ", "路灯 坏了"),
            ("一\r\n二\r三\u2028四", "一\n二\n三\n四"),
            ("一 \n\n \n\n 二", "一\n\n二"),
            ("电话\x00：１３８ＡＢｃ", "电话：138ABc"),
            ("噪音，很大！（夜间）", "噪音，很大！（夜间）"),
            ("面积㎡①", "面积㎡①"),
            ("e\u0301", "é"),
            ("好\ud83d的", "好的"),
            ("甲\u202e乙\u200b丙\ufeff", "甲乙丙"),
            ("👨\u200d👩\u200d👧 ❤\ufe0f", "👨\u200d👩\u200d👧 ❤\ufe0f"),
            ("\u3000\u3000第一段\u3000", "第一段"),
            ("投訴樓上噪音擾民", "投訴樓上噪音擾民"),
            ("\x00\x1b[31m", "[31m"),
            ("", ""),
        ],
    )
    def test_what_is_kept(self, sent, kept):
        assert text.clean(sent) == kept

    @given(ANYTHING)
    @example("ｅ\u0301")
    @example("\u2000\u200b\u2000")
    def test_once_clean_it_stays_clean(self, sent):
        once = text.clean(sent)
        assert text.clean(once) == once

    @given(ANYTHING, st.integers(0, 50))
    def test_nothing_harmful_is_kept(self, sent, limit):
        for kept in (text.clean(sent, limit), text.line(sent, limit)):
            assert len(kept) <= limit
            assert kept == kept.strip()
            assert not [c for c in kept if unicodedata.category(c) in ("Cc", "Cs") and c != "\n"]
            assert "  " not in kept
            assert "\n\n\n" not in kept
            kept.encode()

    @given(ANYTHING)
    def test_a_line_is_one_line(self, sent):
        assert len(text.line(sent).splitlines()) <= 1

    def test_a_line_ends_at_its_limit(self):
        assert text.line("一二三 四五", 4) == "一二三"
        assert text.line("一二三四五", 4) == "一二三四"

    @pytest.mark.django_db
    @settings(max_examples=50)
    @given(ANYTHING)
    def test_postgresql_takes_and_returns_it(self, sent):
        kept = text.clean(sent)
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s::text", [kept])
            assert cursor.fetchone() == (kept,)


def found(query: str, sent: str) -> bool:
    wanted = text.query_tokens(query)
    return bool(wanted) and set(wanted) <= set(text.tokens(sent))


class TestTokens:
    @pytest.mark.parametrize(
        ("query", "sent"),
        [
            ("路灯", "小区门口路灯不亮"),  # rjieba: 路 + 灯不亮
            ("水压", "六楼水压低"),  # rjieba: 水 + 压低
            ("业委", "业委会不公开账目"),
            ("灯杆", "路灯杆倾斜"),
            ("噪音", "夜间施工噪音扰民"),
            ("噪音扰民", "噪音大，每晚都扰民"),
            ("农民工工资", "拖欠农民工的工资"),
            ("碧海园", "碧海园南门积水"),
            ("擾民", "樓上噪音擾民"),
            ("A3区 停水", "a3区又停水了"),
            ("ＷＩＦＩ", "公交车 wifi 连不上"),
            ("13812345678", "联系电话１３８１２３４５６７８。"),
            ("2026", "2026年3月"),
            ("水", "没有 水 用"),
            ("的了", "是的了"),
            ("丁了", "一丁了"),
            ("𠮷野家", "𠮷野家门口占道"),
            ("ремонт", "Ремонт дороги"),
        ],
    )
    def test_what_is_found(self, query, sent):
        assert found(query, sent)

    @pytest.mark.parametrize(
        ("query", "sent"),
        [("停电", "小区停水"), ("路灯 井盖", "路灯不亮"), ("扰民", "扰。民"), ("12", "123")],
    )
    def test_what_is_not(self, query, sent):
        assert not found(query, sent)

    @given(HAN, st.data())
    def test_every_part_of_two_characters_or_more_is_found(self, sent, data):
        start = data.draw(st.integers(0, max(0, len(sent) - 2)))
        part = sent[start : data.draw(st.integers(start, len(sent)))]
        if len(part) >= 2:
            assert found(part, sent)

    @given(HAN, st.text("，。！？ \n😀,.;", min_size=1, max_size=3), HAN)
    def test_words_before_and_after_a_break_are_found_together(self, before, between, after):
        if len(before) >= 2 and len(after) >= 2:
            assert found(f"{after} {before}", before + between + after)

    @given(st.lists(ANYTHING | HAN, max_size=5))
    @example(["路灯不亮，路灯。\n不亮A3", "不亮"])
    def test_clauses_that_were_cut_before_change_nothing(self, sent):
        clauses = text.Clauses()
        for one in [*sent, *sent]:
            assert text.tokens(one, clauses) == text.tokens(one)

    def test_clauses_do_not_grow_for_ever(self):
        clauses = text.Clauses()
        for n in range(12):
            text.tokens(chr(0x4E00 + n) * (text.CLAUSES_LIMIT // 10), clauses)
        assert clauses.size <= text.CLAUSES_LIMIT
        assert text.tokens("路灯不亮", clauses) == text.tokens("路灯不亮")

    def test_stop_words_and_punctuation_are_no_tokens(self):
        assert text.tokens("的，了。！…—（）  \n") == []
        assert text.query_tokens("，。！的") == []
        assert text.query_tokens("") == []

    def test_tokens_are_not_repeated_and_come_in_order(self):
        assert text.tokens("ABC abc 停水 停水") == ["abc", "停水"]

    @given(ANYTHING)
    def test_any_text_has_tokens_fit_for_an_index(self, sent):
        for tokens in (text.tokens(sent), text.query_tokens(sent)):
            assert len(set(tokens)) == len(tokens)
            assert all(0 < len(t) <= text.TOKEN_LENGTH for t in tokens)
            assert not any(c.isspace() or c == "\x00" for t in tokens for c in t)

    def test_a_query_is_cut_like_the_text(self):
        word = "x" * 500
        assert found(word, f"很长的 {word}")

    def test_a_very_long_text_is_cut_in_a_moment(self):
        sent = "".join(chr(0x4E00 + i * 7919 % 20000) for i in range(50_000)) + "\x00\ud800"
        begun = time.process_time()
        assert len(text.tokens(sent)) == text.TOKEN_LIMIT
        assert len(text.clean(sent)) == 50_000
        assert len(text.query_tokens(sent)) == text.QUERY_LIMIT
        assert time.process_time() - begun < 5

    @pytest.mark.django_db
    def test_the_longest_tokens_fit_into_a_gin_index(self):
        tokens = text.tokens("\U0001f1e6 " + "𠮷é" * 30_000 + " " + "ж" * 50_000)
        with connection.cursor() as cursor:
            cursor.execute("CREATE TEMPORARY TABLE found (words text[])")
            cursor.execute("CREATE INDEX ON found USING gin (words)")
            cursor.execute("INSERT INTO found VALUES (%s)", [tokens])
            cursor.execute("SELECT count(*) FROM found WHERE words @> %s", [["ж" * 40]])
            assert cursor.fetchone() == (1,)
