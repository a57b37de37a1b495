"""What the city keeps of its calendar. `foundation.city_calendar` reads and changes it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class CalendarYear(models.Model):
    """A year that an administrator entered, because the software was made before its notice."""

    year = models.PositiveSmallIntegerField(_("年份"), primary_key=True)
    source = models.TextField(_("依据"))
    entered_by = models.CharField(_("录入人"), max_length=150)
    entered_at = models.DateTimeField(_("录入时间"))

    class Meta:
        verbose_name = verbose_name_plural = _("录入的年份")
        constraints = [
            models.CheckConstraint(
                condition=Q(year__gte=1950, year__lte=2199), name="calendaryear_plausible"
            ),
        ]

    def __str__(self) -> str:
        return str(self.year)


class CalendarDay(models.Model):
    """A day that is not what its weekday says: listed for an entered year, or set by the city.

    What the city itself sets (`year` is empty) comes before what a year lists.
    """

    date = models.DateField(_("日期"))
    year = models.ForeignKey(
        CalendarYear, models.CASCADE, null=True, blank=True, related_name="days"
    )
    is_workday = models.BooleanField(_("上班"))
    name = models.TextField(_("名称"))
    entered_by = models.CharField(_("录入人"), max_length=150)
    entered_at = models.DateTimeField(_("录入时间"))

    class Meta:
        verbose_name = verbose_name_plural = _("特别的日子")
        constraints = [
            models.UniqueConstraint(
                fields=["date", "year"], nulls_distinct=False, name="calendarday_once"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="calendarday_named"),
        ]

    def __str__(self) -> str:
        return f"{self.date} {self.name}"


class CalendarHours(models.Model):
    """The opening hours from a date on, until those of the next row begin."""

    effective_from = models.DateField(_("生效日期"), primary_key=True)
    hours = models.TextField(_("工作时间"))
    entered_by = models.CharField(_("录入人"), max_length=150)
    entered_at = models.DateTimeField(_("录入时间"))

    class Meta:
        verbose_name = verbose_name_plural = _("工作时间")

    def __str__(self) -> str:
        return f"{self.effective_from} {self.hours}"
