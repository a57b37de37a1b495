"""Learns once a day, from what the index remembers, which words of this city mean the like."""

from minsheng.insight.duplicates import meaning
from minsheng.insight.duplicates.comparing import Frequencies, learned
from minsheng.insight.duplicates.tracing import unpack
from minsheng.insight.models import Trace


def keep_up() -> bool:
    """Learns meanings anew where they are a day old and demands are enough; tells whether it did.

    Processes take them up with the next folding.
    """
    if meaning.lasting() or Trace.objects.count() < meaning.LEAST:
        return False
    latest = Trace.objects.order_by("-at").values_list("body", flat=True)[: meaning.MOST]
    traces = [unpack(bytes(body)) for body in latest]
    found = learned(traces, Frequencies.of(traces)).meanings
    if found is None:
        return False
    meaning.save(found)
    return True
