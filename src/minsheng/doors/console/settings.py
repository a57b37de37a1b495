"""设置: who, what and by when, to read; and to change where there is an action that records it."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from minsheng.catalogue.models import CatalogueEntry, Category, Channel, TimeLimit
from minsheng.catalogue.rules import Limit
from minsheng.demands.models import Demand
from minsheng.directory import actions
from minsheng.directory.access import require
from minsheng.directory.models import Post, Staff, Unit
from minsheng.directory.permissions import Role, scopes
from minsheng.doors.console import choices
from minsheng.doors.console.choices import Select, pick
from minsheng.doors.console.entry import StaffRequest, done, staff_page
from minsheng.doors.console.forms import ConsoleForm, DateInput, OnceForm
from minsheng.doors.console.once import submitted
from minsheng.foundation import city_calendar, clock
from minsheng.foundation.calendar import Day, parse_spans
from minsheng.foundation.errors import Refused
from minsheng.foundation.models import CalendarDay, CalendarHours, CalendarYear

MOST_ROWS = 200  # of a list without pages

SECTIONS = (
    ("units", gettext_lazy("单位")),
    ("staff", gettext_lazy("人员与岗位")),
    ("categories", gettext_lazy("诉求类别")),
    ("channels", gettext_lazy("渠道")),
    ("catalogue", gettext_lazy("派单目录")),
    ("limits", gettext_lazy("时限")),
    ("hot-issues", gettext_lazy("热点规则")),
    ("calendar", gettext_lazy("工作日历")),
    ("templates", gettext_lazy("文字模板")),
    ("schemes", gettext_lazy("考核方案")),
    ("changes", gettext_lazy("变更记录")),
)


def draw(
    request: StaffRequest, section: str, status: int = 200, *, page: str = "", **context: Any
) -> HttpResponse:
    """Draws a page of a section: the list that it is named after, or another `page` of it."""
    context = {
        "sections": [
            (code, label, reverse(f"console:settings-{code}")) for code, label in SECTIONS
        ],
        "section": section,
        "heading": dict(SECTIONS)[section],
        "may_change": bool(scopes(request.actor.role, "settings.change")),
        "may_change_staff": bool(scopes(request.actor.role, "staff.change")),
        "query": _query(request),
        **context,
    }
    return render(request, f"console/settings/{page or section}.html", context, status=status)


def _query(request: StaffRequest) -> str:
    return request.GET.get("query", "").strip()[:64]


@staff_page("settings.view")
def home(request: StaffRequest) -> HttpResponse:
    return redirect("console:settings-units")


@staff_page("settings.view")
def units(request: StaffRequest) -> HttpResponse:
    found = Unit.objects.order_by("lineage")
    if query := _query(request):
        found = found.filter(
            Q(name__icontains=query)
            | Q(short_name__icontains=query)
            | Q(code__icontains=query)
            | Q(aliases__name__icontains=query)
        ).distinct()
    # Hundreds of rows without pages: only what is shown, and no objects around it.
    rows = found.values(
        *("id", "name", "code", "kind", "level", "is_territorial", "sign_off", "active"),
        *("parent__name", "district__name"),
    )
    kinds = {kind.value: kind.label for kind in Unit.Kind}
    return draw(request, "units", rows=[{**row, "kind": kinds[row["kind"]]} for row in rows])


@staff_page("settings.view")
def categories(request: StaffRequest) -> HttpResponse:
    found = Category.objects.order_by("lineage")
    if query := _query(request):
        found = found.filter(Q(name__icontains=query) | Q(code__icontains=query))
    columns = ("id", "name", "code", "level", "keywords", "urgent_words", "active")
    return draw(request, "categories", rows=list(found.values(*columns)))


@staff_page("settings.view")
def channels(request: StaffRequest) -> HttpResponse:
    return draw(request, "channels", rows=Channel.objects.order_by("sort", "pk"))


@staff_page("settings.view")
def catalogue(request: StaffRequest) -> HttpResponse:
    names = choices.names()["unit"]
    names = {**names, "@district": _("属地区县"), "@street": _("属地街镇")}
    found = CatalogueEntry.objects.select_related("category", "area").defer("area__outline")
    found = found.order_by("pk")
    if query := _query(request):
        codes = [code for code, name in names.items() if query in name]
        found = found.filter(
            Q(category__name__icontains=query)
            | Q(area__name__icontains=query)
            | Q(lead__in=codes)
            | Q(assists__overlap=codes)
        )
    rows = [
        {
            "entry": entry,
            "lead": names.get(entry.lead, entry.lead),
            "assists": [names.get(code, code) for code in entry.assists],
        }
        for entry in found[:MOST_ROWS]
    ]
    return draw(request, "catalogue", rows=rows, most=MOST_ROWS)


@staff_page("settings.view")
def limits(request: StaffRequest) -> HttpResponse:
    kinds, origins = choices.names()["kind"], dict(Demand.Origin.choices)
    rows = [
        {
            "limit": limit,
            "words": Limit.parse(limit.limit).in_words(),
            "kind": kinds.get(limit.kind, limit.kind),
            "origin": origins.get(limit.origin, ""),
            "warn": round(limit.warn_share * 100),
        }
        for limit in TimeLimit.objects.order_by("stage", "pk")
    ]
    return draw(request, "limits", rows=rows)


# -- staff


class StaffForm(OnceForm):
    username = forms.CharField(label=gettext_lazy("账号"), max_length=64)
    name = forms.CharField(label=gettext_lazy("姓名"), max_length=32)
    phone = forms.CharField(label=gettext_lazy("电话"), max_length=32, required=False)


class PostForm(OnceForm):
    role = forms.ChoiceField(
        label=gettext_lazy("角色"),
        choices=[
            (role.value, role.label) for role in Role if role not in (Role.CITIZEN, Role.SYSTEM)
        ],
        widget=Select,
    )
    unit = pick(gettext_lazy("单位"), choices.all_units)


@staff_page("settings.view")
def staff(request: StaffRequest) -> HttpResponse:
    form = StaffForm(request.POST or None)
    if request.method == "POST":
        require(request.actor, "staff.change")

    def do() -> tuple[str, str]:
        person = actions.add_staff(request.actor, **form.given())
        return _("已添加；请接着任命岗位、重置密码。"), _address_of(person.pk)

    answer, status = submitted(request, form, do)
    if answer:
        return answer
    found = Staff.objects.order_by("username")
    if query := _query(request):
        found = found.filter(
            Q(username__icontains=query)
            | Q(name__icontains=query)
            | Q(posts__unit__name__icontains=query)
        ).distinct()
    people = list(found.values("id", "name", "username", "is_active")[:MOST_ROWS])
    held = _held([one["id"] for one in people])
    rows = [(one, held.get(one["id"], [])) for one in people]
    return draw(request, "staff", status, rows=rows, form=form, most=MOST_ROWS)


def _held(staff_ids: list[int]) -> dict[int, list[tuple[str, str]]]:
    """Returns the posts that people hold now, by id of the person: words for the role, unit."""
    roles = {role.value: str(role.label) for role in Role}
    posts = Post.objects.filter(Q(until=None) | Q(until__gt=clock.now()), staff__in=staff_ids)
    held: dict[int, list[tuple[str, str]]] = {}
    for staff_id, role, unit in posts.order_by("pk").values_list("staff", "role", "unit__name"):
        held.setdefault(staff_id, []).append((roles[role], unit))
    return held


def _address_of(staff_id: int) -> str:
    return reverse("console:settings-person", args=[staff_id])


@never_cache
@staff_page("staff.change")
def person(request: StaffRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Staff, pk=pk)
    form = PostForm(request.POST or None)

    def do() -> tuple[str, str]:
        actions.give_post(request.actor, pk, **form.given())
        return _("已任命。"), _address_of(pk)

    answer, status = submitted(request, form, do)
    if answer:
        return answer
    return _person(request, found, form, status)


def _person(
    request: StaffRequest, found: Staff, form: PostForm, status: int = 200, **shown: object
) -> HttpResponse:
    posts = found.posts.select_related("unit").order_by("-since", "-pk")
    now = clock.now()
    rows = [(post, post.until is None or post.until > now) for post in posts]
    return draw(
        request,
        "staff",
        status,
        page="person",
        heading=found.name,
        person=found,
        rows=rows,
        form=form,
        **shown,
    )


@never_cache
@require_POST
@staff_page("staff.change")
def reset_password(request: StaffRequest, pk: int) -> HttpResponse:
    """Shows the new password once, to be told to the person, and how many tokens ended with it."""
    password, ended = actions.reset_password(request.actor, pk)
    return _person(request, Staff.objects.get(pk=pk), PostForm(), password=password, ended=ended)


@require_POST
@staff_page("staff.change")
def switch(request: StaffRequest, pk: int) -> HttpResponse:
    active = request.POST.get("active") == "1"
    actions.switch_staff(request.actor, pk, active=active)
    return done(request, _("已启用。") if active else _("已停用。"), _address_of(pk))


@require_POST
@staff_page("staff.change")
def end_post(request: StaffRequest, pk: int) -> HttpResponse:
    post = actions.end_post(request.actor, pk)
    return done(request, _("岗位已结束。"), _address_of(post.staff_id))


# -- calendar


class DayForm(ConsoleForm):
    day = forms.DateField(label=gettext_lazy("日期"), widget=DateInput)
    is_workday = forms.TypedChoiceField(
        label=gettext_lazy("这一天"),
        choices=[("0", gettext_lazy("放假")), ("1", gettext_lazy("上班"))],
        coerce=lambda value: value == "1",
        widget=forms.RadioSelect,
    )
    name = forms.CharField(
        label=gettext_lazy("原因"), max_length=64, help_text=gettext_lazy("如“台风停工”。")
    )


class HoursForm(ConsoleForm):
    effective_from = forms.DateField(label=gettext_lazy("生效日期"), widget=DateInput)
    hours = forms.CharField(
        label=gettext_lazy("工作时间"),
        max_length=100,
        help_text=gettext_lazy("如 8:30-12:00 13:30-17:30"),
    )


class YearForm(ConsoleForm):
    year = forms.IntegerField(label=gettext_lazy("年份"))
    source = forms.CharField(label=gettext_lazy("依据"), max_length=200)
    file = forms.FileField(
        label=gettext_lazy("日期文件"),
        help_text=gettext_lazy(
            "CSV，首行 date,day,name；day 写 off（放假）或 work（上班），如 2027-01-01,off,元旦。"
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv"}),
    )


_CALENDAR_FORMS: dict[str, type[ConsoleForm]] = {
    "day": DayForm,
    "hours": HoursForm,
    "year": YearForm,
}


def _set_day(request: StaffRequest, given: dict[str, Any]) -> Promise | str:
    rule = Day(given["is_workday"], given["name"])
    city_calendar.override(given["day"], rule, request.actor.signature)
    return gettext_lazy("日期已设置，之后计算的时限按新安排。")


def _set_hours(request: StaffRequest, given: dict[str, Any]) -> Promise | str:
    spans = parse_spans(given["hours"])
    city_calendar.set_hours(given["effective_from"], spans, request.actor.signature)
    return gettext_lazy("工作时间已设置，之后计算的时限按新时间。")


def _enter_year(request: StaffRequest, given: dict[str, Any]) -> Promise | str:
    days = city_calendar.read_days(given["file"].read(100_000))
    city_calendar.enter_year(given["year"], days, given["source"], request.actor.signature)
    return gettext_lazy("这一年的安排已录入。")


_CALENDAR_ACTIONS: dict[str, Callable[[StaffRequest, dict[str, Any]], Promise | str]] = {
    "day": _set_day,
    "hours": _set_hours,
    "year": _enter_year,
}


@staff_page("settings.view")
def calendar(request: StaffRequest) -> HttpResponse:
    sent, status = request.POST.get("what", ""), 200
    shown = {name: form(auto_id=f"{name}_%s") for name, form in _CALENDAR_FORMS.items()}
    if request.method == "POST" and sent in shown:
        require(request.actor, "settings.change")
        form = _CALENDAR_FORMS[sent](request.POST, request.FILES, auto_id=f"{sent}_%s")
        shown[sent], status = form, 422
        if form.is_valid():
            try:
                said = _CALENDAR_ACTIONS[sent](request, form.cleaned_data)
                return done(request, str(said), reverse("console:settings-calendar"))
            except Refused as refused:
                form.refuse(refused)
    known = city_calendar.stored().years
    context: dict[str, Any] = {
        "forms": shown,
        "first": known[0],
        "last": known[-1],
        "ahead": city_calendar.unknown_ahead(),
        "years": CalendarYear.objects.order_by("year"),
        "days": CalendarDay.objects.filter(year=None).order_by("-date")[:MOST_ROWS],
        "hours": CalendarHours.objects.order_by("-effective_from"),
    }
    return draw(request, "calendar", status, **context)


@require_POST
@staff_page("settings.change")
def withdraw_day(request: StaffRequest) -> HttpResponse:
    field = forms.DateField()
    try:
        day = field.clean(request.POST.get("day"))
    except forms.ValidationError:
        return redirect("console:settings-calendar")
    city_calendar.withdraw(day, request.actor.signature)
    return done(request, _("已撤销，按国家安排执行。"), reverse("console:settings-calendar"))
