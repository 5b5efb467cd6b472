"""Addresses by which calendars follow a timetable: people's own, and those of families."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from schedule.models.families import FamilyChild


class CalendarFeed(models.Model):
    """The address of one person's feed: their own, or that of a family. Only a digest of its secret part is stored."""

    # Whose timetable it is.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="calendar_feeds"
    )
    # None: their own; else it goes with the link of the family.
    family_child = models.OneToOneField(
        FamilyChild, models.CASCADE, related_name="calendar_feed", null=True, blank=True
    )
    token_digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField(default=timezone.now)
    # The school's day on which a calendar last fetched lessons; not written at each request.
    fetched_on = models.DateField(null=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(family_child=None),
                name="schedule_calendarfeed_one_of_their_own",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.made_at:%Y-%m-%d %H:%M:%S}"
