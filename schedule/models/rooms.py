"""The rooms of the classroom cloud that lessons are held in."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from classroom.client.error_codes import ACCOUNT_USED_UP
from classroom.enums import Source
from edu_platform.lib.due import DueQuerySet, DueWork
from edu_platform.lib.statements import Statement
from edu_platform.lib.versions import VERSION_CHARS
from schedule.enums import (
    CloudStatus,
    LessonState,
    RoomReason,
)
from schedule.models.lessons import Lesson
from schedule.polling_times import NEVER_HELD_AFTER

OPEN_STATUSES = (CloudStatus.NOT_STARTED, CloudStatus.RUNNING)
# A class's planned times as the cloud was told them; history rooms were made without us.
PLANNED_START = Coalesce("sent_starts_at", "lesson__starts_at")
PLANNED_END = Coalesce("sent_ends_at", "lesson__ends_at")
# The cloud did not make a current room, or did not take its last change.
FAILS_IN_CLOUD = ~Q(last_error="") & (Q(room_id=None) | Q(must_change_in_cloud=True))
# The account gets no room, whatever the lesson; the others fail for a reason of their own.
FAILS_FOR_ACCOUNT = FAILS_IN_CLOUD & Q(last_error__contains=ACCOUNT_USED_UP)
FAILS_BY_ITSELF = FAILS_IN_CLOUD & ~Q(last_error__contains=ACCOUNT_USED_UP)
WITHOUT_RECORDING = Q(recording_refused=True)
# Recorded automatically instead; without storage it is not recorded at all.
WITHOUT_SIGNALLING = Q(signalling_refused=True, recording_refused=False)
# The cloud was told of people and times alone.
TOLD_IN_PART = ~Q(left_out_fields=[])


def never_held(*, planned_end: str, room: str = "") -> Q:
    """As `RoomStates.was_never_held` says it; `room` is the way to the room, as `current_room__`."""
    asked_late = Q((f"{room}asked_at__gte", F(planned_end) + NEVER_HELD_AFTER))
    is_not_there = Q((f"{room}gone_at__isnull", False))
    not_started = Q(
        (f"{room}cloud_status", CloudStatus.NOT_STARTED), (f"{room}room_id__isnull", False)
    )
    expired = Q((f"{room}cloud_status", CloudStatus.EXPIRED))
    return (not_started & (asked_late | is_not_there)) | expired


class RoomQuerySet(DueQuerySet["Room"]):
    def current(self) -> RoomQuerySet:
        return self.filter(is_current=True)

    def made(self) -> RoomQuerySet:
        return self.exclude(room_id=None)

    def open(self) -> RoomQuerySet:
        """Rooms that are in the cloud and whose class may still begin or go on."""
        return self.made().filter(cloud_status__in=OPEN_STATUSES, gone_at=None)

    def of_lessons_to_come(self, *, at: dt.datetime) -> RoomQuerySet:
        """The current rooms of published lessons that are not over, made or not, whose class may be held."""
        # By the condition of an index: of the many rooms before, none is looked at.
        may_be_held = self.current().filter(cloud_status__in=OPEN_STATUSES, gone_at=None)
        return may_be_held.filter(lesson__state=LessonState.PUBLISHED, lesson__ends_at__gt=at)

    def to_sync(self) -> RoomQuerySet:
        """Rooms with changes to send to the cloud."""
        # One that is not made has its turn when it is; what was put aside takes no more changes, but may
        # still have to leave.
        is_to_change = Q(must_change_in_cloud=True, is_current=True, room_id__isnull=False)
        return self.filter(is_to_change | Q(must_leave_cloud=True))

    def flag_changed(self, **values: Any) -> None:
        """Flag rooms to be changed in the cloud. Who has no turn gets one now; a back-off goes on.

        A sync that goes on meanwhile lets a flag fall only where the room has no turn.
        """
        due_at = Coalesce("due_at", timezone.now())
        self.update_in_order(must_change_in_cloud=True, due_at=due_at, **values)


class RoomStates:
    """Consequences of the state of a room, whether it is a model or a plain row."""

    room_id: int | None
    cloud_status: int
    asked_at: dt.datetime | None
    gone_at: dt.datetime | None

    @property
    def is_made(self) -> bool:
        return self.room_id is not None

    @property
    def is_open(self) -> bool:
        return self.is_made and self.cloud_status in OPEN_STATUSES and self.gone_at is None

    def was_never_held(self, *, planned_end: dt.datetime) -> bool:
        """Tell whether it is certain that nobody started the class."""
        if self.cloud_status == CloudStatus.NOT_STARTED and self.is_made:
            asked_late = self.asked_at is not None and (
                self.asked_at >= planned_end + NEVER_HELD_AFTER
            )
            return asked_late or self.gone_at is not None
        return self.cloud_status == CloudStatus.EXPIRED


class Room(RoomStates, DueWork):
    """A room of the classroom cloud (课堂); a lesson has at most one current one.

    The row exists before the room: it holds the lease of the process that creates it, so that any
    number of clicks make one room. It is due when it is to be made, changed or removed.
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
    # When we asked for what is known here: facts of an earlier look never overwrite later ones.
    asked_at = models.DateTimeField(_("cloud last asked"), null=True, blank=True)
    source = models.CharField(
        _("asked because of"), max_length=16, choices=Source.choices, blank=True
    )
    gone_at = models.DateTimeField(_("found deleted in the cloud"), null=True, blank=True)
    # The last outage that is over.
    silence_began_at = models.DateTimeField(null=True, blank=True)
    silence_ended_at = models.DateTimeField(null=True, blank=True)

    # What the cloud was last told, to send only differences.
    sent_name = models.CharField(max_length=256, blank=True)
    sent_starts_at = models.DateTimeField(null=True, blank=True)
    sent_ends_at = models.DateTimeField(null=True, blank=True)
    sent_teacher_user_id = models.CharField(max_length=128, blank=True)
    sent_assistant_user_ids = models.JSONField(default=list, blank=True)
    sent_room_type = models.PositiveSmallIntegerField(null=True, blank=True)
    sent_max_mic_number = models.PositiveSmallIntegerField(null=True, blank=True)
    sent_record_mode = models.PositiveSmallIntegerField(null=True, blank=True)
    # The cloud's storage for recordings was full, or its bill not paid: the class is held without one.
    recording_refused = models.BooleanField(_("recording refused"), default=False)
    # It has taken a recording of another room since, so this one is asked for after all.
    must_ask_for_recording = models.BooleanField(default=False)
    # The school's edition (版本) has no signalling recording: the class is recorded automatically.
    signalling_refused = models.BooleanField(
        _("signalling recording refused"), default=False, db_default=False
    )
    # Whether the cloud took the last change is not known: before the next one it is asked what it has.
    is_change_unanswered = models.BooleanField(default=False, db_default=False)
    # The state of the lesson (`version_of_plan`) that the cloud refused to give this room, or the one before
    # it, which this one replaces; and what it was not told of that state therefore (`SENT_COLUMNS`).
    refused_version = models.CharField(
        max_length=VERSION_CHARS, blank=True, default="", db_default=""
    )
    left_out_fields = models.JSONField(default=list, blank=True, db_default=[])
    # The title that the cloud refused; while it is unchanged, course code and time stand for it.
    refused_name = models.CharField(_("refused title"), max_length=256, blank=True)

    # Set when the lesson changed, or when the room is no longer wanted; a worker syncs it.
    must_change_in_cloud = models.BooleanField(_("must change in the cloud"), default=False)
    must_leave_cloud = models.BooleanField(_("must leave the cloud"), default=False)
    failed_at = models.DateTimeField(_("last failed"), null=True, blank=True)
    last_error = models.CharField(_("last error"), max_length=255, blank=True)

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
            models.CheckConstraint(
                condition=Q(source__in=["", *Source.values]), name="schedule_room_known_source"
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(must_change_in_cloud=True) | Q(must_leave_cloud=True),
                name="schedule_room_due_in_cloud",
            ),
            models.Index(
                fields=["sent_starts_at"],
                condition=Q(cloud_status__in=OPEN_STATUSES, gone_at=None),
                name="schedule_room_open_by_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.room_id or '-'} ({self.generation})"

    @property
    def unanswered_since(self) -> dt.datetime | None:
        """Return since when the cloud does not tell how this room is."""
        polling: RoomPolling | None = getattr(self, "polling", None)
        return polling.unreachable_since if polling is not None else None

    @property
    def next_poll_at(self) -> dt.datetime | None:
        """Return when it is asked again, after it did not tell."""
        polling: RoomPolling | None = getattr(self, "polling", None)
        return polling.due_at if polling is not None else None

    @property
    def number(self) -> int:
        """The cloud's RoomId, of a room that is made."""
        if self.room_id is None:
            raise ValueError("this room is not made yet")
        return self.room_id


class RoomPollingQuerySet(DueQuerySet["RoomPolling"]):
    """`due` are those that were put off until then."""


class RoomPolling(DueWork):
    """A room of which the cloud did not tell when it was asked: since when, why, and the next try.

    Which rooms are asked for follows from their planned times. There is no row of one that the cloud has
    told of since, and none with a time of one that was not put off.
    """

    room = models.OneToOneField(
        Room,
        models.CASCADE,
        related_name="polling",
        primary_key=True,
        verbose_name=_("room"),
    )

    objects = RoomPollingQuerySet.as_manager()

    class Meta:
        verbose_name = _("polling of a room")
        verbose_name_plural = _("polling of rooms")

    def __str__(self) -> str:
        return str(self.room)


# A cloud that misses a question or two is nothing to look after.
SILENT_AFTER = dt.timedelta(minutes=5)


def silent_rooms(until: dt.datetime) -> RoomQuerySet:
    """Rooms of which the cloud has not told since then, or for longer."""
    return Room.objects.filter(polling__unreachable_since__lte=until)


class RoomRequestQuerySet(models.QuerySet["RoomRequest"]):
    def unanswered(self, *, at: dt.datetime) -> RoomRequestQuerySet:
        """Requests whose room somebody will look for: a lesson that is over gets none any more."""
        goes_on = Q(room__lesson__ends_at__gt=at) | Q(room__leased_until__gt=at)
        return self.filter(
            goes_on, settled_at=None, room__is_current=True, room__room_id__isnull=True
        )


class RoomRequest(models.Model):
    """One CreateRoom call, written before it is made.

    When its answer is lost, teacher and start (a teacher is never in two lessons) find the room
    that it made.
    """

    room = models.ForeignKey(Room, models.CASCADE, related_name="requests")
    teacher_user_id = models.CharField(max_length=128)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    sent_at = models.DateTimeField()
    # Set when the outcome is known: the cloud answered, or the room was found by looking.
    settled_at = models.DateTimeField(null=True, blank=True)

    objects = RoomRequestQuerySet.as_manager()

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


def lesson_of(room: Room) -> Lesson:
    """The room's lesson, read anew; as the room's row is there, a change of the lesson after it flags the room.

    Raises:
        Lesson.DoesNotExist: it was deleted.
    """
    lesson = _LESSON_OF.first(room_pk=room.pk)
    if lesson is None:
        raise Lesson.DoesNotExist
    return lesson


_LESSON_OF = Statement(
    lambda room_pk: Lesson.objects.filter(rooms=room_pk).select_related("course", "teacher")
)


def lock_lesson_of(room_pk: int) -> None:
    """Lock the lesson of a room before the room itself, as everybody does: lesson, room, replay."""
    _LOCKED_LESSON_OF.rows(room_pk=room_pk)


_LOCKED_LESSON_OF = Statement(
    lambda room_pk: (
        Lesson.objects.select_for_update(of=("self",)).filter(rooms=room_pk).order_by("pk")[:1]
    )
)
