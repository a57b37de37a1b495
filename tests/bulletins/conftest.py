"""A bulletin with something of everything in it."""

import pytest

from minsheng.bulletins.model import Bulletin, Chart, Figure, Paragraph, Section, Table


@pytest.fixture
def bulletin() -> Bulletin:
    table = Table(
        "t",
        "各单位办理情况 <表>",
        ("承办单位", "应办理数", "按期办结率"),
        (
            ("住房局 & 物业科", Figure("1234", 1234, "due_count"), Figure("97.49%", 0.9749, "r")),
            ("交通局", Figure("6", 6, "due_count"), Figure("—", None, "r")),
            ("合计", Figure("1240", 1240, "due_count"), Figure("97.50%", 0.975, "r")),
        ),
        "按期内到期的工单计。",
        total=True,
    )
    chart = Chart(
        "c", "bar", "诉求量", ("一月", "二月"), {"受理量": (10, 20)}, "", "诉求量：一月10，二月20。"
    )
    words = Paragraph(
        ("受理诉求", Figure("4383", 4383, "accepted_count"), "件，=1+1 不是公式，#typst [x] *y*。"),
        "p",
    )
    return Bulletin(
        template="monthly",
        title="小城市12345热线2026年3月月报",
        subtitle="月报",
        number="2026年月报第3期",
        issuer="小城市热线中心",
        issued_on="2026-04-02",
        period="2026-03",
        sections=(Section("总体情况", (words, Section("办理", (table, chart)))),),
        reports_to=("市领导",),
        copies_to=("各单位",),
        notes=("率的变化为百分点。",),
    )
