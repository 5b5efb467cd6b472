"""Courses, lessons, and occupations."""

from __future__ import annotations

import datetime as dt
import re

from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.models import Exists, F, FilteredRelation, OuterRef, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.random_codes import make_code
from edu_platform.lib.natural_keys import (
    NaturalKeyField,
    NaturallyOrdered,
    NaturalOrderQuerySet,
    PinyinField,
)
from schedule.enums import (
    BEGUN,
    CloudStatus,
    CourseColour,
    LessonState,
    RecordMode,
    RoomType,
)
from schedule.models.class_groups import ClassGroup, MadeByImport

COURSE_NAME_CHARS = 64
TITLE_CHARS = 128
REASON_CHARS = 200
# What follows the course in a default title.
DEFAULT_TITLE_START = re.compile(r" \d{4}-\d{4}", re.ASCII)
# The cloud makes no longer room.
LONGEST_LESSON = dt.timedelta(hours=72)
# Years outside these are typing errors.
LESSON_YEARS = range(1990, 2101)


def default_title(course: str, starts_at: dt.datetime) -> str:
    """The title of a lesson without one of its own: course and start, in the school's time."""
    return f"{course} {timezone.localtime(starts_at):%m%d-%H%M}"


def topic_of(title: str, course: str) -> str:
    """Return what a title says beyond the course; empty for a default one, also of a lesson moved since."""
    rest = title.removeprefix(course)
    is_default = rest != title and (not rest or DEFAULT_TITLE_START.fullmatch(rest))
    return "" if is_default else title


class Course(NaturallyOrdered, MadeByImport):
    name = models.CharField(_("name"), max_length=COURSE_NAME_CHARS, unique=True)
    # The order of courses in lists.
    name_key = NaturalKeyField(of="name")
    name_pinyin = PinyinField(of="name")
    colour = models.PositiveSmallIntegerField(
        _("colour"), choices=CourseColour.choices, default=CourseColour.BY_NAME, db_default=0
    )
    # Short and plain: stands in for a title that the cloud refuses.
    code = models.CharField(_("code"), max_length=16, unique=True, default=make_code)

    objects = NaturalOrderQuerySet["Course"].as_manager()

    class Meta:
        verbose_name = _("course")
        verbose_name_plural = _("courses")
        constraints = [
            models.CheckConstraint(
                condition=Q(colour__in=CourseColour.values), name="schedule_course_known_colour"
            )
        ]
        indexes = [models.Index(fields=["name_key"], name="schedule_course_in_order")]

    def __str__(self) -> str:
        return self.name


def begins_within(starts_at: dt.datetime, ends_at: dt.datetime, *, prefix: str = "") -> Q:
    """Select what starts inside `[starts_at, ends_at)`; the prefix is for lookups through a relation: `lesson__`."""
    return Q((f"{prefix}starts_at__gte", starts_at), (f"{prefix}starts_at__lt", ends_at))


def room_has_begun(room: str = "") -> Q:
    """Match rooms whose class is being held, or was; `room` is the way to the room, as `current_room__`."""
    status, start = (f"{room}cloud_status__in", BEGUN), (f"{room}real_started_at__isnull", False)
    return Q(status) | Q(start)


def room_is_over() -> Q:
    """Match rooms in which a class that was begun cannot go on; `is_over` says it of one room."""
    return Q(cloud_status=CloudStatus.ENDED) | Q(gone_at__isnull=False)


def any_room_has_begun(lesson: str = "pk") -> Exists:
    """Say in a query that the class has begun; `lesson` is the way to the lesson's key."""
    rooms = apps.get_model("schedule", "Room").objects
    return Exists(rooms.filter(room_has_begun(), lesson=OuterRef(lesson)))


class LessonQuerySet(models.QuerySet["Lesson"]):
    def within(self, *, starts_at: dt.datetime, ends_at: dt.datetime) -> LessonQuerySet:
        """Lessons that start inside `[starts_at, ends_at)`."""
        return self.filter(begins_within(starts_at, ends_at))

    def visible(self) -> LessonQuerySet:
        """Without drafts, which only staff may see."""
        return self.exclude(state=LessonState.DRAFT)

    def begun(self) -> LessonQuerySet:
        """Lessons whose class has begun; `schedule.lessons.begun` says what follows from it."""
        return self.filter(any_room_has_begun())

    def not_begun(self) -> LessonQuerySet:
        return self.filter(~any_room_has_begun())

    def with_changeable_people(self) -> LessonQuerySet:
        """Lessons whose teacher and assistants may still change, also of those that were opened again."""
        current = apps.get_model("schedule", "Room").objects.current()
        return self.filter(~Exists(current.filter(room_has_begun(), lesson=OuterRef("pk"))))

    def with_current_room(self) -> LessonQuerySet:
        """With `current_room`, of which a lesson has one at most."""
        is_current = FilteredRelation("rooms", condition=Q(rooms__is_current=True))
        return self.annotate(current_room=is_current)

    def in_page_order(self) -> LessonQuerySet:
        return self.order_by("starts_at", "pk")


class LessonStates:
    """Consequences of the state of a lesson, whether it is a model or a plain row."""

    state: str

    @property
    def is_published(self) -> bool:
        return self.state == LessonState.PUBLISHED

    @property
    def is_cancelled(self) -> bool:
        return self.state == LessonState.CANCELLED

    @property
    def is_draft(self) -> bool:
        return self.state == LessonState.DRAFT


