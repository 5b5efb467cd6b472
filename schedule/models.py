"""What is taught, to whom, when, and in which room of the classroom cloud."""

from __future__ import annotations

import datetime as dt
import secrets

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import make_code
from schedule.enums import (
    CloudStatus,
    LessonState,
    MembershipKind,
    RecordMode,
    RoomReason,
    RoomType,
)


class Course(models.Model):
    name = models.CharField(_("name"), max_length=64, unique=True)
    # Short and plain: stands in for a title that the cloud refuses.
    code = models.CharField(_("code"), max_length=16, unique=True, default=make_code)

    class Meta:
        verbose_name = _("course")
        verbose_name_plural = _("courses")

    def __str__(self) -> str:
        return self.name


class ClassGroupQuerySet(models.QuerySet["ClassGroup"]):
    def active(self) -> ClassGroupQuerySet:
        return self.filter(archived_at=None)


class ClassGroup(models.Model):
    """A class of the school (班级); one with a single student is a one-to-one."""

    name = models.CharField(_("name"), max_length=64)
    archived_at = models.DateTimeField(
        _("archived"),
        null=True,
        blank=True,
        help_text=_("At the end of the school year; its name is free again then."),
    )

    objects = ClassGroupQuerySet.as_manager()

    class Meta:
        verbose_name = _("class group")
        verbose_name_plural = _("class groups")
        constraints = [
            models.UniqueConstraint(
                fields=["name"],
                condition=Q(archived_at=None),
                name="schedule_classgroup_name_once_among_active",
                violation_error_message=_("An active class group has this name already."),
            )
        ]

    def __str__(self) -> str:
        return self.name


class MembershipQuerySet(models.QuerySet["Membership"]):
    def of_students(self) -> MembershipQuerySet:
        return self.filter(kind=MembershipKind.STUDENT)

    def not_over(self, *, day: dt.date) -> MembershipQuerySet:
        return self.filter(Q(to_date=None) | Q(to_date__gte=day))

    def on(self, *, day: dt.date) -> MembershipQuerySet:
        """Those that the day lies in; both ends are included."""
        return self.not_over(day=day).filter(Q(from_date=None) | Q(from_date__lte=day))


