"""The addresses of the citizens' pages."""

from django.urls import path

from minsheng.doors.portal import evaluation, figures, mine, pages

app_name = "portal"

urlpatterns = [
    path("", pages.home, name="home"),
    path("submit", pages.submit, name="submit"),
    path("enterprise", pages.enterprise, name="enterprise"),
    path("enterprise/ask", pages.ask, name="ask"),
    path("challenge", pages.challenge, name="challenge"),
    path("hints", pages.hints, name="hints"),
    path("query", mine.query, name="query"),
    path("mine", mine.show, name="mine"),
    path("mine/leave", mine.leave, name="leave"),
    path("mine/files/<int:pk>", mine.file, name="file"),
    path("mine/<str:deed>", mine.act, name="act"),
    path("evaluate/<str:token>", evaluation.evaluate, name="evaluate"),
    path("figures", figures.page, name="figures"),
    path("figures.csv", figures.as_csv, name="figures-csv"),
    path("figures.json", figures.as_json, name="figures-json"),
    path("areas.json", figures.areas, name="areas"),
]
