"""Guests of one lesson, who come without an account."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.random_codes import make_code, make_origin_id
from schedule.models.lessons import Lesson

GUEST_NAME_CHARS = 64
# After the lesson, unless the school chooses otherwise (`schedule.kept_kinds`).
NAMES_KEPT_FOR = dt.timedelta(days=180)


class GuestQuerySet(models.QuerySet["Guest"]):
    def invited(self) -> GuestQuerySet:
        """Return those whom nobody has sent away."""
        return self.filter(ended_at=None)

    def in_cloud(self) -> GuestQuerySet:
        """Return those whom the cloud may know, and has not been asked to forget."""
        return self.filter(sdk_app_id__isnull=False, discarded_at=None)


class Guest(models.Model):
    """Somebody without an account in one lesson. Of their address only a digest of its secret part is stored.

    The cloud knows them by an identity of their own, from their first entry until attendance is in.
    """

    code = models.CharField(max_length=16, unique=True, default=make_code, editable=False)
    lesson = models.ForeignKey(
        Lesson, models.CASCADE, related_name="guests", verbose_name=_("lesson")
    )
    # Empty: it was kept long enough, or somebody had it deleted.
    name = models.CharField(_("name"), max_length=GUEST_NAME_CHARS, blank=True)
    token_digest = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("invited by")
    )
    invited_at = models.DateTimeField(_("invited"), default=timezone.now)
    ended_at = models.DateTimeField(_("sent away"), null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True
    )
    entered_at = models.DateTimeField(_("first came in"), null=True, blank=True)

    # --- In the cloud
    # Set before the first call; None: they never came to the door.
    sdk_app_id = models.BigIntegerField(null=True, blank=True)
    origin_id = models.CharField(max_length=64, unique=True, default=make_origin_id, editable=False)
    # The cloud's UserId; empty until registered. It stays, so that attendance knows them apart.
    classroom_user_id = models.CharField(max_length=128, blank=True, default="")
    # Those that the cloud forgot, the latest last.
    earlier_user_ids = models.JSONField(default=list, blank=True)
    sent_nickname = models.CharField(max_length=128, blank=True, default="")
    # When the cloud was to delete them; a worker does it.
    discarded_at = models.DateTimeField(null=True, blank=True)

    objects = GuestQuerySet.as_manager()

    class Meta:
        verbose_name = _("guest")
        verbose_name_plural = _("guests")
        default_permissions = ()
        ordering = ("invited_at", "pk")
        indexes = [
            models.Index(
                fields=["classroom_user_id"],
                condition=~Q(classroom_user_id=""),
                name="schedule_guest_by_user_id",
            ),
            models.Index(
                fields=["lesson"],
                condition=Q(sdk_app_id__isnull=False, discarded_at=None),
                name="schedule_guest_in_cloud",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def is_invited(self) -> bool:
        return self.ended_at is None

    @property
    def is_forgotten(self) -> bool:
        """Return whether nothing is left by which they are known, here or in the cloud."""
        is_in_cloud = self.sdk_app_id is not None and self.discarded_at is None
        return not (self.name or self.sent_nickname or is_in_cloud)

    @property
    def shown_name(self) -> str:
        """Return the name, or what stands in its place once it was deleted."""
        return self.name or gettext("Guest (name deleted)")
