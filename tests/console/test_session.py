"""Signing in and out, and the post that somebody acts under."""

import time
from datetime import timedelta
from urllib.parse import quote

import pytest
from axes.models import AccessAttempt
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from minsheng.directory.models import Post, Staff
from minsheng.foundation import clock
from minsheng.foundation.models import JournalEntry
from support.town import PASSWORD

SIGN_IN = "/console/sign-in"


def sign_in(visitor, username="clerk", password=PASSWORD, status=302, **more):
    return visitor.send(SIGN_IN, status, username=username, password=password, **more)


def test_who_signs_in_comes_to_the_page_they_wanted(town, at):
    visitor = at()
    visitor.get("/console/knowledge?query=x", 302)
    page = visitor.follow()
    fields = {**page.form()["fields"], "username": "clerk", "password": PASSWORD}
    visitor.post(SIGN_IN, fields)
    assert visitor.led_to == "/console/knowledge?query=x"
    visitor.follow()
    assert visitor.response.wsgi_request.actor == town.actor("clerk")


@pytest.mark.parametrize(
    "elsewhere",
    ["https://example.org/", "//example.org", "javascript:1", "foo", "console:home", "http://["],
)
def test_nobody_is_led_to_another_site(town, at, elsewhere):
    visitor = at()
    sign_in(visitor, next=elsewhere)
    assert visitor.led_to == "/console/"
    visitor.get(f"{SIGN_IN}?next={quote(elsewhere)}", 302)
    assert visitor.led_to == "/console/"


def test_wrong_password_is_said_without_telling_which_was_wrong(town, at):
    said = [
        sign_in(at(), username, "wrong", status=422).text for username in ("clerk", "nobody.here")
    ]
    assert "账号或密码不正确" in said[0]
    assert "账号或密码不正确" in said[1]


def test_five_wrong_passwords_lock_even_the_right_one_out(town, at):
    visitor = at()
    for _ in range(4):
        sign_in(visitor, password="wrong", status=422)
    assert "15分钟" in sign_in(visitor, password="wrong", status=429).text
    assert "暂时锁定" in sign_in(visitor, status=429).text
    sign_in(at(), "clerk2")  # another account from the same place is not locked
    AccessAttempt.objects.all().delete()
    sign_in(visitor)


def test_who_left_cannot_sign_in(town, at):
    Staff.objects.filter(username="clerk").update(is_active=False)
    sign_in(at(), status=422)


def test_who_is_switched_off_while_signed_in_is_out(town, at):
    visitor = at("clerk")
    visitor.get("/console/")
    Staff.objects.filter(username="clerk").update(is_active=False)
    visitor.get("/console/", 302)
    assert visitor.led_to.startswith(SIGN_IN)


def test_a_post_that_ended_opens_nothing(town, at):
    visitor = at("clerk")
    Post.objects.filter(pk=town.posts["clerk"].pk).update(until=clock.now())
    visitor.get("/console/", 302)
    assert "没有在任岗位" in visitor.follow().text


def test_who_holds_two_posts_chooses_and_may_switch(town, at):
    post = town.posts["dispatcher"]
    second = Post.objects.create(
        staff=post.staff,
        role="supervisor",
        unit=post.unit,
        since=clock.now() - timedelta(days=1),
    )
    visitor = at()
    sign_in(visitor, "dispatcher", next="/console/figures?a=1&b=2")
    assert visitor.led_to.startswith("/console/post")
    page = visitor.follow()
    visitor.post("/console/post", {**page.forms[0]["fields"], "post": post.pk})
    assert visitor.led_to == "/console/figures?a=1&b=2"
    visitor.follow()
    assert visitor.response.wsgi_request.actor.role == "dispatcher"
    visitor.post("/console/post", {"post": second.pk, "switch": "1"})
    assert "督查员工作台" in visitor.follow().text


def test_what_was_opened_under_another_post_is_refused(town, at):
    visitor = at("clerk")
    order = town.order("assigned")
    sent = {"opened_under": town.posts["dispatcher"].pk}
    page = visitor.post(f"/console/orders/{order.pk}/do/order.sign", sent, 409)
    assert "另一个岗位" in page.text
    order.refresh_from_db()
    assert order.state == "assigned"


