"""What was recorded of a class, and where that is."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import make_code
from classroom.enums import Source
from replays.enums import ReplayReason, ReplayState, UseKind
from schedule.enums import RoomType
from schedule.models import Lesson, Room


class Replay(models.Model):
    """The replay of one class, from before it is held on: where it is, since when, and why.

    There is one for each room that a class was held in, and one for each lesson whose room is still
    to come. What lists search, filter and sort by is kept here as well, and follows the lesson.
    """

    code = models.CharField(
        _("code"), max_length=16, unique=True, default=make_code, editable=False
    )
    # Empty for a room that was found in the cloud and belongs to no lesson.
    lesson = models.ForeignKey(
        Lesson,
        models.PROTECT,
        related_name="replays",
        null=True,
        blank=True,
        verbose_name=_("lesson"),
    )
    room = models.OneToOneField(
        Room, models.PROTECT, related_name="replay", null=True, blank=True, verbose_name=_("room")
    )

    title = models.CharField(_("title"), max_length=256)
    room_number = models.BigIntegerField(_("room number"), null=True, blank=True, db_index=True)
    room_type = models.PositiveSmallIntegerField(_("room type"), choices=RoomType.choices)
    teacher = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="replays_taught",
        null=True,
        blank=True,
        verbose_name=_("teacher"),
    )
    planned_start = models.DateTimeField(_("planned start"))
    planned_end = models.DateTimeField(_("planned end"))
    # 生成时间: when the latest file's recording stopped, else when the class really ended.
    made_at = models.DateTimeField(_("made"), null=True, blank=True)
    # What lists are sorted by: `made_at`, and before there is one the planned start.
    listed_at = models.DateTimeField(_("in lists at"))

    state = models.CharField(
        _("state"), max_length=16, choices=ReplayState.choices, default=ReplayState.EXPECTED
    )
    reason = models.CharField(
        _("why"), max_length=24, choices=ReplayReason.choices, default=ReplayReason.TO_COME
    )
    state_since = models.DateTimeField(_("in this state since"), default=timezone.now)
    found_at = models.DateTimeField(_("first file found"), null=True, blank=True)
    found_by = models.CharField(
        _("found because of"), max_length=16, choices=Source.choices, blank=True
    )

    # The questions to the cloud: the last that was answered, the next, and since when none was.
    asked_at = models.DateTimeField(_("cloud last asked"), null=True, blank=True)
    asks = models.PositiveIntegerField(_("times asked"), default=0)
    next_ask_at = models.DateTimeField(_("asks next"), null=True, blank=True)
    unanswered_since = models.DateTimeField(_("no answer since"), null=True, blank=True)
    last_error = models.CharField(_("last error"), max_length=255, blank=True)

    views = models.PositiveIntegerField(_("views"), default=0)
    downloads = models.PositiveIntegerField(_("downloads"), default=0)

    class Meta:
        verbose_name = _("replay")
        verbose_name_plural = _("replays")
        constraints = [
            models.UniqueConstraint(
                fields=["lesson"],
                condition=Q(room=None),
                name="replays_replay_one_waits_for_room",
            ),
            models.CheckConstraint(
                condition=Q(lesson__isnull=False) | Q(room__isnull=False),
                name="replays_replay_of_lesson_or_room",
            ),
            models.CheckConstraint(
                condition=Q(state__in=ReplayState.values), name="replays_replay_known_state"
            ),
            models.CheckConstraint(
                condition=Q(reason__in=ReplayReason.values), name="replays_replay_known_reason"
            ),
            models.CheckConstraint(
                condition=Q(found_by__in=["", *Source.values]), name="replays_replay_known_source"
            ),
        ]
        indexes = [
            models.Index(fields=["state", "-listed_at", "-id"], name="replays_replay_by_state"),
            models.Index(fields=["-state_since", "-id"], name="replays_replay_by_change"),
            models.Index(
                fields=["next_ask_at"],
                condition=Q(next_ask_at__isnull=False),
                name="replays_replay_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.code}"

    @property
    def is_ready(self) -> bool:
        return self.state == ReplayState.READY

    @property
    def is_waiting(self) -> bool:
        """Whether a recording is still to come."""
        return self.state in {
            ReplayState.EXPECTED,
            ReplayState.RECORDING,
            ReplayState.PROCESSING,
        }


class ReplayFileQuerySet(models.QuerySet["ReplayFile"]):
    def present(self) -> ReplayFileQuerySet:
        """Files that the cloud still has, in their order."""
        return self.filter(gone_at=None).order_by("number")


class ReplayFile(models.Model):
    """One file of a replay. Its address is open to whoever has it, so no page shows it."""

    replay = models.ForeignKey(
        Replay, models.CASCADE, related_name="files", verbose_name=_("replay")
    )
    # From 1, in the order in which files were found; stays, so that addresses of pages do.
    number = models.PositiveSmallIntegerField(_("number"))
    url = models.TextField(_("address in the cloud"))
    video_id = models.CharField(_("video"), max_length=128, blank=True)
    file_format = models.CharField(_("format"), max_length=16, blank=True)
    started_at = models.DateTimeField(_("recording started"), null=True, blank=True)
    stopped_at = models.DateTimeField(_("recording stopped"), null=True, blank=True)
    # Empty: nobody could tell.
    duration_s = models.PositiveIntegerField(_("seconds"), null=True, blank=True)
    size_bytes = models.BigIntegerField(_("bytes"), null=True, blank=True)
    source = models.CharField(_("found because of"), max_length=16, choices=Source.choices)
    first_seen_at = models.DateTimeField(_("found"))
    # A file that the cloud does not list once may be listed again; twice, and it is gone.
    missing_since = models.DateTimeField(_("missing since"), null=True, blank=True)
    gone_at = models.DateTimeField(_("gone"), null=True, blank=True)

    objects = ReplayFileQuerySet.as_manager()

    class Meta:
        verbose_name = _("replay file")
        verbose_name_plural = _("replay files")
        constraints = [
            models.UniqueConstraint(
                fields=["replay", "number"], name="replays_replayfile_number_once"
            ),
            models.CheckConstraint(
                condition=Q(source__in=Source.values), name="replays_replayfile_known_source"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.replay_id}/{self.number}"


class Use(models.Model):
    """That somebody played or downloaded a file; what counts is kept, repetitions are not."""

    file = models.ForeignKey(ReplayFile, models.CASCADE, related_name="uses")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="replay_uses")
    kind = models.CharField(max_length=16, choices=UseKind.choices)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("use of a replay")
        verbose_name_plural = _("uses of replays")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=UseKind.values), name="replays_use_known_kind"
            )
        ]
        indexes = [models.Index(fields=["file", "user", "kind", "at"], name="replays_use_lately")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.kind} {self.file_id} {self.at:%Y-%m-%d %H:%M:%S}"
