"""The addresses of the citizens' pages."""

from django.urls import path

from minsheng.doors.portal import mine, pages

app_name = "portal"

urlpatterns = [
    path("", pages.home, name="home"),
    path("submit", pages.submit, name="submit"),
    path("query", mine.query, name="query"),
    path("mine", mine.show, name="mine"),
    path("mine/leave", mine.leave, name="leave"),
    path("mine/<str:deed>", mine.act, name="act"),
]