def test_nobody_takes_the_post_of_another(town, at):
    visitor = at("clerk")
    visitor.post("/console/post", {"post": town.posts["dispatcher"].pk}, 200)
    visitor.get("/console/")
    assert visitor.response.wsgi_request.actor.role == "clerk"


def test_signing_out_ends_the_session(town, at):
    visitor = at("clerk")
    visitor.post("/console/sign-out", {})
    visitor.get("/console/", 302)
    assert visitor.led_to.startswith(SIGN_IN)


def test_signing_out_takes_more_than_a_link(town, at):
    at("clerk").get("/console/sign-out", 405)


def test_who_has_an_authenticator_needs_its_code_besides(town, at):
    device = TOTPDevice.objects.create(user=town.posts["clerk"].staff, name="phone")
    visitor = at()
    sign_in(visitor, next="/console/knowledge")
    assert visitor.led_to.startswith("/console/sign-in/code")
    code_page = visitor.led_to
    visitor.get("/console/", 302)  # the password alone opens nothing
    assert "动态验证码不正确" in visitor.send(code_page, 422, code="000000").text
    TOTPDevice.objects.update(throttling_failure_count=0)
    now = TOTP(device.bin_key, device.step, device.t0, device.digits, device.drift)
    now.time = time.time()
    visitor.send(code_page, code=f"{now.token():06d}")
    assert visitor.led_to == "/console/knowledge"
    visitor.follow()


def test_the_code_alone_opens_nothing(town, at):
    visitor = at()
    visitor.get("/console/sign-in/code", 302)
    assert visitor.led_to == SIGN_IN
    TOTPDevice.objects.create(user=town.posts["clerk"].staff, name="phone")
    sign_in(visitor)
    code_page = visitor.led_to
    session = visitor.client.session
    session["half"][1] -= 301  # the password was too long ago
    session.save()
    visitor.get(code_page, 302)
    assert visitor.led_to == SIGN_IN


def test_changing_the_password_is_on_record_and_ends_other_sessions(town, at):
    here, elsewhere = at("clerk"), at("clerk")
    new = "A-better-one-2026"
    here.send("/console/password", old=PASSWORD, new=new, again=new)
    here.get("/console/")
    elsewhere.get("/console/", 302)
    assert JournalEntry.objects.filter(action="staff.change_password", staff="clerk").count() == 1
    sign_in(at(), password=new)


@pytest.mark.parametrize(
    ("old", "new", "again", "said"),
    [
        ("wrong", "A-better-one-2026", "A-better-one-2026", "现用密码不正确"),
        (PASSWORD, "A-better-one-2026", "another", "不一致"),
        (PASSWORD, "12345", "12345", "密码"),
        ("", "", "", "请填写"),
    ],
)
def test_a_password_is_not_changed_by_mistake(town, at, old, new, again, said):
    page = at("clerk").send("/console/password", 422, old=old, new=new, again=again)
    assert said in page.text
    assert Staff.objects.get(username="clerk").check_password(PASSWORD)


def test_the_language_is_the_readers_choice_and_not_the_browsers(town, at):
    visitor = at("clerk")
    visitor.get("/console/", headers={"accept-language": "en"})
    assert visitor.response.headers["Content-Language"] == "zh-hans"
    visitor.post("/language", {"language": "en", "next": "/console/"})
    page = visitor.follow()
    assert visitor.response.headers["Content-Language"] == "en"
    assert page.tags[0][1]["lang"] == "en"


def test_a_part_of_a_page_sends_the_whole_page_to_sign_in(town, at):
    visitor = at()
    visitor.get(
        "/console/knowledge/pick?query=x",
        204,
        headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/console/intake"},
    )
    assert visitor.response.headers["HX-Redirect"] == "/console/sign-in?next=%2Fconsole%2Fintake"


@pytest.mark.parametrize("sender", [{"X-Sending": "1"}, {"HX-Request": "true"}])
def test_a_form_sent_after_the_session_ended_stays_on_its_page(town, at, sender):
    visitor = at()
    visitor.post(
        "/console/registers/suggestion/add", {"value-title": "写了很久"}, 401, headers=sender
    )
    assert visitor.response.headers["X-Location"] == SIGN_IN
