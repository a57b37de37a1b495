"""Tables of the ground."""

from minsheng.foundation.models.identity import Identity, VaultKey
from minsheng.foundation.models.journal import JournalEntry, JournalHead

__all__ = ["Identity", "JournalEntry", "JournalHead", "VaultKey"]
