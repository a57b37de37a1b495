"""What this machine, or the container around us, lets us use."""

import os
from contextlib import suppress
from pathlib import Path

_GROUP = Path("/sys/fs/cgroup")  # the limits of the container, where there is one


def memory() -> int:
    """Returns the bytes of memory."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with suppress(OSError, ValueError):
        limit = int((_GROUP / "memory.max").read_text())  # "max" where there is none
        return min(total, limit)
    return total


def processors() -> int:
    """Returns how many processors there are to work with, at least 1."""
    # Linux alone tells which of them are ours.
    ours = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with suppress(OSError, ValueError):
        share, period = map(int, (_GROUP / "cpu.max").read_text().split())  # microseconds
        return max(1, min(ours, round(share / period)))
    return ours
