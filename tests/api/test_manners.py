"""How the API behaves whatever is sent: one shape of problems, never a 500, a checked document."""

import json

import pytest
from django.test import Client
from ninja.openapi.schema import OpenAPISchema
from schemathesis import openapi

from minsheng.demands.models import Demand
from minsheng.doors.api.app import api
from support.calling import as_if_alone
from support.troubled import full_disk

DEMAND = {"channel": "phone", "title": "楼顶漏水"}


def problem(response, status, code):
    assert response.status_code == status, response.content.decode()
    said = response.json()
    assert said["code"] == code
    assert said["message"]
    return said


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 422, "invalid"),
        (b"{", 400, "malformed"),
        (b"[]", 422, "invalid"),
        (b"null", 422, "invalid"),
        (b'"x"', 422, "invalid"),
        (b"\xff\xfe", 400, "malformed"),
        (b'{"channel": "phone", "title": "\\ud800"}', 400, "malformed"),
        (b'{"channel": "phone", "title": "a\\u0000b"}', 422, "nul"),
        (b'{"channel": "phone", "title": "a\xed\xa0\x80b"}', 400, "malformed"),
        (b'{"channel": "phone", "title": NaN}', 400, "malformed"),
        (b'{"channel": "phone", "title": "x", "lon": 1e999, "lat": 1}', 400, "malformed"),
        (b'{"channel": "phone", "title": "x", "lon": 181, "lat": 1}', 422, "invalid"),
        (b"[" * 100_000, 400, "malformed"),
        (b'{"channel": "phone", "title": "x", "urgent": 1}', 422, "invalid"),
        (b'{"channel": "phone", "title": 1}', 422, "invalid"),
        (b'{"channel": "phone", "title": "x", "origin": "moon"}', 422, "invalid"),
        (b'{"channel": "nowhere", "title": "x"}', 422, "unknown_code"),
        (b'{"channel": "phone", "title": "  "}', 422, "missing"),
        (b'{"channel": "phone", "title": "x", "lon": 1}', 422, "half_point"),
    ],
)
def test_bodies_that_are_none(call, body, status, code):
    with as_if_alone():
        response = Client().post(
            "/api/v1/demands", body, content_type="application/json", headers=call("agent").headers
        )
    problem(response, status, code)
    assert not Demand.objects.exists()


def test_a_full_disk_is_said_and_nothing_is_half_done(call):
    with full_disk():
        said = call("agent").post("/demands", DEMAND, 503)
        assert said["code"] == "disk_full"
        assert not Demand.objects.exists()
        assert call("agent").get("/demands")["items"] == []
    call("agent").post("/demands", DEMAND, 201)


@pytest.mark.parametrize("field", ["title", "text", "place", "external_no", "call_no", "kind"])
def test_what_is_too_long_is_refused_by_name(call, field):
    said = call("agent").post("/demands", {**DEMAND, field: "长" * 20_001}, 422)
    assert said["detail"]["fields"] == [{"field": field, "problem": "string_too_long"}]
    assert f"“{field}”" in said["message"]


def test_nested_fields_are_named_whole(call):
    said = call("agent").post("/demands", {**DEMAND, "petitioner": {"phone": "1" * 33}}, 422)
    assert said["detail"]["fields"][0]["field"] == "petitioner.phone"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("get", "/nowhere", 404),
        ("get", "/", 404),
        ("get", "/demands/", 404),
        ("get", "/demands/SQ0", 404),
        ("get", "/demands/%00", 422),
        ("get", "/demands/%FF", 404),
        ("get", "/demands/" + "9" * 33, 422),
        ("get", "/orders/0", 422),
        ("get", "/orders/-1", 422),
        ("get", "/orders/9223372036854775807", 404),
        ("get", "/orders/9223372036854775808", 422),
        ("get", "/orders/" + "9" * 5000, 422),
        ("get", "/orders/one", 422),
        ("get", "/attachments/77", 404),
        ("post", "/demands/SQ0/assign", 422),
        ("delete", "/demands", 405),
        ("put", "/demands/SQ0", 405),
        ("trace", "/me", 405),
        ("options", "/demands", 405),
        ("get", "/tokens/1/revoke", 405),
        ("get", "/demands?cursor=%FF&text=%00", 422),
        ("get", "/demands?text=%ED%A0%80", 422),
    ],
)
def test_addresses(call, method, path, status):
    with as_if_alone():
        response = Client().generic(
            method.upper(), f"/api/v1{path}", headers=call("dispatcher").headers
        )
    assert response.status_code == status, response.content.decode()
    assert set(response.json()) == {"code", "message", "detail"}
    if status == 405:
        assert response.headers["Allow"]


