"""What the doors see to before anybody comes in."""

from django.apps import AppConfig
from django.conf import settings

from minsheng.foundation import messages


class DoorsConfig(AppConfig):
    name = "minsheng.doors"

    def ready(self) -> None:
        messages.compile_all(settings.BASE / "locale", settings.LOCALE_PATHS[0])
