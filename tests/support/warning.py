"""A hot issue as the job would raise it."""

from datetime import timedelta
from typing import Any

from minsheng.foundation import clock
from minsheng.insight.models import HotIssue


def raised(**given: Any) -> HotIssue:
    """Returns an open issue of today, of a matter that came nine times instead of once."""
    now = clock.now()
    usual: dict[str, Any] = {
        "kind": "topic",
        "rule": "topic-day",
        "about": "road",
        "title": "道路“爆管”9件，超出预期",
        "explanation": (
            "近24小时9件；按前8周同一时段推算应有约1.2件。若一切如常，出现这么多的可能性约为0.20%。"
        ),
        "figures": {"where": "道路", "what": "爆管", "season": 1.0, "places": []},
        "observed": 9,
        "expected": 1.2,
        "odds": 0.002,
        "heat": 5.0,
        "window_from": now - timedelta(days=1),
        "window_to": now,
        "at": now,
    }
    return HotIssue.objects.create(**usual | given)