class Membership(models.Model):
    """Who belonged to a class group, and from when to when; both days are included."""

    class_group = models.ForeignKey(
        ClassGroup, models.PROTECT, related_name="memberships", verbose_name=_("class group")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="memberships",
        verbose_name=_("person"),
    )
    kind = models.CharField(
        _("as"), max_length=16, choices=MembershipKind.choices, default=MembershipKind.STUDENT
    )
    from_date = models.DateField(_("from"), null=True, blank=True)  # empty: always was
    to_date = models.DateField(_("to"), null=True, blank=True)  # empty: still is

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.CheckConstraint(
                condition=Q(from_date=None) | Q(to_date=None) | Q(from_date__lte=F("to_date")),
                name="schedule_membership_from_before_to",
                violation_error_message=_("The last day lies before the first."),
            ),
            models.CheckConstraint(
                condition=Q(kind__in=MembershipKind.values), name="schedule_membership_known_kind"
            ),
            models.UniqueConstraint(
                fields=["class_group", "user", "kind"],
                condition=Q(to_date=None),
                name="schedule_membership_one_open",
                violation_error_message=_("The person is in this class group already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.class_group_id}"


class LessonQuerySet(models.QuerySet["Lesson"]):
    def within(self, *, starts_at: dt.datetime, ends_at: dt.datetime) -> LessonQuerySet:
        """Lessons that start inside `[starts_at, ends_at)`."""
        return self.filter(starts_at__gte=starts_at, starts_at__lt=ends_at)

    def visible(self) -> LessonQuerySet:
        """What others than staff may know of: drafts are left out."""
        return self.exclude(state=LessonState.DRAFT)

    def in_page_order(self) -> LessonQuerySet:
        return self.order_by("starts_at", "pk")


class Lesson(models.Model):
    """One live class in the timetable, half-open `[starts_at, ends_at)`."""

    code = models.CharField(
        _("code"), max_length=16, unique=True, default=make_code, editable=False
    )
    title = models.CharField(_("title"), max_length=128)
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
    state = models.CharField(
        _("state"), max_length=16, choices=LessonState.choices, default=LessonState.PUBLISHED
    )
    cancel_reason = models.CharField(_("why cancelled"), max_length=200, blank=True)
    # A planner may let class groups overlap (split groups); a teacher never can.
    overlap_reason = models.CharField(_("why class groups may overlap"), max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

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

    @property
    def is_published(self) -> bool:
        return self.state == LessonState.PUBLISHED

    @property
    def is_cancelled(self) -> bool:
        return self.state == LessonState.CANCELLED

    @property
    def is_draft(self) -> bool:
        return self.state == LessonState.DRAFT


class RoomQuerySet(models.QuerySet["Room"]):
    def current(self) -> RoomQuerySet:
        return self.filter(is_current=True)

    def made(self) -> RoomQuerySet:
        return self.exclude(room_id=None)

    def claim(self, *, at: dt.datetime, lease: dt.timedelta) -> str:
        """Take the one room of this queryset for ourselves, unless somebody holds it.

        The returned claim is empty when it is held, or no longer fits the queryset's filters. After
        the lease it counts as abandoned.
        """
        claim = secrets.token_hex(16)
        is_free = Q(claimed_until=None) | Q(claimed_until__lt=at)
        taken = self.filter(is_free).update(claim=claim, claimed_until=at + lease)
        return claim if taken else ""

    def release(self, claim: str) -> None:
        """Give the claim back; one that ran out and went to somebody else stays theirs."""
        self.filter(claim=claim).update(claim="", claimed_until=None)


class Room(models.Model):
    """A room of the classroom cloud (课堂); a lesson has at most one current one.

    The row stands before the room does: it holds the claim of whoever asks the cloud for it, so
    that any number of clicks make one room.
    """

    lesson = models.ForeignKey(
        Lesson,
        models.PROTECT,
        related_name="rooms",
        null=True,
        blank=True,
        verbose_name=_("lesson"),
    )
    # The cloud's RoomId (课堂号); empty while it is being made.
    room_id = models.BigIntegerField(_("room number"), null=True, blank=True, unique=True)
    sdk_app_id = models.BigIntegerField(_("application"))
    generation = models.PositiveSmallIntegerField(
        _("generation"), default=1, validators=[MinValueValidator(1)]
    )
    reason = models.CharField(
        _("why it was made"), max_length=16, choices=RoomReason.choices, default=RoomReason.AHEAD
    )
    is_current = models.BooleanField(_("current"), default=True)
    cloud_status = models.PositiveSmallIntegerField(
        _("status in the cloud"), choices=CloudStatus.choices, default=CloudStatus.NOT_STARTED
    )
    real_started_at = models.DateTimeField(_("really started"), null=True, blank=True)
    real_ended_at = models.DateTimeField(_("really ended"), null=True, blank=True)
    asked_at = models.DateTimeField(_("cloud last asked"), null=True, blank=True)

    # What the cloud was last told, to send nothing but differences.
    sent_name = models.CharField(max_length=256, blank=True)
    sent_starts_at = models.DateTimeField(null=True, blank=True)
    sent_ends_at = models.DateTimeField(null=True, blank=True)
    sent_teacher_user_id = models.CharField(max_length=128, blank=True)
    sent_assistant_user_ids = models.JSONField(default=list, blank=True)
    sent_room_type = models.PositiveSmallIntegerField(null=True, blank=True)
    sent_record_mode = models.PositiveSmallIntegerField(null=True, blank=True)
    # The title that the cloud refused; while it is unchanged, course code and time stand for it.
    refused_name = models.CharField(_("refused title"), max_length=256, blank=True)

    # Set when the lesson changed, or when the room is no longer wanted; a worker carries it over.
    must_change_in_cloud = models.BooleanField(default=False)
    must_leave_cloud = models.BooleanField(default=False)
    next_try_at = models.DateTimeField(null=True, blank=True)
    failed_tries = models.PositiveSmallIntegerField(default=0)
    failed_at = models.DateTimeField(_("last failed"), null=True, blank=True)
    last_error = models.CharField(_("last error"), max_length=255, blank=True)
    # Who is asking the cloud for this room, and until when nobody else does.
    claim = models.CharField(max_length=32, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)

    objects = RoomQuerySet.as_manager()

    class Meta:
        verbose_name = _("room")
        verbose_name_plural = _("rooms")
        constraints = [
            models.UniqueConstraint(
                fields=["lesson"],
                condition=Q(is_current=True),
                name="schedule_room_one_current_per_lesson",
            ),
            models.UniqueConstraint(
                fields=["lesson", "generation"], name="schedule_room_generation_once"
            ),
            models.CheckConstraint(
                condition=Q(reason__in=RoomReason.values), name="schedule_room_known_reason"
            ),
            models.CheckConstraint(
                condition=Q(cloud_status__in=CloudStatus.values), name="schedule_room_known_status"
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_try_at"],
                condition=Q(must_change_in_cloud=True) | Q(must_leave_cloud=True),
                name="schedule_room_due_in_cloud",
            )
        ]

    def __str__(self) -> str:
        return f"{self.room_id or '-'} ({self.generation})"

    @property
    def is_made(self) -> bool:
        return self.room_id is not None

    @property
    def number(self) -> int:
        """The cloud's RoomId, of a room that is made."""
        if self.room_id is None:
            raise ValueError("this room is not made yet")
        return self.room_id


class RoomRequest(models.Model):
    """One CreateRoom call, written before it is made.

    When its answer is lost, teacher and start (a teacher is never in two lessons) find the room
    that it made all the same.
    """

    room = models.ForeignKey(Room, models.CASCADE, related_name="requests")
    teacher_user_id = models.CharField(max_length=128)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    sent_at = models.DateTimeField()
    # Set when the outcome is known: the cloud answered, or the room was found by looking.
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("room request")
        verbose_name_plural = _("room requests")
        indexes = [
            models.Index(
                fields=["teacher_user_id", "starts_at"], name="schedule_roomrequest_by_start"
            )
        ]

    def __str__(self) -> str:
        return f"{self.room_id} at {self.sent_at:%Y-%m-%d %H:%M:%S}"


class OccupationQuerySet(models.QuerySet["Occupation"]):
    def overlapping(self, *, starts_at: dt.datetime, ends_at: dt.datetime) -> OccupationQuerySet:
        """Active occupations that share a moment with `[starts_at, ends_at)`."""
        return self.filter(is_active=True, starts_at__lt=ends_at, ends_at__gt=starts_at)


class Occupation(models.Model):
    """That a person or a class group is taken by a lesson. Written with the lesson, never alone.

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
