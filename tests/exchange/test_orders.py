"""A city's history is taken over: what columns mean, and what becomes of rows that are wrong."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Sum

from minsheng.catalogue.models import Category, Channel, Kind
from minsheng.demands.models import Demand, ImportBatch, Tally
from minsheng.directory.access import SYSTEM
from minsheng.directory.models import District, Unit
from minsheng.exchange.history.run import Summary, import_orders, open_history
from minsheng.followups import actions as follow_ups
from minsheng.followups.models import FollowUp
from minsheng.foundation import clock, journal, numbers, text
from minsheng.foundation.errors import Forbidden, Invalid
from minsheng.foundation.models import JournalEntry
from minsheng.orders import actions as orders
from minsheng.orders.models import Assignment, WorkOrder
from minsheng.orders.models import Tally as OrderTally
from support.history import ROW, rejected, row, text_of
from support.town import NOW, Town

Rows = list[dict[str, str]]
Take = Callable[..., tuple[Summary, dict[int, str]]]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=clock.ZONE)


@pytest.fixture
def take(town: Town, tmp_path: Path) -> Take:
    """Writes rows (or what a file holds) and imports them; returns the summary and the reasons."""

    def taken(rows: Rows | str | bytes, **how: Any) -> tuple[Summary, dict[int, str]]:
        path = tmp_path / "history.csv"
        content = text_of(rows) if isinstance(rows, list) else rows
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        source, _ignored = open_history(path)
        rejects = tmp_path / "rejects.csv"
        summary = import_orders(SYSTEM, source, rejects=rejects, lanes=1, **how)
        return summary, rejected(rejects)

    return taken


class TestWhatLands:
    def test_a_row_becomes_a_demand_an_order_and_a_follow_up(self, take: Take, town: Town) -> None:
        summary, reasons = take([row(1)])
        assert reasons == {}
        assert summary.counts == {
            "read": 1, "landed": 1, "demands": 1, "orders": 1, "follow_ups": 1,
        }  # fmt: skip
        demand = Demand.objects.get(number="S1")
        assert (demand.channel.code, demand.kind and demand.kind.code) == ("phone", "complain")
        assert demand.category
        assert demand.category.code == "noise"
        assert demand.element == "event"  # as its category's
        assert demand.district
        assert demand.district.code == "east"
        assert (demand.title, demand.text) == (ROW["title"], ROW["text"])
        assert demand.words == text.tokens(f"{ROW['title']}\n{ROW['text']}\n")
        assert demand.accepted_at == demand.registered_at == at("2025-03-03 09:00")
        assert (demand.petitioner, demand.petitioner_kind) == (None, "person")
        assert (demand.disposal, demand.origin, demand.urgent) == ("assign", "city", False)
        assert demand.unit_ids == demand.involved == [town.units["housing"].pk]
        assert len(demand.query_code) == numbers.QUERY_CODE_LENGTH
        assert demand.batch == ImportBatch.objects.get()

        order = Assignment.objects.get(work_order__number="G1")
        assert order.demand == demand
        assert order.work_order.issued_at == order.assigned_at == at("2025-03-03 09:30")
        assert (order.unit, order.part, order.state) == (town.units["housing"], "lead", "completed")
        assert order.sign_due_at == at("2025-03-03 11:30")
        assert order.signed_at == at("2025-03-03 10:00")
        assert order.due_at == order.first_due_at == at("2025-03-10 17:30")
        assert order.handled_at == order.completed_at == order.closed_at == at("2025-03-06 16:00")
        assert order.work_order.closed_at == order.completed_at
        assert (order.rework_count, order.solved) == (0, True)

        asked = FollowUp.objects.get()
        assert (asked.demand, asked.assignment, asked.round) == (demand, order, 1)
        assert (asked.state, asked.sampled, asked.source) == ("evaluated", True, "import")
        assert (asked.grade, asked.solved, asked.valid) == ("satisfied", True, True)
        assert asked.evaluated_at == order.completed_at

    @pytest.mark.parametrize(
        ("completed", "satisfaction", "state"),
        [
            ("2026-02-01 10:00", "satisfied", "archived"),
            ("2026-03-09 10:00", "satisfied", "evaluated"),
            ("2026-03-09 10:00", "", "completed"),
            ("", "", "assigned"),
        ],
    )
    def test_a_demand_stands_where_its_lead_stands(
        self, take: Take, completed: str, satisfaction: str, state: str
    ) -> None:
        take([
            row(1, accepted_at="2026-01-05", assigned_at="2026-01-05 10:00", sign_due_at="",
                signed_at="", due_at="2026-03-13", completed_at=completed,
                evaluated="", sampled="", satisfaction=satisfaction, solved="")
        ])  # fmt: skip
        demand = Demand.objects.get()
        assert demand.state == state
        if state == "archived":
            assert demand.archived_at == demand.state_at == at("2026-02-08 10:00")
        if state == "assigned":
            assert demand.due_at == at("2026-03-13 23:59:59")  # a limit lasts until the day's end
            assert demand.warn_at
            assert at("2026-01-05 10:00") < demand.warn_at < demand.due_at
            assert demand.completed_at is None
            assert Assignment.objects.get().limit == "5wd"
        else:
            assert (demand.due_at, demand.warn_at) == (None, None)
            assert demand.completed_at == at(completed)

    def test_several_units_share_an_order_and_several_orders_a_demand(self, take: Take) -> None:
        again = {"assigned_at": "2025-04-01", "sign_due_at": "", "signed_at": "", "completed_at":
                 "2025-04-03", "due_at": "2025-04-08"}  # fmt: skip
        summary, reasons = take([
            row(1),
            row(1, unit="交通局", role="assist", completed_at="", satisfaction="", evaluated="0",
                sampled="0"),
            row(1, order_no="G2", **again),
        ])  # fmt: skip
        assert reasons == {}
        demand = Demand.objects.get()
        assert WorkOrder.objects.filter(demand=demand).count() == 2
        assist = Assignment.objects.get(part="assist")
        # The lead ended without it: it is let go, neither done nor late.
        assert (assist.state, assist.closed_at) == ("lapsed", at("2025-03-06 16:00"))
        assert demand.completed_at == at("2025-04-03 00:00")
        assert [f.round for f in demand.follow_ups.order_by("pk")] == [1, 2]
        assert summary.counts["demands"] == 1

    def test_without_a_role_the_first_unit_of_an_order_leads(self, take: Take) -> None:
        take([row(1, role=""), row(1, role="", unit="交通局")])
        assert list(Assignment.objects.order_by("pk").values_list("part", flat=True)) == [
            "lead",
            "assist",
        ]

    def test_who_was_asked_and_did_not_answer_is_not_dissatisfied(self, take: Take) -> None:
        take([row(1, evaluated="否", satisfaction="", solved="")])
        asked = FollowUp.objects.get()
        assert (asked.state, asked.sampled, asked.grade) == ("unreached", True, "")
        assert asked.evaluated_at is None

    def test_words_and_heads_may_be_chinese(self, take: Take) -> None:
        rows = text_of([
            row(1, role="主办", urgent="是", origin="省级", petitioner_type="企业",
                element="部件", satisfaction="非常满意", evaluated="是", solved="已解决")
        ]).replace("order_no,demand_no,accepted_at", "工单编号,诉求编号,受理时间")  # fmt: skip
        _summary, reasons = take(rows)
        assert reasons == {}
        demand = Demand.objects.get()
        assert (demand.urgent, demand.origin, demand.enterprise) == (True, "province", True)
        assert demand.element == "component"
        assert FollowUp.objects.get().grade == "very_satisfied"

    def test_required_columns_are_enough(self, take: Take) -> None:
        columns = [
            "order_no",
            "demand_no",
            "accepted_at",
            "channel",
            "unit",
            "assigned_at",
            "due_at",
        ]
        _summary, reasons = take(text_of([row(1)], columns))
        assert reasons == {}
        demand = Demand.objects.get()
        assert (demand.state, demand.kind, demand.category, demand.text) == (
            "assigned", None, None, "",
        )  # fmt: skip
        assert demand.title
        assert not FollowUp.objects.exists()

    @pytest.mark.parametrize(
        "unit", ["住房局", "housing", "市住房保障局"], ids=["name", "code", "alias"]
    )
    def test_a_unit_goes_by_name_code_or_alias(self, take: Take, town: Town, unit: str) -> None:
        summary, _reasons = take([row(1, unit=unit)])
        assert Assignment.objects.get().unit == town.units["housing"]
        assert summary.made == {}

    @pytest.mark.parametrize(
        "category", ["住房建设/房屋管理/房屋漏水", "build.home.leak", "房屋漏水"]
    )
    def test_a_category_goes_by_path_code_or_name(self, take: Take, category: str) -> None:
        take([row(1, category=category)])
        assert Demand.objects.get().category == Category.objects.get(code="build.home.leak")

    def test_what_nobody_knows_is_made_and_listed(self, take: Take) -> None:
        summary, reasons = take([
            row(1, unit="盐务局", channel="传真", kind="感谢", category="民生/盐业/盐价",
                district="盐田镇"),
            row(2, unit="盐务局", category="民生/盐业"),
        ])  # fmt: skip
        assert reasons == {}
        assert summary.made == {
            "unit": ["盐务局"], "channel": ["传真"], "kind": ["感谢"],
            "category": ["民生/盐业", "民生/盐业/盐价"], "district": ["盐田镇"],
        }  # fmt: skip
        unit = Unit.objects.get(name="盐务局")
        assert (unit.kind, unit.level, unit.unit_group) == ("other", 1, "其他")
        assert unit.lineage == [unit.pk]
        leaf = Category.objects.get(name="盐价")
        assert [leaf.level, len(leaf.lineage)] == [3, 3]
        assert Category.objects.filter(name="盐业").count() == 1
        area = District.objects.get(name="盐田镇")
        assert (area.level, area.parent and area.parent.code) == ("district", "town")
        assert Channel.objects.filter(name="传真").exists()
        assert Kind.objects.filter(name="感谢").exists()
        assert [e.action for e in journal.timeline("unit", unit.pk)] == ["import.create"]

    def test_a_name_that_fits_several_is_refused(self, take: Take) -> None:
        for code in ("a", "b"):
            Unit.objects.create(code=code, name=f"{code}街道", short_name="街道办", kind="street")
        _summary, reasons = take([row(1, unit="街道办"), row(2)])
        assert list(reasons) == [2]
        assert "街道办" in reasons[2]
        assert Demand.objects.get().number == "S2"

    def test_a_restricted_channel_stays_restricted(self, take: Take) -> None:
        take([row(1, channel="纪检专线")])
        assert Demand.objects.get().restricted

    def test_batch_and_journal_tell_where_it_came_from(self, take: Take) -> None:
        take([row(n) for n in range(1, 6)], batch=2)
        batches = list(ImportBatch.objects.order_by("pk"))
        assert [batch.rows for batch in batches] == [2, 2, 1]
        assert len({batch.file_sha256 for batch in batches}) == 1
        entries = [journal.timeline("import", batch.pk).get() for batch in batches]
        assert [entry.said["changes"]["note"]["lines"] for entry in entries] == [
            [2, 3], [4, 5], [6, 6],
        ]  # fmt: skip
        assert entries[0].said["changes"]["note"]["sha256"] == batches[0].file_sha256
        assert not JournalEntry.objects.filter(subject_kind="demand").exists()
        assert journal.verify().faults == []

    def test_running_counts_are_right(self, take: Take) -> None:
        open_one = {"completed_at": "", "evaluated": "", "satisfaction": "", "solved": ""}
        take([row(1), row(2), row(3, **open_one), row(3, unit="交通局", role="assist", **open_one)])
        counted = Tally.objects.values_list("state").annotate(Sum("n")).order_by("state")
        assert list(counted) == [("archived", 2), ("assigned", 1)]
        counted = OrderTally.objects.values_list("state").annotate(Sum("n")).order_by("state")
        assert dict(counted) == {"completed": 2, "signed": 2}

    def test_an_open_order_goes_on_here(self, take: Take, town: Town) -> None:
        take([
            row(1, completed_at="", signed_at="", evaluated="", satisfaction="", solved="",
                sampled="")
        ])  # fmt: skip
        order = Assignment.objects.get()
        orders.sign(town.actor("clerk"), order.pk)
        orders.reply(town.actor("clerk"), order.pk, text="已要求停止夜间施工。", solved=True)
        orders.sign_off(town.actor("unit_leader"), order.pk)
        orders.pass_audit(town.actor("dispatcher"), order.pk)
        follow_ups.evaluate(
            town.actor("follow_up"), order.demand_id, grade="satisfied", solved=True
        )
        assert Demand.objects.get().state == "evaluated"


class TestWhatIsRejected:
    @pytest.mark.parametrize(
        ("changed", "reason"),
        [
            ({"assigned_at": "2025-02-30 09:00"}, "派单时间“2025-02-30 09:00”不是有效的时间"),
            ({"due_at": "尽快"}, "办结时限“尽快”不是有效的时间"),
            ({"accepted_at": "1899-12-30"}, "受理时间“1899-12-30”不是有效的时间"),
            ({"completed_at": "2025-03-03 09:29"}, "办结时间早于派单时间"),
            ({"signed_at": "2025-03-03 09:29"}, "签收时间早于派单时间"),
            ({"signed_at": "2025-03-07"}, "办结时间早于签收时间"),
            ({"due_at": "2025-03-03 09:00"}, "办结时限早于派单时间"),
            ({"sign_due_at": "2025-03-03 09:00"}, "签收时限早于派单时间"),
            ({"assigned_at": "2025-03-03 08:00"}, "派单时间早于受理时间"),
            ({"completed_at": "2026-03-11"}, "办结时间在将来"),
            ({"satisfaction": "excellent"}, "满意度“excellent”不是可用的值"),
            ({"role": "observer"}, "主协办“observer”不是可用的值"),
            ({"origin": "village"}, "来源层级“village”不是可用的值"),
            ({"element": "thing"}, "事件或部件“thing”不是可用的值"),
            ({"urgent": "perhaps"}, "紧急“perhaps”不是可用的值"),
            ({"rework_count": "-1"}, "返工次数“-1”不是可用的值"),
            ({"rework_count": "１"}, "返工次数“１”不是可用的值"),
            ({"evaluated": "0"}, "标为未评价，却有满意度"),
            ({"unit": ""}, "缺少承办单位"),
            ({"unit": "\u200b"}, "缺少承办单位"),
            ({"order_no": "G" * 33}, "工单号超过32个字"),
            ({"title": "长" * 201}, "标题超过200个字"),
            ({"category": "一/二/三/四/五"}, "诉求类别“一/二/三/四/五”不是可用的值"),
            ({"category": "一//三"}, "诉求类别“一//三”不是可用的值"),
        ],
    )
    def test_a_wrong_row_goes_to_the_rejects_with_its_reason(
        self, take: Take, changed: Mapping[str, str], reason: str
    ) -> None:
        summary, reasons = take([row(1), row(2, **changed), row(3)])
        assert list(reasons) == [3]
        assert reason in reasons[3]
        assert (summary.counts["landed"], summary.counts["rejected"]) == (2, 1)
        assert set(Demand.objects.values_list("number", flat=True)) == {"S1", "S3"}

    def test_all_that_is_wrong_is_said_at_once(self, take: Take) -> None:
        _summary, reasons = take([row(1, unit="", due_at="?", role="x")])
        assert reasons[2].count("；") == 2

    def test_a_wrong_row_makes_no_names(self, take: Take) -> None:
        summary, _reasons = take([row(1, unit="盐务局", due_at="?")])
        assert summary.made == {}
        assert not Unit.objects.filter(name="盐务局").exists()

    def test_a_wrong_row_does_not_decide_what_its_demand_is(self, take: Take) -> None:
        _summary, reasons = take([
            row(1, title="写错的标题", due_at="?"),
            row(9, order_no="G1", demand_no="S9", due_at="?"),
            row(1),
        ])  # fmt: skip
        assert list(reasons) == [2, 3]
        assert Demand.objects.get().title == ROW["title"]

    def test_rows_of_one_demand_may_not_contradict_each_other(self, take: Take) -> None:
        _summary, reasons = take([
            row(1),
            row(1, unit="交通局", role="assist", title="另一个标题", district="西岭县"),
            row(1, unit="供水公司", role="assist", title="", district=""),
        ])  # fmt: skip
        assert reasons == {3: "同一诉求的标题、区划与第2行不一致。"}
        assert Assignment.objects.count() == 2

    def test_an_order_belongs_to_one_demand(self, take: Take) -> None:
        _summary, reasons = take([row(1), row(2, order_no="G1", unit="交通局")])
        assert reasons == {3: "工单号已属于另一件诉求（S1）。"}

    def test_the_same_order_and_unit_twice_is_one_too_many(self, take: Take) -> None:
        _summary, reasons = take([row(1), row(2), row(1)], batch=2)
        assert list(reasons) == [4]
        _summary, reasons = take([row(3), row(3, due_at="2025-03-12")])
        assert reasons == {3: "与第2行重复：同一工单、同一单位。"}

    def test_an_order_has_one_lead_at_a_time(self, take: Take) -> None:
        still_open = {"completed_at": "", "evaluated": "", "satisfaction": "", "solved": ""}
        _summary, reasons = take([
            row(1, unit="供水公司"),  # the first lead has ended
            row(1, **still_open),
            row(1, unit="交通局", **still_open),
        ])  # fmt: skip
        assert list(reasons) == [4]

    def test_our_own_demands_are_left_alone(self, take: Take, town: Town) -> None:
        demand = town.accept()
        assert demand.number
        _summary, reasons = take([row(1, demand_no=demand.number)])
        assert reasons == {2: "诉求号与本平台自己受理的诉求相同。"}

    def test_numbers_that_we_are_going_to_give_out_are_refused(
        self, take: Take, town: Town
    ) -> None:
        ours = numbers.issue("SQ", NOW + timedelta(days=3)).number
        earlier = numbers.issue("SQ", NOW - timedelta(days=3)).number
        _summary, reasons = take([row(1, demand_no=ours), row(2, demand_no=earlier)])
        assert list(reasons) == [2]


class TestFiles:
    def test_lines_with_faults_of_their_own(self, take: Take) -> None:
        good = text_of([row(n) for n in range(1, 8)]).encode().split(b"\n")
        good[2] = good[2].replace("噪声".encode(), b"\xe5\x99\xff")  # broken UTF-8
        good[3] = good[3].replace(b"city", b"ci\0ty")
        good[4] = good[4] + b",one,two"
        good[5] = b"only,three,cells"
        good[6] = good[6].replace(b",lead,", b',"lead,')  # a quote that nobody closes
        good.insert(4, b"")  # no row at all
        good.insert(4, b",,,,,,,,,,,,,,,,,,,,,,,,")
        _summary, reasons = take(b"\n".join(good))
        assert sorted(reasons) == [3, 4, 7, 8, 9]
        assert "UTF-8" in reasons[3]
        assert "NUL" in reasons[4]
        assert "应有25列，实有27列" in reasons[7]
        assert "应有25列，实有3列" in reasons[8]
        assert "引号" in reasons[9]
        assert set(Demand.objects.values_list("number", flat=True)) == {"S1", "S7"}

    def test_a_cell_may_hold_line_breaks_commas_and_quotes(self, take: Take) -> None:
        told = '第一行，说"不行"\n第二行,有逗号\n\n第四行\\n不是换行\t制表'
        _summary, reasons = take([row(1, text=told), row(2, title='管径5" 水管')])
        assert reasons == {}
        assert Demand.objects.get(number="S1").text == told.replace("\t", " ")
        assert Demand.objects.get(number="S2").title == '管径5" 水管'

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
    @pytest.mark.parametrize("delimiter", [",", ";", "\t"])
    @pytest.mark.parametrize("ending", ["\n", "\r\n"])
    def test_encodings_delimiters_and_line_ends(
        self, take: Take, encoding: str, delimiter: str, ending: str
    ) -> None:
        rows = [row(1), row(2, text="生僻字：㙍、𠮷。"), row(3, due_at="?")]
        content = text_of(rows, delimiter=delimiter).replace("\n", ending).encode(encoding)
        _summary, reasons = take(content)
        assert list(reasons) == [4]
        assert Demand.objects.get(number="S2").text == "生僻字：㙍、𠮷。"

    def test_a_broken_line_in_gb18030(self, take: Take) -> None:
        lines = text_of([row(1), row(2), row(3)]).encode("gb18030").split(b"\n")
        lines[2] = lines[2].replace("夜间".encode("gb18030"), b"\xff\xff")
        _summary, reasons = take(b"\n".join(lines))
        assert list(reasons) == [3]
        assert "GB18030" in reasons[3]

    def test_the_rejects_file_repeats_the_line(self, take: Take, tmp_path: Path) -> None:
        take([row(1, due_at="?", text="有\n换行")])
        written = (tmp_path / "rejects.csv").read_bytes()
        assert written.startswith(b"\xef\xbb\xbfline,reason,row\n2,")
        assert "有\n换行" in written.decode()
        take([row(2)])
        assert not (tmp_path / "rejects.csv").exists()  # nothing stale stays behind

    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (b"", "empty_file"),
            (b"\n\n", "empty_file"),
            (b"PK\x03\x04\x00\x00binary\x00", "not_csv"),
            ("一篇文章，不是表格。\n".encode(), "not_csv"),
            (b"order_no,demand_no\n1,2\n", "columns_missing"),
            (b"order_no,order_no,demand_no\n", "column_twice"),
            (text_of([]).encode("utf-16"), "not_csv"),
        ],
    )
    def test_a_file_that_is_none_is_refused_whole(
        self, take: Take, content: bytes, code: str
    ) -> None:
        with pytest.raises(Invalid) as seen:
            take(content)
        assert seen.value.code == code

    def test_a_header_alone_is_an_empty_history(self, take: Take) -> None:
        summary, reasons = take([])
        assert (summary.counts["read"], reasons) == (0, {})

    def test_the_file_itself_is_never_written_to(self, take: Take, tmp_path: Path) -> None:
        take([row(1)])
        source, _ignored = open_history(tmp_path / "history.csv")
        with pytest.raises(Invalid):
            import_orders(SYSTEM, source, rejects=tmp_path / "." / "history.csv")
        assert (tmp_path / "history.csv").stat().st_size

    def test_only_who_may_imports(self, take: Take, town: Town, tmp_path: Path) -> None:
        take([row(1)])
        source, _ignored = open_history(tmp_path / "history.csv")
        with pytest.raises(Forbidden):
            import_orders(town.actor("agent"), source, rejects=tmp_path / "r.csv")


class TestAgain:
    def test_a_second_run_adds_nothing(self, take: Take) -> None:
        rows = [row(1), row(1, unit="交通局", role="assist"), row(2), row(3, role="")]
        take(rows)
        before = list(Demand.objects.order_by("pk").values())
        summary, reasons = take(rows)
        assert (summary.counts, reasons) == ({"read": 4, "known": 4}, {})
        assert list(Demand.objects.order_by("pk").values()) == before
        assert ImportBatch.objects.count() == 1

    def test_a_changed_row_is_reported_and_changes_nothing(self, take: Take) -> None:
        take([row(1), row(2)])
        summary, reasons = take([row(1, due_at="2025-03-12", title="改过的标题"), row(2)])
        assert summary.counts == {"read": 2, "differing": 1, "known": 1}
        assert reasons == {2: "已导入，但标题、办结时限与已有数据不同；已有数据保持不变。"}
        assert Assignment.objects.get(work_order__number="G1").due_at == at("2025-03-10 17:30")

    def test_a_later_file_brings_more_units_to_an_order(self, take: Take, town: Town) -> None:
        still_open = {"completed_at": "", "evaluated": "", "satisfaction": "", "solved": ""}
        take([row(1, unit="交通局", role="assist", **still_open)])
        assert Demand.objects.get().state == "assigned"
        _summary, reasons = take([row(1)])
        assert reasons == {}
        demand = Demand.objects.get()
        assert demand.state == "archived"
        assert demand.unit_ids == [town.units["traffic"].pk, town.units["housing"].pk]
        assert Assignment.objects.get(part="assist").state == "lapsed"
        assert WorkOrder.objects.get().closed_at
        counted = OrderTally.objects.values_list("state").annotate(n=Sum("n"))
        assert {state: n for state, n in counted if n} == {"completed": 1, "lapsed": 1}

    def test_what_was_worked_on_here_is_ours(self, take: Take, town: Town) -> None:
        take([row(1, completed_at="", evaluated="", satisfaction="", solved="")])
        orders.urge(town.actor("supervisor"), Assignment.objects.get().pk, reason="请尽快")
        summary, reasons = take([row(1), row(1, unit="交通局", role="assist")])
        assert (summary.counts["known"], list(reasons)) == (1, [3])
        assert Demand.objects.get().state == "assigned"

    def test_a_dry_run_changes_nothing_and_says_the_same(self, take: Take) -> None:
        rows = [row(1), row(2, unit="盐务局", category="新的/类别"), row(3, due_at="?"), row(1)]
        dry, dry_reasons = take(rows, dry_run=True)
        assert not Demand.objects.exists()
        assert not Unit.objects.filter(name="盐务局").exists()
        wet, reasons = take(rows)
        assert dry_reasons == reasons
        assert dry.made == wet.made
        assert all(wet.counts[name] == count for name, count in dry.counts.items())

    def test_known_rows_of_a_dry_run(self, take: Take) -> None:
        take([row(1)])
        summary, _reasons = take([row(1), row(2)], dry_run=True)
        assert (summary.counts["known"], summary.counts["landed"]) == (1, 1)


def test_batches_decide_nothing(take: Take) -> None:
    """However a file is cut, the same lands: here in single rows."""
    rows = [
        row(1),
        row(2, order_no="G2"),
        row(1, unit="交通局", role="assist", completed_at="", evaluated="", satisfaction="",
            solved=""),
        row(2, order_no="G3", assigned_at="2025-05-05", sign_due_at="", signed_at="",
            due_at="2025-05-09", completed_at="2025-05-08"),
        row(3, order_no="G3", unit="供水公司"),
    ]  # fmt: skip
    _summary, reasons = take(rows, batch=1)
    assert reasons == {6: "工单号已属于另一件诉求（S2）。"}
    assert Assignment.objects.get(part="assist").state == "lapsed"
    assert Demand.objects.get(number="S2").completed_at == at("2025-05-08 00:00")
    assert [f.round for f in FollowUp.objects.filter(demand__number="S2").order_by("pk")] == [1, 2]
