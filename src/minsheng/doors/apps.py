"""What the doors see to before anybody comes in."""

from django.apps import AppConfig
from django.conf import settings
from django.utils.module_loading import autodiscover_modules

from minsheng.foundation import messages


class DoorsConfig(AppConfig):
    name = "minsheng.doors"

    def ready(self) -> None:
        messages.compile_all(settings.BASE / "locale", settings.LOCALE_PATHS[0])
        autodiscover_modules("withheld")  # each room's: what hides a petitioner in what it keeps
