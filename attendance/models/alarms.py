"""Alarms of classes that do not go as planned, who is told of them, and the address of the wall screen."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.random_codes import make_code
from attendance.enums import ALARMS_ABOUT_PEOPLE, AlarmEnd, AlarmKind
from edu_platform.lib.due import DueQuerySet, DueWork
from schedule.models import Lesson

NOTE_CHARS = 200
WALL_NAME_CHARS = 64


class LessonWatchQuerySet(DueQuerySet["LessonWatch"]):
    """Lessons of this hour; `due` are those that have a minute of an alarm by then."""


class LessonWatch(DueWork):
    """A lesson of this hour; it is due at the next minute at which it has to be judged."""

    lesson = models.OneToOneField(Lesson, models.CASCADE, related_name="watch", primary_key=True)
    # When it was judged whether any student came, which is done once.
    students_judged_at = models.DateTimeField(null=True, blank=True)

    objects = LessonWatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("watch over a lesson")
        verbose_name_plural = _("watch over lessons")
        default_permissions = ()
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(due_at__isnull=False),
                name="attendance_watch_due",
            ),
        ]

    def __str__(self) -> str:
        return str(self.lesson_id)


class AlarmQuerySet(DueQuerySet["Alarm"]):
    def open(self) -> AlarmQuerySet:
        return self.filter(ended_at=None)

    def about_people(self) -> AlarmQuerySet:
        """Return those that stand on who is inside, for which rooms are looked into while they are open."""
        return self.filter(kind__in=ALARMS_ABOUT_PEOPLE)


class Alarm(DueWork):
    """Something wrong with a class; each kind is raised once a lesson. It is due while somebody has to be told."""

    code = models.CharField(max_length=16, unique=True, default=make_code, editable=False)
    lesson = models.ForeignKey(
        Lesson, models.CASCADE, related_name="alarms", verbose_name=_("lesson")
    )
    kind = models.CharField(_("alarm"), max_length=24, choices=AlarmKind.choices)
    # The minute at which it was certain by its rule, and when it was noticed.
    certain_at = models.DateTimeField()
    raised_at = models.DateTimeField(_("raised"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    end = models.CharField(max_length=16, choices=AlarmEnd.choices, blank=True)
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("taken by"),
    )
    taken_at = models.DateTimeField(_("taken"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=NOTE_CHARS, blank=True)
    # When those on duty were told, and when all staff were, because nobody had taken it.
    told_at = models.DateTimeField(null=True, blank=True)
    all_told_at = models.DateTimeField(null=True, blank=True)

    objects = AlarmQuerySet.as_manager()

    class Meta:
        verbose_name = _("alarm of a class")
        verbose_name_plural = _("alarms of classes")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["lesson", "kind"], name="attendance_alarm_once_a_lesson"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=AlarmKind.values), name="attendance_alarm_known_kind"
            ),
            models.CheckConstraint(
                condition=Q(end__in=["", *AlarmEnd.values]), name="attendance_alarm_known_end"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, end="") | (Q(ended_at__isnull=False) & ~Q(end="")),
                name="attendance_alarm_ends_for_a_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(due_at__isnull=False),
                name="attendance_alarm_due",
            ),
            models.Index(
                fields=["lesson"], condition=Q(ended_at=None), name="attendance_alarm_open"
            ),
            models.Index(fields=["raised_at"], name="attendance_alarm_by_raised"),
        ]

    def __str__(self) -> str:
        return f"{self.lesson_id} {self.kind}"

    @property
    def is_open(self) -> bool:
        return self.ended_at is None

    @property
    def taker(self) -> User | None:
        """Return who looks after it: nobody whose account was closed since does."""
        is_taken = self.taken_by is not None and self.taken_by.is_active
        return self.taken_by if is_taken else None


class DutyHours(models.Model):
    """Hours of a weekday during which somebody is told of alarms."""

    code = models.CharField(max_length=16, unique=True, default=make_code, editable=False)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="duty_hours",
        verbose_name=_("person"),
    )
    # 1 is Monday, as in files of weekly lessons.
    weekday = models.PositiveSmallIntegerField(_("weekday"), validators=[MaxValueValidator(7)])
    # In the school's time, half-open.
    starts = models.TimeField(_("from"))
    ends = models.TimeField(_("until"))

    class Meta:
        verbose_name = _("hours on duty")
        verbose_name_plural = _("hours on duty")
        default_permissions = ()
        ordering = ("weekday", "starts", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "weekday", "starts"], name="attendance_duty_once"
            ),
            models.CheckConstraint(
                condition=Q(weekday__range=(1, 7)), name="attendance_duty_known_weekday"
            ),
            models.CheckConstraint(
                condition=Q(ends__gt=F("starts")), name="attendance_duty_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.weekday} {self.starts:%H:%M}-{self.ends:%H:%M}"


class WallAddress(models.Model):
    """An address at which a screen in the office shows the board, without names. Only a digest of its token is stored."""

    code = models.CharField(max_length=16, unique=True, default=make_code, editable=False)
    name = models.CharField(_("name"), max_length=WALL_NAME_CHARS)
    token_digest = models.CharField(max_length=64, unique=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    # The school's day on which a screen last asked; not written at each request.
    used_on = models.DateField(null=True, blank=True)

    class Meta:
        verbose_name = _("address of a wall screen")
        verbose_name_plural = _("addresses of wall screens")
        default_permissions = ()
        ordering = ("made_at", "pk")

    def __str__(self) -> str:
        return self.name
