"""Settings: to read for those who look after them, to change where it is recorded."""

import pytest

from minsheng.directory.models import Post, Staff
from minsheng.foundation import city_calendar
from minsheng.foundation.models import JournalEntry
from support.reading import Visitor
from support.town import NOW

STAFF = "/console/settings/staff"


def test_lists_show_what_the_city_has(town, at):
    visitor: Visitor = at("admin")
    for path, said in (
        ("units", "码头街道办事处"),
        ("staff", "clerk.quay"),
        ("categories", "房屋漏水"),
        ("channels", "限制知悉"),
        ("catalogue", "属地区县"),
        ("limits", "5个工作日"),
        ("calendar", "2026年"),
    ):
        assert said in visitor.get(f"/console/settings/{path}").text


@pytest.mark.parametrize(
    ("path", "query", "found", "not_found"),
    [
        ("units", "市住房保障局", "住房局", "交通局"),  # by another name of it
        ("staff", "供水公司", "clerk.water", "clerk.quay"),
        ("categories", "电梯", "电梯故障", "路灯不亮"),
        ("catalogue", "交通局", "道路交通", "噪声扰民"),
    ],
)
def test_lists_are_searched(town, at, path, query, found, not_found):
    page = at("admin").get(f"/console/settings/{path}?query={query}")
    assert found in page.text
    assert not_found not in page.text


def test_a_person_is_added_gets_a_post_and_a_password(town, at):
    admin: Visitor = at("admin")
    admin.send(STAFF, username="new.clerk", name="新来的", phone="")
    person = Staff.objects.get(username="new.clerk")
    assert admin.led_to == f"{STAFF}/{person.pk}"
    admin.send(admin.led_to, role="clerk", unit="water")
    page = admin.follow()
    assert "单位经办人" in page.text
    assert "供水公司" in page.text
    page = admin.post(f"{STAFF}/{person.pk}/password", {}, 200)
    assert "no-store" in admin.response.headers["Cache-Control"]
    shown = next(word for word in page.text.split() if word.count("-") == 3)
    someone = at()
    someone.send("/console/sign-in", username="new.clerk", password=shown)
    assert "单位经办人工作台" in someone.follow().text
    assert shown not in admin.get(f"{STAFF}/{person.pk}").text
    assert list(
        JournalEntry.objects.filter(subject_kind="staff", subject_id=person.pk)
        .order_by("seq")
        .values_list("action", "staff")
    ) == [("staff.add", "admin"), ("staff.give_post", "admin"), ("staff.reset_password", "admin")]


@pytest.mark.parametrize(
    ("given", "status", "said"),
    [
        ({"username": "clerk", "name": "重名"}, 409, "已被使用"),
        ({"username": "大写", "name": "某人"}, 422, "账号须为"),
        ({"username": "ok", "name": ""}, 422, "请填写“姓名”"),
    ],
)
def test_a_person_is_not_added_by_mistake(town, at, given, status, said):
    page = at("admin").send(STAFF, status, **given)
    assert said in page.text
    assert page.form()["fields"]["username"] == given["username"]


def test_a_post_is_ended_and_an_account_switched_off(town, at):
    admin: Visitor = at("admin")
    post = town.posts["clerk"]
    admin.post(f"/console/settings/posts/{post.pk}/end", {})
    assert Post.objects.get(pk=post.pk).until == NOW
    admin.post(f"{STAFF}/{post.staff_id}/switch", {"active": "0"})
    assert not Staff.objects.get(pk=post.staff_id).is_active
    admin.post(f"{STAFF}/{post.staff_id}/switch", {"active": "1"})
    assert Staff.objects.get(pk=post.staff_id).is_active


def test_nobody_locks_themselves_out(town, at):
    admin: Visitor = at("admin")
    post = town.posts["admin"]
    admin.post(f"{STAFF}/{post.staff_id}/switch", {"active": "0"}, 409)
    admin.post(f"/console/settings/posts/{post.pk}/end", {}, 409)
    admin.get("/console/settings/units")


def test_who_only_looks_changes_nothing(town, at):
    visitor: Visitor = at("supervisor")
    person = town.posts["clerk"].staff_id
    page = visitor.get(STAFF)
    assert "添加人员" not in page.text
    assert "设置一天" not in visitor.get("/console/settings/calendar").text
    for address, fields in (
        (STAFF, {"username": "x.y", "name": "某人"}),
        (f"{STAFF}/{person}", {"role": "admin", "unit": "hotline"}),
        (f"{STAFF}/{person}/password", {}),
        (f"{STAFF}/{person}/switch", {"active": "0"}),
        (f"/console/settings/posts/{town.posts['clerk'].pk}/end", {}),
        ("/console/settings/calendar/withdraw", {"day": "2026-05-06"}),
        ("/console/settings/calendar", {"what": "day", "day": "2026-05-06"}),
    ):
        visitor.post(address, fields, 403)


def test_a_day_is_declared_off_and_taken_back(town, at):
    admin: Visitor = at("admin")
    address = "/console/settings/calendar"
    day = {"what": "day", "day": "2026-05-06", "is_workday": "0", "name": "台风停工"}
    admin.post(address, day)
    assert "台风停工" in admin.follow().text
    assert not city_calendar.stored().is_workday(NOW.date().replace(month=5, day=6))
    admin.post(f"{address}/withdraw", {"day": "2026-05-06"})
    assert city_calendar.stored().is_workday(NOW.date().replace(month=5, day=6))
    admin.post(f"{address}/withdraw", {"day": "2026-05-06"}, 404)
    admin.post(f"{address}/withdraw", {"day": "soon"})


def test_hours_and_years_are_entered(town, at, tmp_path):
    admin: Visitor = at("admin")
    address = "/console/settings/calendar"
    admin.post(address, {"what": "hours", "effective_from": "2026-06-01", "hours": "9:00-17:00"})
    assert "09:00-17:00" in admin.follow().text
    page = admin.post(
        address, {"what": "hours", "effective_from": "2026-06-01", "hours": "整天"}, 422
    )
    assert "不是有效的工作时间" in page.text
    notice = tmp_path / "2027.csv"
    notice.write_text("date,day,name\n2027-01-01,off,元旦\n")
    with notice.open("rb") as file:
        admin.post(address, {"what": "year", "year": "2027", "source": "某通知", "file": file})
    assert "2027" in admin.follow().text
    with notice.open("rb") as file:
        page = admin.post(
            address, {"what": "year", "year": "2026", "source": "某通知", "file": file}, 422
        )
    assert "已经内置" in page.text
