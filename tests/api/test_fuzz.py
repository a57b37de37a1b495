"""Whatever the OpenAPI document allows, and whatever it does not, gets an answer that it names.

Schemathesis makes requests from the document; half of them meet a demand or order that exists, in
any state of its life, by somebody of any role. No answer is a 5xx, or of a status, type or shape
that the document does not name. `make fuzz` does the same at length.
"""

import os
from collections import Counter

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from minsheng.demands.models import Attachment, Demand, Petitioner
from minsheng.demands.rules import DemandState
from minsheng.doors.api.app import api
from minsheng.doors.api.keys import citizen_token
from minsheng.orders.models import Assignment
from minsheng.orders.rules import OrderState
from support.calling import as_if_alone, taken_back

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "25"))  # for each operation
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
USERS = ["agent", "dispatcher", "clerk", "unit_leader", "supervisor", "follow_up", "discipline"]


@pytest.fixture
def application():
    """The WSGI application, which leaves the test's connection and its transaction alone."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield get_wsgi_application()
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture
def populated(town):
    """Something in every state."""
    for state in DemandState:
        town.demand(state)
    for state in OrderState:
        town.order(state)
    town.attach(town.secret())
    return town


@pytest.mark.timeout(1200)  # some thousand requests
def test_every_operation(populated, call, application, subtests):
    numbers = list(Demand.objects.exclude(number=None).values_list("number", flat=True))
    demand_ids = list(Demand.objects.exclude(number=None).values_list("pk", flat=True))
    ids = {
        "orders": list(Assignment.objects.values_list("pk", flat=True)),
        "drafts": list(Demand.objects.filter(number=None).values_list("pk", flat=True)),
        "petitioners": list(Petitioner.objects.values_list("pk", flat=True)),
        "attachments": list(Attachment.objects.values_list("pk", flat=True)),
    }
    answered: Counter[int] = Counter()

    def fuzz(operation):
        operation.app = application
        area = operation.path.split("/")[3]

        @seed(12345)
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(
            case=st.one_of(
                operation.as_strategy(generation_mode=GenerationMode.POSITIVE),
                operation.as_strategy(generation_mode=GenerationMode.NEGATIVE),
            ),
            real=st.booleans(),
            choice=st.randoms(use_true_random=False),
        )
        def run(case, real, choice):
            if real and "number" in case.path_parameters:
                case.path_parameters["number"] = choice.choice(numbers)
            if real and "id" in case.path_parameters:
                case.path_parameters["id"] = choice.choice(ids.get(area, [1, 2]))
            bearer = (
                citizen_token(choice.choice(demand_ids))
                if area == "citizen"
                else f"write {choice.choice(USERS)}"
            )
            with taken_back(), as_if_alone():
                response = case.call(headers={"Authorization": f"Bearer {bearer}"})
            answered[response.status_code] += 1
            case.validate_response(response, checks=CHECKS)

        run()

    schema = schemathesis.openapi.from_dict(api.document())
    for operation in schema.get_all_operations():
        with subtests.test(operation.ok().label):
            fuzz(operation.ok())
    # It did get through to the actions, and was refused in all the ways there are.
    assert set(answered) >= {200, 201, 403, 404, 409, 422}, answered
    print(answered)
