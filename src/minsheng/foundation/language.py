"""The reader's language, for what has its name in Chinese and in English beside it."""

from collections.abc import Iterable

from django.utils.translation import get_language


def is_english() -> bool:
    """Tells whether the reader reads English; everybody else reads Chinese."""
    return (get_language() or "").startswith("en")


def in_language(chinese: str, english: str) -> str:
    """Returns a name in the reader's language; in Chinese where it has no English one."""
    return english if english and is_english() else chinese


def listed(names: Iterable[str]) -> str:
    """Returns names one after another, with the commas of the reader's language."""
    return in_language("、", ", ").join(names)
