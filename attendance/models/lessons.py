"""The attendance of lessons: the rules and the roster by which it is counted, and the states of people."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Case, F, Q, When
from django.utils.translation import gettext_lazy as _

from attendance.enums import (
    ATTENDED,
    STAGES_WITH_STATES,
    AttendanceStage,
    AttendanceState,
    RosterRole,
)
from attendance.rules import MINUTE_S, AttendanceRules
from edu_platform.lib.due import DueQuerySet, DueWork
from edu_platform.lib.periods import Period, Periods, length_s
from schedule.models import ClassGroup, Course, Lesson

REASON_CHARS = 200


class CourseRules(models.Model):
    """The rules of a course that differ from the school's; an empty one is the school's."""

    course = models.OneToOneField(
        Course, models.CASCADE, related_name="attendance_rules", primary_key=True
    )
    late_after_min = models.PositiveSmallIntegerField(
        _("late after minutes"), null=True, blank=True
    )
    left_early_min = models.PositiveSmallIntegerField(
        _("left early, in minutes before the end"), null=True, blank=True
    )
    absent_below_percent = models.PositiveSmallIntegerField(
        _("absent below percent of the class"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
    )

    class Meta:
        verbose_name = _("attendance rules of a course")
        verbose_name_plural = _("attendance rules of courses")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(absent_below_percent=None) | Q(absent_below_percent__range=(1, 100)),
                name="attendance_courserules_percent_is_bounded",
            )
        ]

    def __str__(self) -> str:
        return str(self.course_id)

    def instead_of(self, rules: AttendanceRules) -> AttendanceRules:
        """Return the rules of the course, where it has some of its own, and else those of the school."""
        late, early, percent = self.late_after_min, self.left_early_min, self.absent_below_percent
        return AttendanceRules(
            late_after_s=rules.late_after_s if late is None else late * MINUTE_S,
            left_early_s=rules.left_early_s if early is None else early * MINUTE_S,
            absent_below_percent=rules.absent_below_percent if percent is None else percent,
        )


class LessonAttendanceQuerySet(DueQuerySet["LessonAttendance"]):
    def with_states(self) -> LessonAttendanceQuerySet:
        return self.filter(stage__in=STAGES_WITH_STATES)


class LessonAttendance(DueWork):
    """The attendance of one lesson; it is due while it has to be counted anew."""

    lesson = models.OneToOneField(
        Lesson, models.CASCADE, related_name="attendance", primary_key=True
    )
    stage = models.CharField(
        _("stage"), max_length=16, choices=AttendanceStage.choices, default=AttendanceStage.TO_COME
    )
    # When the planned end had passed: rules and roster stay as they were then.
    frozen_at = models.DateTimeField(null=True, blank=True)
    late_after_s = models.PositiveIntegerField()
    left_early_s = models.PositiveIntegerField()
    absent_below_percent = models.PositiveSmallIntegerField()
    # When the class was held, as far as it counts: pairs of seconds since 1970.
    held = models.JSONField(default=list)
    is_at_another_time = models.BooleanField(default=False)
    became_final_at = models.DateTimeField(null=True, blank=True)
    # Students who were there, and all of the roster, for lists of lessons.
    attended = models.PositiveIntegerField(default=0)
    students = models.PositiveIntegerField(default=0)
    # Counts what pages show: one that shows an older version corrects nothing.
    version = models.PositiveIntegerField(default=0)

    objects = LessonAttendanceQuerySet.as_manager()

    class Meta:
        verbose_name = _("attendance of a lesson")
        verbose_name_plural = _("attendance of lessons")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(stage__in=AttendanceStage.values), name="attendance_lesson_known_stage"
            )
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(due_at__isnull=False),
                name="attendance_lesson_due",
            ),
            models.Index(
                fields=["became_final_at"],
                condition=Q(became_final_at__isnull=False),
                name="attendance_lesson_by_final",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lesson_id} {self.stage}"

    @property
    def rules(self) -> AttendanceRules:
        return AttendanceRules(self.late_after_s, self.left_early_s, self.absent_below_percent)

    @property
    def held_periods(self) -> Periods:
        return tuple(Period(start_s, end_s) for start_s, end_s in self.held)

    @property
    def held_s(self) -> int:
        return length_s(self.held_periods)

    @property
    def has_states(self) -> bool:
        """Return whether its people have states, as `with_states` says it in queries."""
        return self.stage in STAGES_WITH_STATES

    @property
    def is_final(self) -> bool:
        return self.stage == AttendanceStage.FINAL


# A person's state as it counts: a correction goes before what the cloud's times say.
SHOWN_STATE = Case(When(~Q(corrected_state=""), then=F("corrected_state")), default=F("state"))


class PersonAttendanceQuerySet(models.QuerySet["PersonAttendance"]):
    def of_students(self) -> PersonAttendanceQuerySet:
        return self.filter(role=RosterRole.STUDENT)

    def with_states(self) -> PersonAttendanceQuerySet:
        return self.filter(attendance__stage__in=STAGES_WITH_STATES)


class PersonAttendance(models.Model):
    """A person of the roster of one lesson."""

    attendance = models.ForeignKey(LessonAttendance, models.CASCADE, related_name="people")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="attendance",
        verbose_name=_("person"),
    )
    role = models.CharField(_("as"), max_length=16, choices=RosterRole.choices)
    # Through which a student is on the roster: the first of several, in their order.
    class_group = models.ForeignKey(
        ClassGroup,
        models.SET_NULL,
        related_name="attendance",
        null=True,
        blank=True,
        verbose_name=_("class group"),
    )
    # Under which the cloud knew them in the lesson's rooms.
    classroom_user_ids = models.JSONField(default=list)
    # Kept in seconds; minutes are only ever written.
    seconds = models.PositiveIntegerField(default=0)
    first_in_at = models.DateTimeField(null=True, blank=True)
    last_out_at = models.DateTimeField(null=True, blank=True)
    # False where the cloud's sum stands for stays that it no longer had.
    has_own_times = models.BooleanField(default=True)
    # That sum was longer than the class, and has been cut.
    exceeds_class = models.BooleanField(default=False)
    is_late = models.BooleanField(default=False)
    left_early = models.BooleanField(default=False)
    # What the times say; empty while they may still change.
    state = models.CharField(max_length=16, choices=AttendanceState.choices, blank=True)
    # What somebody says instead of it.
    corrected_state = models.CharField(max_length=16, choices=AttendanceState.choices, blank=True)
    corrected_at = models.DateTimeField(null=True, blank=True)
    corrected_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
    )
    correction_reason = models.CharField(max_length=REASON_CHARS, blank=True)
    # So much of the lesson's replays, each second once.
    watched_s = models.PositiveIntegerField(default=0)
    # When class teachers heard that they were absent: each absence once.
    absence_told_at = models.DateTimeField(null=True, blank=True)

    objects = PersonAttendanceQuerySet.as_manager()

    class Meta:
        verbose_name = _("attendance of a person")
        verbose_name_plural = _("attendance of people")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["attendance", "person"], name="attendance_person_once_a_lesson"
            ),
            models.CheckConstraint(
                condition=Q(role__in=RosterRole.values), name="attendance_person_known_role"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["", *AttendanceState.values]),
                name="attendance_person_known_state",
            ),
            models.CheckConstraint(
                condition=Q(corrected_state__in=["", *AttendanceState.values]),
                name="attendance_person_known_correction",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.shown_state or '-'}"

    @property
    def shown_state(self) -> str:
        """Return the state that counts, as `SHOWN_STATE` says it in queries; empty while there is none."""
        return self.corrected_state or self.state

    @property
    def is_corrected(self) -> bool:
        return bool(self.corrected_state)

    @property
    def has_attended(self) -> bool:
        return self.shown_state in ATTENDED
