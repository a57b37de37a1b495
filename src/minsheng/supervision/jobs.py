"""Warnings kept up to date, and the steps of the ladder that rules take by themselves.

A run looks at what is true now, so it also catches up on a night in which no worker ran. Each rule
and each document is a transaction of its own: after a kill the next run does the rest.
"""

from collections.abc import Iterator

from minsheng.directory.access import SYSTEM
from minsheng.foundation import clock
from minsheng.supervision import actions
from minsheng.supervision.actions import alerts
from minsheng.supervision.models import Alert, AlertRule, Measure

AT_ONCE = 1000  # documents of one run and rule


def watch() -> int:
    """Raises and clears warnings by the rules of today; returns how many it raised or cleared."""
    return alerts.forget(SYSTEM) + sum(
        sum(actions.watch(SYSTEM, rule)) for rule in alerts.rules(clock.now().date())
    )


def press() -> Iterator[Measure]:
    """Takes, and yields, the steps that today's rules take by themselves."""
    for rule in alerts.rules(clock.now().date()):
        if rule.issues:
            for alert in list(_waiting(rule)):
                if measure := actions.take_proposed(SYSTEM, alert, rule):
                    yield measure


def _waiting(rule: AlertRule) -> "list[Alert]":
    waiting = Alert.objects.filter(
        code=rule.code, step=rule.step, cleared_at=None, dismissed_at=None, measure=None
    )
    return list(waiting.order_by("since", "pk")[:AT_ONCE])
