"""What comes from outside that no form of ours sends."""

import io

import pytest
from django.conf import settings

from minsheng.doors.middleware import Bounded
from support.reading import Visitor

settings.STATIC_ROOT.mkdir(exist_ok=True)  # the server of static files looks for it


class Unread(io.BytesIO):
    def read(self, *_given: object) -> bytes:
        pytest.fail("what is too much was read")


def test_what_no_form_sends_is_refused_before_it_is_read(town):
    sent = {"CONTENT_LENGTH": str(Bounded.MOST_BYTES + 1), "wsgi.input": Unread()}
    visitor = Visitor()
    for address in ("/portal/submit", "/console/sign-in"):
        got = visitor.client.generic("POST", address, content_type="multipart/form-data", **sent)
        assert got.status_code == 413


def test_a_citizen_who_is_lost_is_led_back_to_the_portal(town):
    page = Visitor().get("/portal/nowhere", 404)
    assert [link["href"] for link in page.links] == ["/portal/"]
