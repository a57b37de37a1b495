"""What the ground sees to once it is there."""

from typing import Any

from django.apps import AppConfig
from django.db import DEFAULT_DB_ALIAS
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate

from minsheng.foundation.moments import quicken


class FoundationConfig(AppConfig):
    name = "minsheng.foundation"

    def ready(self) -> None:
        connection_created.connect(quicken)
        post_migrate.connect(_check_vault, sender=self)


def _check_vault(using: str, apps: Any = None, **kwargs: Any) -> None:
    from minsheng.foundation import vault

    # Migrated back to nothing, there is no table to look into.
    removed = apps is not None and "vaultkey" not in apps.all_models["foundation"]
    if using == DEFAULT_DB_ALIAS and not removed:
        vault.check()