class Lesson(LessonStates, models.Model):
    """One live class in the timetable, half-open `[starts_at, ends_at)`."""

    code = models.CharField(
        _("code"), max_length=16, unique=True, default=make_code, editable=False
    )
    title = models.CharField(_("title"), max_length=TITLE_CHARS)
    course = models.ForeignKey(
        Course, models.PROTECT, related_name="lessons", verbose_name=_("course")
    )
    teacher = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="lessons_taught",
        verbose_name=_("teacher"),
    )
    assistants = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        related_name="lessons_assisted",
        blank=True,
        verbose_name=_("assistants"),
    )
    class_groups = models.ManyToManyField(
        ClassGroup, related_name="lessons", verbose_name=_("class groups")
    )
    starts_at = models.DateTimeField(_("start"))
    ends_at = models.DateTimeField(_("end"))
    room_type = models.PositiveSmallIntegerField(
        _("room type"), choices=RoomType.choices, default=RoomType.INTERACTIVE
    )
    record_mode = models.PositiveSmallIntegerField(
        _("recording"), choices=RecordMode.choices, default=RecordMode.AUTOMATIC
    )
    # Empty: as the school settings say.
    students_may_download = models.BooleanField(
        _("students may download the replay"), null=True, blank=True
    )
    # Empty: as the school settings say, which a lesson can only narrow.
    families_may_watch = models.BooleanField(
        _("families may watch the replay"), null=True, blank=True
    )
    state = models.CharField(
        _("state"), max_length=16, choices=LessonState.choices, default=LessonState.PUBLISHED
    )
    cancel_reason = models.CharField(_("why cancelled"), max_length=REASON_CHARS, blank=True)
    # A planner may let class groups and their students overlap (split groups); a teacher never can.
    overlap_reason = models.CharField(
        _("why class groups may overlap"), max_length=REASON_CHARS, blank=True
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    # --- What follows from its history; `schedule.history.writing` writes it
    # Counts what calendars have to hear of, and when that was last.
    sequence = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    changed_at = models.DateTimeField(default=timezone.now, db_default=Now(), editable=False)
    # Where people who have not heard of a move still look for it.
    moved_from = models.DateTimeField(null=True, blank=True, editable=False)
    moved_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Whom people who have not heard of another teacher still expect.
    known_teacher = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
    )
    teacher_changed_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = LessonQuerySet.as_manager()

    class Meta:
        verbose_name = _("lesson")
        verbose_name_plural = _("lessons")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="schedule_lesson_ends_after_start",
                violation_error_message=_("The end lies before the start."),
            ),
            models.CheckConstraint(
                condition=Q(state__in=LessonState.values), name="schedule_lesson_known_state"
            ),
            models.CheckConstraint(
                condition=Q(room_type__in=RoomType.values), name="schedule_lesson_known_room_type"
            ),
            models.CheckConstraint(
                condition=Q(record_mode__in=RecordMode.values),
                name="schedule_lesson_known_record_mode",
            ),
        ]
        indexes = [
            models.Index(fields=["starts_at", "id"], name="schedule_lesson_by_start"),
            models.Index(fields=["teacher", "starts_at"], name="schedule_lesson_by_teacher"),
        ]

    def __str__(self) -> str:
        local = timezone.localtime(self.starts_at)
        return f"{self.title} {local:%Y-%m-%d %H:%M}"


class OccupationQuerySet(models.QuerySet["Occupation"]):
    def overlapping(self, *, starts_at: dt.datetime, ends_at: dt.datetime) -> OccupationQuerySet:
        """Active occupations that share a moment with `[starts_at, ends_at)`."""
        return self.filter(is_active=True, starts_at__lt=ends_at, ends_at__gt=starts_at)


class Occupation(models.Model):
    """A person or class group is taken by a lesson. Written with the lesson, never alone.

    On PostgreSQL an exclusion constraint (made by a migration) keeps two of one person or class
    group apart; on SQLite transactions that write queue, and the check before writing is enough.
    """

    lesson = models.ForeignKey(Lesson, models.CASCADE, related_name="occupations")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="occupations", null=True, blank=True
    )
    class_group = models.ForeignKey(
        ClassGroup, models.PROTECT, related_name="occupations", null=True, blank=True
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    is_active = models.BooleanField(default=True)
    # False where a planner gave a reason for letting a class group overlap.
    is_exclusive = models.BooleanField(default=True)

    objects = OccupationQuerySet.as_manager()

    class Meta:
        verbose_name = _("occupation")
        verbose_name_plural = _("occupations")
        constraints = [
            models.CheckConstraint(
                condition=Q(person=None, class_group__isnull=False)
                | Q(person__isnull=False, class_group=None),
                name="schedule_occupation_person_or_class_group",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="schedule_occupation_ends_after_start",
            ),
        ]
        indexes = [
            models.Index(fields=["person", "starts_at"], name="schedule_occ_by_person"),
            models.Index(fields=["class_group", "starts_at"], name="schedule_occ_by_class_group"),
        ]

    def __str__(self) -> str:
        return f"{self.lesson_id}: {self.person_id or self.class_group_id}"

    @property
    def who(self) -> str:
        """The name of who or what is taken; a query unless it was read with the row."""
        return self.person.display_name if self.person else str(self.class_group)
