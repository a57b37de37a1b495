"""Files that belong to no demand: written, and then the action that brought them failed."""

from collections.abc import Iterator
from datetime import timedelta

from django.db import transaction

from minsheng.demands.models import Attachment, Demand
from minsheng.foundation import clock

GRACE = timedelta(days=2)


def remove_orphans() -> Iterator[str]:
    """Removes, and yields the path of, each stored file older than two days that no row names."""
    storage = Attachment._meta.get_field("file").storage
    before = clock.now() - GRACE
    for folder in _folders(storage):
        stored = {f"{folder}/{name}" for name in storage.listdir(folder)[1]}
        named = Attachment.objects.filter(file__startswith=f"{folder}/")
        for path in sorted(stored - set(named.values_list("file", flat=True))):
            if storage.get_modified_time(path) > before:
                continue
            owner = path.rsplit("/", 1)[-1].split("-")[0]
            with transaction.atomic():
                # The same file sent again would take this path, under the lock of its demand.
                list(Demand.objects.select_for_update().only("pk").filter(pk=owner))
                if Attachment.objects.filter(file=path).exists():
                    continue
                storage.delete(path)
            yield path


def _folders(storage: object) -> Iterator[str]:
    """Yields the folders of the months, such as 2026/03."""
    list_of = storage.listdir  # type: ignore[attr-defined]
    try:
        years = list_of("")[0]
    except FileNotFoundError:  # nothing was ever stored
        return
    for year in sorted(years):
        for month in sorted(list_of(year)[0]):
            yield f"{year}/{month}"
