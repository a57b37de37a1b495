"""Tables of the ground."""

from minsheng.foundation.models.calendar import CalendarDay, CalendarHours, CalendarYear
from minsheng.foundation.models.identity import Identity, VaultKey
from minsheng.foundation.models.journal import JournalEntry, JournalHead

__all__ = [
    "CalendarDay",
    "CalendarHours",
    "CalendarYear",
    "Identity",
    "JournalEntry",
    "JournalHead",
    "VaultKey",
]
