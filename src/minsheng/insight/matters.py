"""The jobs that keep up with what comes in: index, events, hot issues. See `doors.tasks`."""

from minsheng.insight.duplicates import feeding, folding, learning
from minsheng.insight.events.joining import join
from minsheng.insight.hot_issues import watching


def take_in() -> int:
    """Takes new demands into the index and into events; returns how many."""
    taken = feeding.catch_up(join)
    feeding.correct()
    folding.fold()
    return taken


def sweep() -> int:
    """Takes in whatever is missing, such as what was imported; takes out what is long over.

    Once a day it learns as well which words mean the like.
    """
    taken = feeding.catch_up(join, everything=True)
    feeding.forget()
    learning.keep_up()
    folding.fold()
    return taken


def watch() -> int:
    """Raises what the city's rules call a hot issue; returns how many there are anew."""
    return watching.watch()
