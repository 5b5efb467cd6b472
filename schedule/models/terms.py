"""Terms: their weeks, their bell times, and the days that are not what their weekday says."""

from __future__ import annotations

import datetime as dt

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.random_codes import make_code
from schedule.enums import DayKind, DaySource
from schedule.week_grid import DAYS_A_WEEK

TERM_NAME_CHARS = 64
DAY_NAME_CHARS = 64
# A year at most.
MOST_WEEKS = 53


class TermQuerySet(models.QuerySet["Term"]):
    def holding(self, day: dt.date) -> TermQuerySet:
        """The term of this day; there is one at most, since terms do not overlap."""
        return self.filter(first_monday__lte=day, last_day__gte=day)

    def not_over(self, today: dt.date) -> TermQuerySet:
        return self.filter(last_day__gte=today)

    def touch(self) -> None:
        """Note that what they are planned by has changed: they wait to be planned from then on."""
        self.update(changed_at=timezone.now())


class Term(models.Model):
    """Whole weeks from a Monday on, counted from 1; holidays do not shift the count."""

    code = models.CharField(
        _("code"), max_length=16, unique=True, default=make_code, editable=False
    )
    name = models.CharField(_("name"), max_length=TERM_NAME_CHARS, unique=True)
    first_monday = models.DateField(_("first Monday"))
    weeks = models.PositiveSmallIntegerField(
        _("weeks"), validators=[MinValueValidator(1), MaxValueValidator(MOST_WEEKS)]
    )
    # Follows from the two before; here so that terms can be found by a day.
    last_day = models.DateField(_("last day"), editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    # When lessons were last made of its weekly lessons. Empty: never.
    planned_at = models.DateTimeField(null=True, blank=True, editable=False)
    # When weekly lessons, days or bell times last changed.
    changed_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = TermQuerySet.as_manager()

    class Meta:
        verbose_name = _("term")
        verbose_name_plural = _("terms")
        constraints = [
            models.CheckConstraint(
                condition=Q(weeks__gte=1, weeks__lte=MOST_WEEKS), name="schedule_term_some_weeks"
            ),
            models.CheckConstraint(
                condition=Q(first_monday__iso_week_day=1), name="schedule_term_starts_on_monday"
            ),
            models.CheckConstraint(
                condition=Q(last_day__gt=F("first_monday")), name="schedule_term_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def holds(self, day: dt.date) -> bool:
        return self.first_monday <= day <= self.last_day

    def last_day_planned(self) -> dt.date:
        return self.first_monday + dt.timedelta(days=self.weeks * DAYS_A_WEEK - 1)

    @property
    def awaits_planning(self) -> bool:
        """Tell whether its lessons may differ from what its weekly lessons and days say by now."""
        return self.planned_at is None or self.changed_at > self.planned_at

    @cached_property
    def has_weekly_lessons(self) -> bool:
        """Tell whether there is anything to plan, or was when it was planned last."""
        return self.planned_at is not None or self.weekly_lessons.exists()


class BellTime(models.Model):
    """One line of the term's bell times: from when to when its n-th period lasts."""

    term = models.ForeignKey(Term, models.CASCADE, related_name="bell_times")
    number = models.PositiveSmallIntegerField(_("number"))
    starts = models.TimeField(_("start"))
    ends = models.TimeField(_("end"))

    class Meta:
        verbose_name = _("bell time")
        verbose_name_plural = _("bell times")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["term", "number"], name="schedule_bell_time_once"),
            models.CheckConstraint(
                condition=Q(ends__gt=F("starts")), name="schedule_bell_time_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.starts:%H:%M}-{self.ends:%H:%M}"


class TermDay(models.Model):
    """A day of the school's calendar: a holiday, or a school day that may take another weekday's plan."""

    term = models.ForeignKey(Term, models.CASCADE, related_name="days")
    date = models.DateField(_("date"), unique=True)
    kind = models.CharField(_("kind"), max_length=16, choices=DayKind.choices)
    # A school day takes the plan of this weekday, 1 for Monday. Empty: that of its own weekday.
    plan_weekday = models.PositiveSmallIntegerField(_("takes the plan of"), null=True, blank=True)
    name = models.CharField(_("name"), max_length=DAY_NAME_CHARS, blank=True)
    source = models.CharField(
        _("source"), max_length=16, choices=DaySource.choices, default=DaySource.HAND
    )

    class Meta:
        verbose_name = _("day of the school calendar")
        verbose_name_plural = _("days of the school calendar")
        ordering = ["date"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=DayKind.values), name="schedule_term_day_known_kind"
            ),
            models.CheckConstraint(
                condition=Q(source__in=DaySource.values), name="schedule_term_day_known_source"
            ),
            models.CheckConstraint(
                condition=Q(plan_weekday=None)
                | Q(plan_weekday__gte=1, plan_weekday__lte=DAYS_A_WEEK, kind=DayKind.WORKDAY),
                name="schedule_term_day_plan_of_a_weekday",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.date} {self.get_kind_display()}"