def test_what_is_too_big_is_refused_unread(call):
    body = json.dumps({**DEMAND, "text": "长" * 600_000})
    with as_if_alone():
        response = Client().post(
            "/api/v1/demands", body, content_type="application/json", headers=call("agent").headers
        )
    problem(response, 413, "too_big")


@pytest.mark.parametrize(
    "content_type", ["multipart/form-data", "multipart/form-data; boundary=x", "text/plain", "x"]
)
def test_uploads_that_are_none(call, town, content_type):
    demand = town.accept()
    with as_if_alone():
        response = Client().post(
            f"/api/v1/demands/{demand.number}/attach",
            b"rubbish",
            content_type=content_type,
            headers=call("agent").headers,
        )
    assert response.status_code in (400, 422)
    assert set(response.json()) == {"code", "message", "detail"}


def test_no_answer_is_kept_by_anyone_on_the_way(call):
    with as_if_alone():
        response = Client().get("/api/v1/me", headers=call("agent").headers)
    assert response.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in response.headers


def test_the_document_is_valid_and_says_all(call):
    document = call().get("/openapi.json")
    openapi.from_dict(document).validate()
    ids = []
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            ids.append(operation["operationId"])
            assert operation["summary"], path
            answers = set(operation["responses"])
            assert answers & {"200", "201"}, path
            if operation.get("security"):
                assert "401" in answers, path
            if method == "post":
                assert answers >= {"400", "409", "413", "422"}, path
            for status, answer in operation["responses"].items():
                if int(status) >= 400:
                    schema = answer["content"]["application/json"]["schema"]
                    assert schema == {"$ref": "#/components/schemas/Problem"}, path
    assert len(ids) == len(set(ids))


def test_no_two_schemas_share_a_name(monkeypatch):
    """The document keeps schemas by name: a second class of the same name would take its place."""
    seen = {}

    def add(document, definitions):
        for name, schema in definitions.items():
            assert seen.setdefault(name, schema) == schema, name
        document.schemas.update(definitions)

    monkeypatch.setattr(OpenAPISchema, "add_schema_definitions", add)
    api.get_openapi_schema(path_prefix="/api/v1/")
    assert {"DemandState", "OrderState", "PetitionerKind", "ItemKind"} <= set(seen)
    # Two of one operation are told apart by the names of their modules, which nobody should read.
    assert not [name for name in seen if "__" in name]


def test_what_is_not_known_is_not_told_apart(call, town):
    """The number of a demand that may not be seen is answered as one that does not exist."""
    secret = town.secret()
    there = call("dispatcher").get(f"/demands/{secret.number}", 404)
    nowhere = call("dispatcher").get("/demands/SQ2603109999990", 404)
    assert there == nowhere
    body = {"lead": "housing"}
    assert call("dispatcher").post(f"/demands/{secret.number}/assign", body, 404) == nowhere
    demand = town.accept()
    merge = {"into": secret.number}
    said = call("dispatcher").post(f"/demands/{demand.number}/merge", merge, 422)
    assert said["code"] == "unknown_demand"


def test_two_deliveries_of_one_external_number(call, town):
    body = {**DEMAND, "channel": "province", "external_no": "SX-1"}
    first = call("agent").post("/demands", body, 201)
    said = call("agent").post("/demands", body, 409)
    assert said["code"] == "already_received"
    assert said["detail"]["number"] == first["number"]
