"""Writes a city's history as a former system would export it: invented, and the same for a seed.

    python benchmarks/history.py history.csv --rows 1000000 --seed 1

Each row is an order with a unit, in the format of `docs/import.md`. Demands come in over six years,
most of them as one order with one unit; some have assisting units, some a second order. The units,
categories, channels and districts are those of the demo city.
"""

import argparse
import csv
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

COLUMNS = [
    "order_no",
    "demand_no",
    "accepted_at",
    "channel",
    "kind",
    "category",
    "element",
    "title",
    "text",
    "district",
    "origin",
    "petitioner_type",
    "unit",
    "role",
    "urgent",
    "assigned_at",
    "sign_due_at",
    "signed_at",
    "due_at",
    "completed_at",
    "rework_count",
    "sampled",
    "evaluated",
    "satisfaction",
    "solved",
]

CITY = Path(__file__).resolve().parents[1] / "cities" / "binhai"


class Names(NamedTuple):
    """The names that rows are made of."""

    units: list[str]
    channels: list[str]
    kinds: list[str]
    categories: list[str]
    districts: list[str]


PLACES = [
    f"{name}{kind}{part}"
    for name in [
        "海棠",
        "滨河",
        "学院",
        "解放",
        "人民",
        "中山",
        "迎宾",
        "和平",
        "长江",
        "黄河",
        "建设",
        "新华",
        "朝阳",
        "文化",
        "科技",
        "振兴",
    ]
    for kind in ("路", "街", "小区", "花园", "新村", "广场")
    for part in ("东侧", "西门", "南段", "北口", "三号楼", "附近", "公交站", "地下车库")
]
MATTERS = [
    "路灯不亮",
    "自来水停水",
    "夜间施工噪音",
    "垃圾清运不及时",
    "公交车班次太少",
    "物业收费不透明",
    "占道经营",
    "下水道堵塞",
    "供暖温度不达标",
    "工资拖欠",
    "宠物犬伤人",
    "违章搭建",
    "校门口交通拥堵",
    "树木遮挡采光",
    "共享单车乱停放",
    "医保报销材料",
    "路面坑洞",
    "电梯故障",
    "油烟扰民",
    "小区停车位不足",
    "燃气费异常",
    "井盖破损",
    "河道异味",
    "网络购物退款",
]
EFFECTS = [
    "影响居民正常休息",
    "夜间出行不便",
    "老人和孩子出门有危险",
    "已经持续半个月",
    "多次向物业反映没有结果",
    "周边商户也有同样的意见",
    "气味很大不敢开窗",
    "下雨天更加严重",
    "家里有人行动不便",
    "与公示的标准不一致",
]
WISHES = [
    "希望有关部门尽快派人核实处理",
    "请责任单位给予书面答复",
    "请求协调解决并回电告知结果",
    "咨询具体的办理流程和所需材料",
    "建议加强日常巡查和管理",
    "要求说明原因并给出期限",
]
GRADES = ("very_satisfied", "satisfied", "fairly_satisfied", "dissatisfied", "very_dissatisfied")
GRADE_WEIGHTS = (40, 42, 10, 6, 2)
FIRST = datetime(2018, 1, 1)  # noqa: DTZ001 (the file says no zone)
DAYS = 6 * 365


def demo_city() -> Names:
    """Returns the names in the demo city's files."""

    def read(file: str) -> list[dict[str, str]]:
        with (CITY / file).open(encoding="utf-8", newline="") as opened:
            return list(csv.DictReader(opened))

    return Names(
        [row["name"] for row in read("units.csv") if row["kind"] not in ("centre", "section")],
        [row["name"] for row in read("channels.csv")],
        [row["name"] for row in read("kinds.csv")],
        [row["code"] for row in read("categories.csv")],
        [row["name"] for row in read("districts.csv") if row["level"] in ("district", "zone")],
    )


def rows(count: int, seed: int, names: Names) -> Iterator[list[str]]:
    """Yields `count` rows in the order of acceptance."""
    chance = random.Random(seed)
    made = order = demand = 0
    while made < count:
        demand += 1
        accepted = FIRST + timedelta(days=DAYS * made / count, seconds=chance.randrange(3600))
        told = _demand(chance, names)
        orders = 2 if chance.random() < 0.03 else 1
        for turn in range(orders):
            order += 1
            assigned = accepted + timedelta(days=20 * turn, minutes=chance.randrange(5, 240))
            units = chance.sample(names.units, 1 if chance.random() < 0.9 else chance.randint(2, 3))
            for place, unit in enumerate(units):
                if made == count:
                    return
                made += 1
                yield [
                    f"G{order:09d}",
                    f"S{demand:09d}",
                    f"{accepted:%Y-%m-%d %H:%M:%S}",
                    *told[:8],
                    told[8],
                    unit,
                    "assist" if place else "lead",
                    told[9],
                    *_course(chance, assigned),
                ]


def _demand(chance: random.Random, names: Names) -> list[str]:
    place, matter = chance.choice(PLACES), chance.choice(MATTERS)
    text = (
        f"来电人反映{place}{matter}，{chance.choice(EFFECTS)}，{chance.choice(EFFECTS)}，"
        f"{chance.choice(WISHES)}。"
    )
    return [
        chance.choice(names.channels),
        chance.choice(names.kinds),
        chance.choice(names.categories),
        chance.choice(("event", "event", "component")),
        f"反映{place}{matter}的问题",
        text,
        chance.choice(names.districts),
        "city" if chance.random() < 0.97 else "province",
        chance.choice(("person", "person", "person", "enterprise")),
        "1" if chance.random() < 0.04 else "0",
    ]


def _course(chance: random.Random, assigned: datetime) -> list[str]:
    sign_due = assigned + timedelta(hours=4)
    signed = assigned + timedelta(minutes=chance.randrange(5, 300))
    due = assigned + timedelta(days=7)
    completed = signed + timedelta(hours=chance.expovariate(1 / 60))
    sampled = chance.random() < 0.35
    evaluated = sampled and chance.random() < 0.8
    (grade,) = chance.choices(GRADES, GRADE_WEIGHTS) if evaluated else ("",)
    return [
        f"{assigned:%Y-%m-%d %H:%M:%S}",
        f"{sign_due:%Y-%m-%d %H:%M:%S}",
        f"{signed:%Y-%m-%d %H:%M:%S}",
        f"{due:%Y-%m-%d %H:%M:%S}",
        f"{completed:%Y-%m-%d %H:%M:%S}" if chance.random() < 0.995 else "",
        "1" if chance.random() < 0.03 else "0",
        "1" if sampled else "0",
        "1" if evaluated else "0",
        grade,
        ("1" if grade in GRADES[:3] else "0") if evaluated else "",
    ]


def write(path: Path, count: int, seed: int, names: Names) -> None:
    """Writes a history of `count` rows."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows(count, seed, names))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    write(given.file, given.rows, given.seed, demo_city())


if __name__ == "__main__":
    main()
