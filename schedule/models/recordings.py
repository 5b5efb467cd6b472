"""Recordings that people start by hand, and the running mark: of these the cloud is told beside the plan of a room."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from classroom.client.record_tasks import TASK_ID_CHARS
from edu_platform.lib.due import DueQuerySet, DueWork
from schedule.models.rooms import Room


class ManualRecordingQuerySet(DueQuerySet["ManualRecording"]):
    def running(self) -> ManualRecordingQuerySet:
        """Return recordings that run, or may: whether some of them began is not known."""
        return self.filter(stopped_at=None)


class ManualRecording(DueWork):
    """One recording of a room that somebody started by hand; it is due while its state is not known.

    The row is written before the cloud is asked, so that a lost answer is looked for.
    """

    room = models.ForeignKey(
        Room, models.CASCADE, related_name="manual_recordings", verbose_name=_("room")
    )
    # The cloud's TaskId; empty until it has answered.
    task_id = models.CharField(max_length=TASK_ID_CHARS, blank=True)
    asked_at = models.DateTimeField()
    # When it was known to run.
    started_at = models.DateTimeField(null=True, blank=True)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    # Somebody wants it to stop.
    stop_asked_at = models.DateTimeField(null=True, blank=True)
    # Empty where the end of the class stopped it.
    stopped_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True
    )
    # When it was known not to run any more, or never to have begun.
    stopped_at = models.DateTimeField(null=True, blank=True)

    objects = ManualRecordingQuerySet.as_manager()

    class Meta:
        verbose_name = _("recording by hand")
        verbose_name_plural = _("recordings by hand")
        default_permissions = ()
        ordering = ("asked_at", "pk")
        constraints = [
            # One of two clicks at once starts it.
            models.UniqueConstraint(
                fields=["room"],
                condition=Q(stopped_at=None),
                name="schedule_manualrecording_one_runs",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(due_at__isnull=False),
                name="schedule_manualrecording_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.room_id} {self.task_id or '-'}"


REFUSAL_CHARS = 64


class RoomMarqueeQuerySet(DueQuerySet["RoomMarquee"]):
    pass


class RoomMarquee(DueWork):
    """The running mark of a room that is made; it is due while the cloud has still to be told."""

    room = models.OneToOneField(
        Room, models.CASCADE, related_name="marquee", primary_key=True, verbose_name=_("room")
    )
    # When the cloud took it.
    set_at = models.DateTimeField(null=True, blank=True)
    # When it refused, for good, and its error code.
    refused_at = models.DateTimeField(null=True, blank=True)
    refusal = models.CharField(max_length=REFUSAL_CHARS, blank=True)

    objects = RoomMarqueeQuerySet.as_manager()

    class Meta:
        verbose_name = _("running mark of a room")
        verbose_name_plural = _("running marks of rooms")
        default_permissions = ()
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(due_at__isnull=False),
                name="schedule_roommarquee_due",
            ),
            models.Index(
                fields=["refused_at"],
                condition=Q(refused_at__isnull=False),
                name="schedule_roommarquee_refused",
            ),
        ]

    def __str__(self) -> str:
        return str(self.room_id)
