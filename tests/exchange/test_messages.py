"""Messages land as demands at their own time; faults keep to their rows; a second run adds none."""

import csv
from collections import Counter
from pathlib import Path

import pytest

from minsheng.demands.models import Demand
from minsheng.directory.access import SYSTEM
from minsheng.exchange.messages import import_messages, open_messages
from minsheng.foundation import clock, journal
from minsheng.foundation.errors import Invalid

pytestmark = pytest.mark.django_db

HEAD = "id,user,title,time,body,against,likes\n"
GOOD = (
    "7,U1,路灯不亮,2019-01-02,东门口的路灯坏了三天,0,1\n"
    '3,U2,"噪声, 夜间",2019-1-1 9:05:00,"工地夜里\n一直施工",0,0\n'
    "9,U1,,2019-3-5 21:00:01,公交车两小时不来一趟,0,0\n"
)


def take(path: Path, **mapping: str) -> Counter[str]:
    source, places = open_messages(path, mapping)
    return import_messages(
        SYSTEM, source, places, channel="web", rejects=path.with_name("rejects.csv")
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "messages.csv"
    path.write_text(HEAD + GOOD, encoding="utf-8")
    return path


def test_messages_land_in_the_order_of_time(town, file: Path) -> None:
    assert take(file) == {"read": 3, "landed": 3, "rejected": 0}
    demands = list(Demand.objects.order_by("accepted_at").select_related("petitioner__identity"))
    assert [demand.external_no for demand in demands] == ["3", "7", "9"]
    assert [f"{d.accepted_at.astimezone(clock.ZONE):%F %T}" for d in demands] == [
        "2019-01-01 09:05:00",
        "2019-01-02 00:00:00",
        "2019-03-05 21:00:01",
    ]
    assert demands[0].text == "工地夜里\n一直施工"
    assert demands[2].title == "公交车两小时不来一趟"
    # The same account is the same petitioner, and another is not.
    assert demands[1].petitioner == demands[2].petitioner != demands[0].petitioner
    assert not journal.verify().faults


def test_a_second_run_adds_nothing(town, file: Path) -> None:
    take(file)
    assert take(file) == {"read": 3, "known": 3, "rejected": 0}
    with file.open("a", encoding="utf-8") as more:
        more.write("11,U3,又一件,2019-04-01,内容,0,0\n")
    assert take(file) == {"read": 4, "known": 3, "landed": 1, "rejected": 0}


def test_faults_keep_to_their_rows(town, file: Path) -> None:
    with file.open("ab") as more:
        more.write("12,U3,昨天的昨天,前天,内容,0,0\n".encode())
        more.write("13,U3,将来的事,2199-01-01,内容,0,0\n".encode())
        more.write("7,U3,编号重复,2019-04-01,内容,0,0\n".encode())
        more.write(b"14,U3,\xff\xfe,2019-04-01,x,0,0\n")
        more.write("15,U3,少一格,2019-04-01\n".encode())
        more.write(b"16,U3,,2019-04-01,,0,0\n")
        more.write("17,U3,好的,2019-04-02,内容,0,0\n".encode())
    assert take(file) == {"read": 10, "landed": 4, "rejected": 6}
    with file.with_name("rejects.csv").open(encoding="utf-8-sig", newline="") as rejected:
        rows = list(csv.DictReader(rejected))
    assert [row["line"] for row in rows] == ["6", "7", "8", "9", "10", "11"]
    assert all(row["reason"] and row["row"] for row in rows)


def test_columns_called_otherwise(town, tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_bytes("编号,主题词,正文,时间\n1,题,文,2019-01-01\n".encode("gb18030"))
    assert take(path, title="主题词", text="正文")["landed"] == 1
    assert Demand.objects.get().title == "题"


def test_a_file_that_is_none(town, tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_text("id,title\n1,题\n", encoding="utf-8")
    with pytest.raises(Invalid, match=r"time、text"):
        take(path)
    with pytest.raises(Invalid, match="colour"):
        take(path, colour="x")
