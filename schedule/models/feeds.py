"""Addresses by which people's own calendars follow their timetable."""

from __future__ import annotations

import hashlib

from django.conf import settings
from django.db import models
from django.utils import timezone


def digest_of(token: str) -> str:
    """The stored digest of an address's secret part."""
    return hashlib.sha256(token.encode()).hexdigest()


class CalendarFeed(models.Model):
    """The address of one person's feed. Only a digest of its secret part is stored."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="calendar_feed"
    )
    token_digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField(default=timezone.now)
    # The school's day on which a calendar last fetched lessons; not written at each request.
    fetched_on = models.DateField(null=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.user_id} {self.made_at:%Y-%m-%d %H:%M:%S}"
