"""The cloud's facts about who was in a room, and when it is asked for them.

Of a device nothing but its kind is kept; the cloud's network address and place of a person are not even read.
"""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from attendance.enums import DeviceKind, MemberRole, MissingReason
from classroom.enums import Source
from edu_platform.lib.due import DueQuerySet, DueWork
from schedule.models import Room

USER_ID_CHARS = 128
NICKNAME_CHARS = 128


class RoomStatisticsQuerySet(DueQuerySet["RoomStatistics"]):
    """Rooms whose class has ended."""

    def told_all(self) -> RoomStatisticsQuerySet:
        """Return the rooms of which it is known who was there, as `RoomStatistics.has_told_all` says."""
        return self.filter(_HAS_TOLD_ALL)

    def untold(self) -> RoomStatisticsQuerySet:
        return self.exclude(_HAS_TOLD_ALL)


# What lines are missing of does no harm where single comings and goings are known.
_HAS_TOLD_ALL = Q(statistics_at__isnull=False) & (Q(missing_lines=0) | Q(events_at__isnull=False))


class RoomStatistics(DueWork):
    """A room whose class has ended: it is due while it is not known who was there."""

    room = models.OneToOneField(
        Room,
        models.CASCADE,
        related_name="statistics",
        primary_key=True,
        verbose_name=_("room"),
    )
    # From here on the waiting grows; single events are gone an hour later.
    ended_at = models.DateTimeField(_("class ended"))
    # As the statistics tell; until then those of the room hold.
    real_started_at = models.DateTimeField(_("really started"), null=True, blank=True)
    real_ended_at = models.DateTimeField(_("really ended"), null=True, blank=True)
    # When the cloud was asked for what is kept: an earlier look never overwrites a later one.
    events_at = models.DateTimeField(_("events read"), null=True, blank=True)
    statistics_at = models.DateTimeField(_("statistics read"), null=True, blank=True)
    # At least so many people are not among the members.
    missing_lines = models.PositiveIntegerField(_("missing lines"), default=0)
    source = models.CharField(
        _("asked because of"), max_length=16, choices=Source.choices, blank=True
    )
    # When what single people did was deleted (`attendance.kept_kinds`): nothing can be counted from it any more.
    forgotten_at = models.DateTimeField(null=True, blank=True)
    missing_reason = models.CharField(
        _("why they never came"), max_length=16, choices=MissingReason.choices, blank=True
    )

    objects = RoomStatisticsQuerySet.as_manager()

    class Meta:
        verbose_name = _("statistics of a room")
        verbose_name_plural = _("statistics of rooms")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(missing_reason__in=["", *MissingReason.values]),
                name="attendance_statistics_known_reason",
            ),
            models.CheckConstraint(
                condition=Q(source__in=["", *Source.values]),
                name="attendance_statistics_known_source",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(due_at__isnull=False),
                name="attendance_statistics_due",
            ),
            models.Index(fields=["ended_at"], name="attendance_statistics_by_end"),
        ]

    def __str__(self) -> str:
        return str(self.room_id)

    @property
    def end_without_statistics(self) -> dt.datetime:
        """Return when the class ended by all that is known but its statistics."""
        return self.room.real_ended_at or self.ended_at

    @property
    def has_told_all(self) -> bool:
        """Tell whether it is known who was in class: by whole statistics, or by any beside single events."""
        return self.statistics_at is not None and (
            not self.missing_lines or self.events_at is not None
        )

    @property
    def is_answered(self) -> bool:
        """Tell whether nothing more is asked of who was there: it is known, or never will be."""
        return self.has_told_all or bool(self.missing_reason)


class MemberRecord(models.Model):
    """The cloud's sums about one user in one room, whoever that is here."""

    statistics = models.ForeignKey(RoomStatistics, models.CASCADE, related_name="members")
    # The cloud's UserId, and how the person was called in class; a guest's name stands in `schedule.Guest` alone.
    classroom_user_id = models.CharField(max_length=USER_ID_CHARS)
    nickname = models.CharField(max_length=NICKNAME_CHARS, blank=True)
    role = models.PositiveSmallIntegerField(choices=MemberRole.choices)
    present_s = models.PositiveIntegerField()
    # The cloud need not tell them.
    first_joined_at = models.DateTimeField(null=True, blank=True)
    last_quit_at = models.DateTimeField(null=True, blank=True)
    device = models.PositiveSmallIntegerField(
        choices=DeviceKind.choices, default=DeviceKind.UNKNOWN
    )

    class Meta:
        verbose_name = _("member of a class")
        verbose_name_plural = _("members of classes")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["statistics", "classroom_user_id"], name="attendance_member_once_a_room"
            ),
            models.CheckConstraint(
                condition=Q(role__in=MemberRole.values), name="attendance_member_known_role"
            ),
            models.CheckConstraint(
                condition=Q(device__in=DeviceKind.values), name="attendance_member_known_device"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.classroom_user_id} {self.present_s} s"


class Stay(models.Model):
    """One stay of a user in a room, half-open, as the room's events tell it."""

    statistics = models.ForeignKey(RoomStatistics, models.CASCADE, related_name="stays")
    classroom_user_id = models.CharField(max_length=USER_ID_CHARS)
    joined_at = models.DateTimeField()
    # None: no event ended it. Counting ends it, with what is known of the class by then.
    left_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("stay in a class")
        verbose_name_plural = _("stays in classes")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["statistics", "classroom_user_id", "joined_at"],
                name="attendance_stay_once",
            ),
            models.CheckConstraint(
                condition=Q(left_at__gt=models.F("joined_at")),
                name="attendance_stay_leaves_after_joining",
            ),
        ]

    def __str__(self) -> str:
        left = "" if self.left_at is None else f"{self.left_at:%H:%M:%S}"
        return f"{self.classroom_user_id} {self.joined_at:%H:%M:%S}-{left}"
