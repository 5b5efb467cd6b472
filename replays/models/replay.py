"""Recordings of a class, and where they are."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import make_code
from classroom.client.errors import (
    CloudNotConfigured,
    CloudProtocolError,
    CloudRejected,
    CloudUnavailable,
)
from classroom.enums import Source
from classroom.hooks import NotOurs
from edu_platform.lib.due import DueQuerySet, DueWork
from replays.enums import LISTED, SETTLED, ReplayReason, ReplayState
from replays.models.purge import ReplayPurge
from replays.playback.file_kinds import is_playlist
from schedule.enums import RoomType
from schedule.models import Lesson, Room

# How `last_error` begins for errors that are not a fault of ours.
NO_FAULTS = frozenset(
    each.__name__
    for each in (CloudUnavailable, CloudRejected, CloudProtocolError, CloudNotConfigured, NotOurs)
) | {"", "CloudGarbled"}  # former name of CloudProtocolError, in older rows


class ReplayQuerySet(DueQuerySet["Replay"]):
    """`due()` are those to ask the cloud about."""


class Replay(DueWork):
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
    # What lists are sorted by: first whether it is settled, then `made_at`. Before there is one, the planned
    # start; of a failed one, the class's end.
    list_rank = models.PositiveSmallIntegerField(default=0, editable=False)
    listed_at = models.DateTimeField(_("in lists at"))
    # All files together; empty when the size of any is unknown.
    size_bytes = models.BigIntegerField(_("bytes"), null=True, blank=True, editable=False)
    # The title as searches compare it, and the one and two characters that follow each other in it.
    title_folded = models.TextField(default="", editable=False)
    title_grams = models.TextField(default="", editable=False)

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

    # Polling: the last answer, the next question, and since when there was no answer.
    asked_at = models.DateTimeField(_("cloud last asked"), null=True, blank=True)
    asks = models.PositiveIntegerField(_("times asked"), default=0)
    # Due, attempts and the lease are those of the engine; each of these has a label of its own.
    due_at = models.DateTimeField(_("asks next"), null=True, blank=True)
    unreachable_since = models.DateTimeField(_("no answer since"), null=True, blank=True)
    last_error = models.CharField(_("last error"), max_length=255, blank=True)
    # Since when it has refused to tell each time, which is another thing than silence; and since when
    # it has been silent each time.
    refused_since = models.DateTimeField(_("refused by the cloud since"), null=True, blank=True)
    silent_since = models.DateTimeField(null=True, blank=True, editable=False)
    # The last refresh by a person, and until when it blocks another one.
    asked_by_hand_at = models.DateTimeField(null=True, blank=True, editable=False)
    asked_by_hand_until = models.DateTimeField(null=True, blank=True, editable=False)

    # The trash: until this time it can be restored; then a worker deletes it in the cloud.
    deleted_at = models.DateTimeField(_("deleted"), null=True, blank=True)
    # Empty with `deleted_at`: moved to the trash by retention.
    deleted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("deleted by"),
    )
    # When the cloud confirmed that nothing is left.
    purged_at = models.DateTimeField(_("gone from the cloud"), null=True, blank=True)

    # Notices, each sent once.
    late_told_at = models.DateTimeField(null=True, blank=True, editable=False)
    ready_told_at = models.DateTimeField(null=True, blank=True, editable=False)
    expiry_told_at = models.DateTimeField(null=True, blank=True, editable=False)

    views = models.PositiveIntegerField(_("views"), default=0)
    downloads = models.PositiveIntegerField(_("downloads"), default=0)

    # Which session of its lesson it is of, when there were several: read by `sessions.with_sessions`.
    session: int | None = None

    objects = ReplayQuerySet.as_manager()

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
            models.Index(
                fields=["list_rank", "-listed_at", "-id"],
                condition=Q(state__in=LISTED),
                name="replays_replay_listed",
            ),
            models.Index(
                fields=["teacher", "list_rank", "-listed_at", "-id"],
                condition=Q(state__in=LISTED),
                name="replays_replay_of_teacher",
            ),
            models.Index(fields=["-state_since", "-id"], name="replays_replay_by_change"),
            # Sorted by a head of the list. Two more, downwards with what is not known last, are made by a
            # migration: SQLite has none of that kind.
            models.Index(
                fields=["title", "id"],
                condition=Q(state__in=LISTED),
                name="replays_replay_by_title",
            ),
            models.Index(
                fields=["listed_at", "id"],
                condition=Q(state__in=LISTED),
                name="replays_replay_by_time",
            ),
            models.Index(
                fields=["room_type", "-listed_at", "-id"],
                condition=Q(state__in=LISTED),
                name="replays_replay_by_type",
            ),
            models.Index(
                fields=["-room_type", "-listed_at", "-id"],
                condition=Q(state__in=LISTED),
                name="replays_replay_by_type_down",
            ),
            models.Index(
                fields=["room_number", "id"],
                condition=Q(state__in=LISTED),
                name="replays_replay_by_room",
            ),
            models.Index(
                fields=["size_bytes", "id"],
                condition=Q(state__in=LISTED),
                name="replays_replay_by_size",
            ),
            models.Index(
                fields=["due_at"],
                condition=Q(due_at__isnull=False),
                name="replays_replay_due",
            ),
            # Which are late, the oldest first.
            models.Index(
                fields=["planned_end"],
                condition=Q(state=ReplayState.PROCESSING),
                name="replays_replay_being_made",
            ),
            # Those of whom nobody was told yet: of history that is most, so lately ended ones are found fast.
            models.Index(
                fields=["planned_end"],
                condition=Q(
                    state__in=(
                        ReplayState.EXPECTED,
                        ReplayState.RECORDING,
                        ReplayState.PROCESSING,
                        ReplayState.FAILED,
                    ),
                    late_told_at=None,
                ),
                name="replays_replay_late_untold",
            ),
            models.Index(
                fields=["planned_end"],
                condition=Q(state=ReplayState.READY, ready_told_at=None),
                name="replays_replay_ready_untold",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.code}"

    @property
    def is_ready(self) -> bool:
        return self.state == ReplayState.READY

    @property
    def shown_since(self) -> dt.datetime | None:
        """Return since when pages say that it is in its state; None while it is to come, as it was all the time."""
        return None if self.state == ReplayState.EXPECTED else self.state_since

    @property
    def is_held_up_by_fault(self) -> bool:
        """Tell whether the last answer was lost by a fault of ours, not by the cloud's silence."""
        kind, _colon, _words = self.last_error.partition(":")
        return self.unreachable_since is not None and kind not in NO_FAULTS

    @property
    def is_settled(self) -> bool:
        """Tell whether it stands in lists in its place by time: nothing of its class is under way."""
        return self.state in SETTLED

    def note_answered(self) -> None:
        """Forget that the cloud did not answer, and end the lease of a poll that is still running."""
        self.unreachable_since = self.refused_since = self.silent_since = None
        self.last_error = ""
        self.attempts = 0
        self.end_lease()

    def end_lease(self) -> None:
        self.lease_token, self.leased_until = "", None

    @property
    def planned_purge(self) -> ReplayPurge | None:
        """The order to the cloud to delete it, when it is in the trash or was."""
        return None if self.deleted_at is None else getattr(self, "purge", None)

    @property
    def has_purge_begun(self) -> bool:
        """Tell whether the cloud was told to delete it: it cannot be brought back any more."""
        return self.planned_purge is not None and self.planned_purge.has_begun

    @property
    def is_waiting(self) -> bool:
        """Tell whether a recording is still to come."""
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
    """One file of a replay. Anyone with its address can open it, so no page shows it."""

    replay = models.ForeignKey(
        Replay, models.CASCADE, related_name="files", verbose_name=_("replay")
    )
    # From 1, in the order in which files were found; stays, so that addresses of pages do.
    number = models.PositiveSmallIntegerField(_("number"))
    # Empty for a signalling replay, which the cloud's own player plays.
    url = models.TextField(_("address in the cloud"), blank=True)
    # Further addresses and ids by which the cloud listed it: a later answer may name only one of them.
    other_names = models.JSONField(default=list, db_default=[], blank=True, editable=False)
    video_id = models.CharField(_("video"), max_length=128, blank=True)
    file_format = models.CharField(_("format"), max_length=16, blank=True)
    # The cloud's UserId of the person that a single stream shows.
    stream_of = models.CharField(_("single stream of"), max_length=128, blank=True)
    started_at = models.DateTimeField(_("recording started"), null=True, blank=True)
    stopped_at = models.DateTimeField(_("recording stopped"), null=True, blank=True)
    # Empty: unknown.
    duration_s = models.PositiveIntegerField(_("seconds"), null=True, blank=True)
    size_bytes = models.BigIntegerField(_("bytes"), null=True, blank=True)
    source = models.CharField(_("found because of"), max_length=16, choices=Source.choices)
    first_seen_at = models.DateTimeField(_("found"))
    # A file missing from the cloud's list once may come back; missing twice, it is gone.
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

    @property
    def is_signalling(self) -> bool:
        return not self.url

    @property
    def is_playlist(self) -> bool:
        """Tell whether it is a list of many small files (HLS), which not every browser plays by itself."""
        return is_playlist(self.file_format)

    @property
    def is_downloadable(self) -> bool:
        """Tell whether it is one file, which can be saved as such."""
        return not self.is_signalling and not self.is_playlist


def lock(wanted: QuerySet[Replay]) -> list[int]:
    """Lock these replays until the end of the transaction, and return their keys.

    In one order, against deadlocks.
    """
    return list(locking(wanted))


def locking(wanted: QuerySet[Replay]) -> QuerySet[Replay, int]:
    """The query of `lock`, for a statement."""
    mine = wanted.select_for_update(of=("self",)).order_by("pk")
    return mine.values_list("pk", flat=True)


def locked(wanted: QuerySet[Replay]) -> QuerySet[Replay]:
    """Lock these replays, then read them with lesson, room and files.

    The lock is a statement of its own: PostgreSQL would show joined rows as they were before the wait.
    """
    return with_facts(Replay.objects.filter(pk__in=lock(wanted)))


def with_facts(replays: QuerySet[Replay]) -> QuerySet[Replay]:
    """In their order, with lesson, room and files."""
    return replays.select_related("lesson", "room").prefetch_related("files").order_by("pk")
