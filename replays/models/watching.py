"""Records of who watched which file, and how far."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from edu_platform.lib.due import DueQuerySet, DueWork
from replays.enums import UseKind
from replays.models.replay import ReplayFile
from replays.models.shares import Share

# Both as the player has them (static/js/player-progress.js).
# From this share on a file counts as watched: the rest is good-byes.
SEEN_FROM = 0.95
# Positions before this do not count as watching.
GOES_ON_FROM_S = 5


def is_seen(position_s: int, duration_s: int | None) -> bool:
    """Tell whether a file of this length counts as watched."""
    return bool(duration_s) and position_s >= SEEN_FROM * (duration_s or 0)


class PlaybackUse(models.Model):
    """One counted play or download of a file; repetitions are not stored."""

    file = models.ForeignKey(ReplayFile, models.CASCADE, related_name="uses")
    # One of these two: a person of the school, or a visitor by a link, told apart by the mark of their browser.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="replay_uses", null=True, blank=True
    )
    visitor = models.CharField(max_length=64, blank=True)
    share = models.ForeignKey(
        Share,
        models.SET_NULL,
        related_name="uses",
        null=True,
        blank=True,
        db_index=False,  # it has one of its own below
    )
    kind = models.CharField(max_length=16, choices=UseKind.choices)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("use of a replay")
        verbose_name_plural = _("uses of replays")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=UseKind.values), name="replays_use_known_kind"
            ),
            models.CheckConstraint(
                condition=Q(user=None) | Q(visitor=""), name="replays_use_by_one_person"
            ),
        ]
        indexes = [
            models.Index(fields=["file", "user", "kind", "at"], name="replays_use_lately"),
            models.Index(
                fields=["file", "visitor", "kind", "at"],
                condition=~Q(visitor=""),
                name="replays_use_of_visitor",
            ),
            models.Index(
                fields=["share", "at"],
                condition=Q(share__isnull=False),
                name="replays_use_of_link",
            ),
        ]

    def __str__(self) -> str:
        whose = self.user_id or "visitor"
        return f"{whose} {self.kind} {self.file_id} {self.at:%Y-%m-%d %H:%M:%S}"


class Progress(models.Model):
    """The place up to which a person has watched a file, so that they can go on there, and the parts that they watched."""

    file = models.ForeignKey(ReplayFile, models.CASCADE, related_name="progress")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="replay_progress"
    )
    position_s = models.PositiveIntegerField()
    updated_at = models.DateTimeField()
    # The parts that were really watched (replays/watched_parts.py), as pairs of seconds: of the film, or of a signalling
    # replay, whose own player tells no places, of the clock (Unix time).
    watched = models.JSONField(default=list, db_default=[], editable=False)
    # Up to then time is used up by what was reported: services/watched.py says how.
    used_until = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("how far somebody watched")
        verbose_name_plural = _("how far people watched")
        constraints = [
            models.UniqueConstraint(fields=["user", "file"], name="replays_progress_once")
        ]
        indexes = [models.Index(fields=["updated_at"], name="replays_progress_by_age")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.file_id} {self.position_s}"


class WatchQuestion(DueWork):
    """The question to the cloud who has watched a signalling replay: it alone knows, and tells nobody by itself."""

    file = models.OneToOneField(
        ReplayFile, models.CASCADE, related_name="watch_question", primary_key=True
    )
    # When somebody last opened it by a ticket that has the cloud keep records.
    opened_at = models.DateTimeField()
    # Up to when the cloud has told.
    answered_until = models.DateTimeField(null=True)

    objects = DueQuerySet["WatchQuestion"].as_manager()

    class Meta:
        default_permissions = ()
        verbose_name = _("question who watched")
        verbose_name_plural = _("questions who watched")
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(due_at__isnull=False),
                name="replays_watchquestion_due",
            ),
        ]

    def __str__(self) -> str:
        return str(self.file)
