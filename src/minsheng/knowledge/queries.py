"""Reads of the knowledge base: what an agent finds while the caller is on the line."""

from datetime import date

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from minsheng.directory.access import Actor, require
from minsheng.foundation import text
from minsheng.knowledge.models import Item


def valid_on(day: date) -> Q:
    """Returns the condition of items that hold on a day."""
    begun = Q(valid_from=None) | Q(valid_from__lte=day)
    return begun & (Q(valid_to=None) | Q(valid_to__gte=day))


def found(actor: Actor, query: str, on: date) -> QuerySet[Item]:
    """Returns the current items that have all words of `query`, all of them without one.

    Those that hold on the day `on` come first; with `holds` 1 or 0. Raises Forbidden.
    """
    require(actor, "knowledge.view")
    items = Item.objects.filter(current=True)
    if tokens := text.query_tokens(query):
        items = items.filter(words__contains=tokens)
    return (
        items.select_related("unit", "category")
        .annotate(
            holds=Case(
                When(valid_on(on), then=Value(1)), default=Value(0), output_field=IntegerField()
            )
        )
        .order_by("-holds", "title", "pk")
    )
