"""The deletion in the cloud of what was in the trash for its time."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from edu_platform.lib.due import DueQuerySet, DueWork

# So many tries to delete something in the cloud take three weeks: then somebody has to look. It is
# tried on all the same.
MANY_PURGES = 30


class ReplayPurgeQuerySet(DueQuerySet["ReplayPurge"]):
    """`due` are those of which the cloud is to be told."""

    def resisting(self, since: dt.datetime) -> ReplayPurgeQuerySet:
        """Return the purges of replays that the cloud has not deleted, though it was told to by that time."""
        return self.filter(due_at__isnull=False, unreachable_since__lte=since)


class ReplayPurge(DueWork):
    """The time when the cloud is told to delete a replay that is in the trash, or was deleted from there.

    Restoring a replay removes its row. `attempts` goes on counting when a recording comes to light after
    it was deleted; `last_error` is empty while nothing but the cloud's word is missing.
    """

    replay = models.OneToOneField(
        "replays.Replay",
        models.CASCADE,
        related_name="purge",
        primary_key=True,
        verbose_name=_("replay"),
    )
    # Whether the cloud was told to delete it, whatever became of that: it cannot be brought back.
    has_begun = models.BooleanField(default=False, editable=False)

    objects = ReplayPurgeQuerySet.as_manager()

    class Meta:
        verbose_name = _("deletion of a replay")
        verbose_name_plural = _("deletions of replays")
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(due_at__isnull=False), name="replays_replaypurge_due"
            ),
        ]

    def __str__(self) -> str:
        return str(self.replay)
