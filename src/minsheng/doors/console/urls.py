"""The addresses of the staff pages."""

from django.urls import path

from minsheng.doors.console import (
    acting,
    demand_page,
    evaluation,
    figures,
    intake,
    knowledge,
    search,
    session,
    settings,
    work,
)

app_name = "console"

urlpatterns = [
    path("", work.home, name="home"),
    path("sign-in", session.sign_in, name="sign-in"),
    path("sign-in/code", session.code, name="sign-in-code"),
    path("sign-out", session.sign_out, name="sign-out"),
    path("post", session.choose_post, name="post"),
    path("password", session.password, name="password"),
    path("search", search.search, name="search"),
    path("intake", intake.intake, name="intake"),
    path("intake/caller", intake.caller, name="intake-caller"),
    path("intake/suggestion", intake.suggest, name="intake-suggest"),
    path("demands/<int:pk>", demand_page.show, name="demand"),
    path("demands/<int:pk>/print", demand_page.on_paper, name="print"),
    path("demands/<int:pk>/petitioner", acting.reveal, name="reveal"),
    path("demands/<int:pk>/do/<str:action>", acting.on_demand, name="do-demand"),
    path("orders/<int:pk>/do/<str:action>", acting.on_order, name="do-order"),
    path("numbers/<str:number>", search.numbered, name="numbered"),
    path("attachments/<int:pk>", demand_page.attachment, name="attachment"),
    path("knowledge", knowledge.shelf, name="knowledge"),
    path("knowledge/pick", knowledge.pick, name="knowledge-pick"),
    path("knowledge/keeping", knowledge.keeping, name="knowledge-keeping"),
    path("knowledge/new", knowledge.write, name="knowledge-new"),
    path("knowledge/<int:pk>", knowledge.item, name="knowledge-item"),
    path("knowledge/<int:pk>/change", knowledge.write, name="knowledge-change"),
    path("knowledge/<int:pk>/do/<str:action>", knowledge.act, name="knowledge-do"),
    path("knowledge/remarks/<int:pk>/settle", knowledge.settle, name="knowledge-settle"),
    path("figures", figures.figures, name="figures"),
    path("evaluations", evaluation.shelf, name="evaluations"),
    path("evaluations/<int:pk>", evaluation.show, name="evaluation"),
    path("evaluations/<int:pk>/publish", evaluation.publish, name="evaluation-publish"),
    path("settings", settings.home, name="settings"),
    path("settings/units", settings.units, name="settings-units"),
    path("settings/staff", settings.staff, name="settings-staff"),
    path("settings/staff/<int:pk>", settings.person, name="settings-person"),
    path(
        "settings/staff/<int:pk>/password", settings.reset_password, name="settings-reset-password"
    ),
    path("settings/staff/<int:pk>/switch", settings.switch, name="settings-switch"),
    path("settings/posts/<int:pk>/end", settings.end_post, name="settings-end-post"),
    path("settings/categories", settings.categories, name="settings-categories"),
    path("settings/channels", settings.channels, name="settings-channels"),
    path("settings/catalogue", settings.catalogue, name="settings-catalogue"),
    path("settings/limits", settings.limits, name="settings-limits"),
    path("settings/calendar", settings.calendar, name="settings-calendar"),
    path("settings/calendar/withdraw", settings.withdraw_day, name="settings-withdraw-day"),
]
