"""Deleted people whom the classroom cloud may still know."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from edu_platform.lib.due import DueQuerySet, DueWork


class DiscardedIdentity(DueWork):
    """Somebody whom the cloud may know, and who is no person here any more: they are still to be deleted there."""

    sdk_app_id = models.BigIntegerField()
    # As long as those of `ClassroomIdentity`.
    origin_id = models.CharField(max_length=64)
    # Empty: not known to be registered; an answer may have been on its way.
    classroom_user_id = models.CharField(max_length=128, blank=True)
    discarded_at = models.DateTimeField(default=timezone.now)

    objects = DueQuerySet["DiscardedIdentity"].as_manager()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["sdk_app_id", "origin_id"], name="accounts_discardedidentity_once"
            )
        ]
        indexes = [models.Index(fields=["due_at"], name="accounts_discarded_due")]

    def __str__(self) -> str:
        return f"{self.sdk_app_id}: {self.origin_id}"
