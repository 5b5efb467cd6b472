"""Keep who is in a class at this moment, as the cloud said last; as long as the class may go on, and no longer."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from edu_platform.lib.due import DueQuerySet, DueWork
from schedule.models import Room


class RoomPresenceQuerySet(DueQuerySet["RoomPresence"]):
    """Rooms that somebody looks at; `due` are those whose next look is wanted by then."""


class RoomPresence(DueWork):
    """The last look into a room whose class may go on; it is due while a look is wanted."""

    room = models.OneToOneField(
        Room,
        models.CASCADE,
        related_name="presence",
        primary_key=True,
        verbose_name=_("room"),
    )
    # When the look began that the columns below are of: an earlier look never overwrites a later one.
    looked_at = models.DateTimeField(null=True, blank=True)
    # Those inside: lists of the cloud's UserId, its Role (`MemberRole`, or `INSIDE_AS_GUEST`) and nickname.
    members = models.JSONField(default=list)
    # Since when neither teacher nor assistant has been inside, for certain; empty while one is, or nobody knows.
    teacher_away_since = models.DateTimeField(null=True, blank=True)
    # When a look last showed something else than the one before it: pages follow this.
    changed_at = models.DateTimeField(null=True, blank=True)
    # When a look first showed the class as over.
    over_at = models.DateTimeField(null=True, blank=True)

    objects = RoomPresenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("people in a room")
        verbose_name_plural = _("people in rooms")
        default_permissions = ()
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(due_at__isnull=False),
                name="attendance_presence_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.room_id} {len(self.members)}"
