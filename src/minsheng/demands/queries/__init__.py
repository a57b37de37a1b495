"""Reads of demands: who sees which, lists by filter, one demand with all that belongs to it.

Names of channels, categories, areas and units come from `dictionaries()`, which is kept for a few
seconds, so that a list costs few statements however much a row shows. What is returned by the dozen
are plain dataclasses: frozen or slotted ones take five times as long to make and to write as JSON.
"""

from minsheng.demands.queries.counting import (
    CategoryCount,
    answers_by_item,
    counts,
    counts_as_json,
    times_answered_from,
)
from minsheng.demands.queries.details import (
    PARTS,
    Addition,
    DemandDetail,
    File,
    attachment,
    detail,
    find,
    id_of,
)
from minsheng.demands.queries.limits import here, standing, within_limit
from minsheng.demands.queries.lists import (
    MARKS,
    SORTS,
    DemandRow,
    DraftRow,
    Filters,
    drafts,
    listed,
    of_matter,
    page,
)
from minsheng.demands.queries.sight import (
    Masked,
    hidden_in_journal,
    masked,
    seen_by_role,
    sees_masks,
    visible,
)
from minsheng.demands.queries.terms import (
    Dictionaries,
    Dictionary,
    Term,
    dictionaries,
    ids_below,
    ids_of,
)

__all__ = [
    "MARKS",
    "PARTS",
    "SORTS",
    "Addition",
    "CategoryCount",
    "DemandDetail",
    "DemandRow",
    "Dictionaries",
    "Dictionary",
    "DraftRow",
    "File",
    "Filters",
    "Masked",
    "Term",
    "answers_by_item",
    "attachment",
    "counts",
    "counts_as_json",
    "detail",
    "dictionaries",
    "drafts",
    "find",
    "here",
    "hidden_in_journal",
    "id_of",
    "ids_below",
    "ids_of",
    "listed",
    "masked",
    "of_matter",
    "page",
    "seen_by_role",
    "sees_masks",
    "standing",
    "times_answered_from",
    "visible",
    "within_limit",
]
