"""The addresses of the supervision pages, part of the console's."""

from django.urls import path

from minsheng.doors.console.supervision import desk, rules, things

PATHS = [
    path("supervision", desk.home, name="supervision"),
    path("supervision/alerts", desk.alerts, name="supervision-alerts"),
    path("supervision/alerts/<int:pk>/dismiss", desk.dismiss, name="supervision-dismiss"),
    path("supervision/rules", rules.rules, name="supervision-rules"),
    path("supervision/roster", rules.roster, name="supervision-roster"),
    path("supervision/clues", things.listing, {"process": "clues"}, name="supervision-clues"),
    path("supervision/measures/<int:pk>/print", things.on_paper, name="supervision-print"),
    path("supervision/<str:process>", things.listing, name="supervision-list"),
    path("supervision/<str:process>/new", things.new, name="supervision-new"),
    path("supervision/<str:process>/<int:pk>", things.show, name="supervision-thing"),
    path("supervision/<str:process>/<int:pk>/do/<str:action>", things.act, name="supervision-do"),
]
