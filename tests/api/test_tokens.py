"""Tokens: for a password, for a time, for one post; and the command that issues them."""

from datetime import timedelta

import pytest
from django.db import connection
from django_otp.plugins.otp_totp.models import TOTPDevice

from minsheng.directory.access import SYSTEM
from minsheng.directory.actions import issue_token, post_of, revoke_token
from minsheng.directory.models import Post, Token
from minsheng.foundation import clock, journal
from support.calling import Caller
from support.reading import Visitor
from support.town import NOW, PASSWORD


def sign_in(call, username="dispatcher", password=PASSWORD, status=201, **more):
    return call().post("/tokens", {"username": username, "password": password, **more}, status)


def test_a_password_gives_a_token(call, town):
    said = sign_in(call, scope="read", days=1, name="班长台")
    assert (said["role"], said["unit"], said["scope"]) == ("dispatcher", "hotline", "read")
    holder = Caller(said["token"])
    assert holder.get("/me")["username"] == "dispatcher"
    assert holder.get("/me")["read_only"] is True
    holder.post("/demands", {"channel": "phone", "title": "路灯不亮"}, 403)
    with clock.moved(NOW + timedelta(days=2)):
        holder.get("/me", 401)


def test_only_a_digest_is_kept(call, town):
    bearer = sign_in(call)["token"]
    token = Token.objects.latest("pk")
    assert bearer.encode() not in bytes(token.digest)
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM foundation_journalentry")
        assert all(bearer not in body for (body,) in cursor.fetchall())
    entry = journal.timeline("staff", town.posts["dispatcher"].staff_id).get()
    assert entry.action == "token.issue"


@pytest.mark.parametrize(("username", "password"), [("dispatcher", "wrong"), ("nobody", PASSWORD)])
def test_a_wrong_password(call, username, password):
    said = sign_in(call, username, password, 401)
    assert said["code"] == "wrong_password"


@pytest.mark.django_db(transaction=True)
def test_five_wrong_passwords_lock_the_door(call):
    for _ in range(4):
        sign_in(call, password="wrong", status=401)
    assert sign_in(call, password="wrong", status=429)["code"] == "locked"
    assert sign_in(call, status=429)["code"] == "locked"
    sign_in(call, "agent")


def test_who_has_a_device_needs_its_code(call, town):
    device = TOTPDevice.objects.create(user=town.posts["dispatcher"].staff, confirmed=True)
    assert sign_in(call, status=401)["code"] == "wrong_otp"
    assert sign_in(call, otp="000000", status=401)["code"] == "wrong_otp"
    from django_otp.oath import totp

    TOTPDevice.objects.update(throttling_failure_count=0, throttling_failure_timestamp=None)
    sign_in(call, otp=f"{totp(device.bin_key):06d}")


def test_several_posts_must_be_told_apart(call, town):
    staff = town.posts["agent"].staff
    Post.objects.create(staff=staff, role="follow_up", unit=town.units["hotline"], since=NOW)
    said = sign_in(call, "agent", status=422)
    assert said["code"] == "several_posts"
    assert {post["role"] for post in said["detail"]["posts"]} == {"agent", "follow_up"}
    assert sign_in(call, "agent", role="follow_up")["role"] == "follow_up"
    sign_in(call, "agent", role="leader", status=404)


def test_tokens_are_listed_and_revoked_by_their_holder(call, town):
    said = sign_in(call, "agent2")
    holder = Caller(said["token"])
    mine = {row["id"] for row in holder.get("/tokens")}
    assert said["id"] in mine
    call("agent").post(f"/tokens/{said['id']}/revoke", status=403)
    holder.post(f"/tokens/{said['id']}/revoke")
    holder.get("/me", 401)
    call("admin").post(f"/tokens/{said['id']}/revoke", status=409)


def test_an_administrator_revokes_any(call, town):
    said = sign_in(call, "agent2")
    call("admin").post(f"/tokens/{said['id']}/revoke")
    Caller(said["token"]).get("/me", 401)


@pytest.mark.parametrize(("days", "scope"), [(0, "read"), (367, "read"), (30, "everything")])
def test_what_is_no_token(town, days, scope):
    with town.refused():
        issue_token(SYSTEM, post_of("agent"), name="x", days=days, scope=scope)


def test_nobody_issues_for_somebody_else(town):
    with town.refused("not_own"):
        issue_token(town.actor("agent"), post_of("agent2"), name="x")
    token, _bearer = issue_token(town.actor("admin"), post_of("agent2"), name="x")
    with town.refused("not_own"):
        revoke_token(town.actor("agent"), token.pk)


def test_a_reset_password_ends_the_tokens(call, town):
    staff = town.posts["clerk"].staff
    bearers = ["read clerk", "write clerk", sign_in(call, "clerk")["token"]]
    admin, address = Visitor(town.posts["admin"]), f"/console/settings/staff/{staff.pk}/password"
    call("clerk").get("/me")
    assert "接口令牌已全部失效，共3个" in admin.post(address, {}, 200).text
    for bearer in bearers:
        assert Caller(bearer).get("/me", 401)["code"] == "bad_token"
    call("agent").get("/me")
    said = [(entry.action, entry.staff) for entry in journal.timeline("staff", staff.pk)]
    assert said[-4:] == [("staff.reset_password", "admin"), *[("token.revoke", "admin")] * 3]
    assert "令牌" not in admin.post(address, {}, 200).text


def test_a_changed_password_ends_ones_own_tokens(call, town):
    bearer = sign_in(call, "clerk")["token"]
    clerk = Visitor(town.posts["clerk"])
    assert "接口令牌须重新签发" in clerk.get("/console/password").text
    new = "A-better-one-2026"
    clerk.send("/console/password", old=PASSWORD, new=new, again=new)
    assert "接口令牌（3个）须重新签发" in clerk.follow().text
    Caller(bearer).get("/me", 401)
    Caller(sign_in(call, "clerk", new)["token"]).get("/me")
