"""Weekly lessons: what a term repeats every week, and the lessons that were made of it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.random_codes import make_code
from schedule.enums import RecordMode, RoomType, WeeklyLessonSource
from schedule.models.class_groups import ClassGroup
from schedule.models.lessons import REASON_CHARS, TITLE_CHARS, Course, Lesson
from schedule.models.terms import Term
from schedule.week_grid import DAYS_A_WEEK

WEEKS_CHARS = 64


class WeeklyLesson(models.Model):
    """A lesson that a term repeats: on a weekday, in some of its weeks. Times are the school's."""

    code = models.CharField(
        _("code"), max_length=16, unique=True, default=make_code, editable=False
    )
    term = models.ForeignKey(
        Term, models.CASCADE, related_name="weekly_lessons", verbose_name=_("term")
    )
    course = models.ForeignKey(
        Course, models.PROTECT, related_name="weekly_lessons", verbose_name=_("course")
    )
    teacher = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="weekly_lessons_taught",
        verbose_name=_("teacher"),
    )
    assistants = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        through="schedule.WeeklyLessonAssistant",
        related_name="weekly_lessons_assisted",
        blank=True,
        verbose_name=_("assistants"),
    )
    class_groups = models.ManyToManyField(
        ClassGroup,
        through="schedule.WeeklyLessonClassGroup",
        related_name="weekly_lessons",
        verbose_name=_("class groups"),
    )
    # 1 is Monday.
    weekday = models.PositiveSmallIntegerField(_("weekday"))
    starts = models.TimeField(_("start"))
    ends = models.TimeField(_("end"))
    # Periods of the term's bell times, where it was planned by them: its times follow them.
    first_bell = models.PositiveSmallIntegerField(_("from period"), null=True, blank=True)
    last_bell = models.PositiveSmallIntegerField(_("to period"), null=True, blank=True)
    # As `terms.weekly_lessons.week_ranges` writes it: empty for every week, "odd", "even", or "1-8,10".
    weeks = models.CharField(_("weeks"), max_length=WEEKS_CHARS, blank=True)
    # Empty: each lesson has its default title.
    title = models.CharField(_("title"), max_length=TITLE_CHARS, blank=True)
    room_type = models.PositiveSmallIntegerField(
        _("room type"), choices=RoomType.choices, default=RoomType.INTERACTIVE
    )
    record_mode = models.PositiveSmallIntegerField(
        _("recording"), choices=RecordMode.choices, default=RecordMode.AUTOMATIC
    )
    overlap_reason = models.CharField(
        _("why class groups may overlap"), max_length=REASON_CHARS, blank=True
    )
    source = models.CharField(
        _("source"),
        max_length=16,
        choices=WeeklyLessonSource.choices,
        default=WeeklyLessonSource.PAGE,
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        # Tables and columns keep the names that a release before reads while an upgrade migrates.
        db_table = "schedule_pattern"
        verbose_name = _("weekly lesson")
        verbose_name_plural = _("weekly lessons")
        constraints = [
            models.CheckConstraint(
                condition=Q(weekday__gte=1, weekday__lte=DAYS_A_WEEK),
                name="schedule_pattern_known_weekday",
            ),
            models.CheckConstraint(
                condition=Q(ends__gt=F("starts")), name="schedule_pattern_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(first_bell=None, last_bell=None) | Q(last_bell__gte=F("first_bell")),
                name="schedule_pattern_ends_with_a_later_bell",
            ),
            models.CheckConstraint(
                condition=Q(room_type__in=RoomType.values),
                name="schedule_pattern_known_room_type",
            ),
            models.CheckConstraint(
                condition=Q(record_mode__in=RecordMode.values),
                name="schedule_pattern_known_record_mode",
            ),
            models.CheckConstraint(
                condition=Q(source__in=WeeklyLessonSource.values),
                name="schedule_pattern_known_source",
            ),
        ]
        indexes = [
            models.Index(fields=["term", "weekday", "starts"], name="schedule_pattern_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.course} {self.weekday} {self.starts:%H:%M}"


class WeeklyLessonAssistant(models.Model):
    weekly_lesson = models.ForeignKey(WeeklyLesson, models.CASCADE, db_column="pattern_id")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)

    class Meta:
        db_table = "schedule_pattern_assistants"
        default_permissions = ()
        unique_together = (("weekly_lesson", "user"),)

    def __str__(self) -> str:
        return f"{self.weekly_lesson_id} {self.user_id}"


class WeeklyLessonClassGroup(models.Model):
    weekly_lesson = models.ForeignKey(WeeklyLesson, models.CASCADE, db_column="pattern_id")
    classgroup = models.ForeignKey(ClassGroup, models.PROTECT)

    class Meta:
        db_table = "schedule_pattern_class_groups"
        default_permissions = ()
        unique_together = (("weekly_lesson", "classgroup"),)

    def __str__(self) -> str:
        return f"{self.weekly_lesson_id} {self.classgroup_id}"


class PlannedLesson(models.Model):
    """A lesson that was made of a weekly lesson, by the day that the plan gave it."""

    # Empty once the weekly lesson was removed: its lessons that were held stay.
    weekly_lesson = models.ForeignKey(
        WeeklyLesson,
        models.SET_NULL,
        related_name="planned_lessons",
        null=True,
        blank=True,
        db_column="pattern_id",
    )
    term = models.ForeignKey(Term, models.CASCADE, related_name="planned_lessons")
    date = models.DateField()
    # Empty when somebody deleted the lesson: the plan does not bring it back.
    lesson = models.OneToOneField(
        Lesson, models.SET_NULL, related_name="planned", null=True, blank=True
    )
    # Somebody changed the lesson by another way than the term's plan, which leaves it alone from then on.
    is_edited = models.BooleanField(default=False)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["weekly_lesson", "date"], name="schedule_planned_lesson_once_a_day"
            ),
        ]
        indexes = [
            models.Index(fields=["term", "date"], name="schedule_planned_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.weekly_lesson_id} {self.date}"
