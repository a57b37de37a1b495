"""Every address of the platform. Each door brings its own list."""

from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView
from django.views.i18n import set_language

from minsheng.doors.api.app import api
from minsheng.doors.broken import broken
from minsheng.doors.health import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health),
    path("", RedirectView.as_view(pattern_name="portal:home")),
    path("language", set_language, name="set_language"),
    path("console/", include("minsheng.doors.console.urls")),
    path("portal/", include("minsheng.doors.portal.urls")),
    path("api/v1/", api.urls),
]
handler500 = broken
