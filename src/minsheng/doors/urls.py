"""Every address of the platform. Each door brings its own list."""

from django.urls import URLPattern, URLResolver, path

from minsheng.doors.api.app import api
from minsheng.doors.health import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health),
    path("api/v1/", api.urls),
]
