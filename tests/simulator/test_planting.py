"""A planted event is warned of early, and nothing of the rehearsal stays."""

from datetime import datetime

import pytest

from minsheng.demands.models import Demand
from minsheng.exchange import city
from minsheng.foundation import recent
from minsheng.foundation.clock import ZONE
from minsheng.insight.models import Event, HotIssue, Trace
from minsheng.simulator.planting import rehearse
from minsheng.simulator.simulate import Period


@pytest.mark.django_db
def test_a_planted_event_is_warned_of_before_its_tenth_report() -> None:
    city.load("binhai")
    recent.forget()
    end = datetime(2026, 4, 9, tzinfo=ZONE)
    heard = rehearse(Period(datetime(2026, 4, 6, tzinfo=ZONE), end, end), 30, 1, 4)
    told = heard.figures()
    assert told["planted_events"] == 1
    assert told["warned_before_tenth_report"] == 1
    assert told["false_warnings"] == {}
    for model in (Demand, Trace, Event, HotIssue):
        assert not model._default_manager.exists()
