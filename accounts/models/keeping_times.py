"""Say how long the school keeps kinds of data, and what of them was deleted last."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class KeepingTime(models.Model):
    """The length that the school has chosen for a kind (`edu_platform.lib.keeping_times`), and what of it was deleted last.

    Without a row the product's own length holds, and nothing was deleted yet.
    """

    kind = models.CharField(_("kind of data"), max_length=32, unique=True)
    # Empty: the product's own.
    days = models.PositiveSmallIntegerField(_("days"), null=True, blank=True)
    # On the day of this moment, in the school's time, so much was deleted.
    forgotten_at = models.DateTimeField(null=True, blank=True)
    forgotten = models.PositiveIntegerField(default=0, db_default=0)

    class Meta:
        verbose_name = _("keeping time")
        verbose_name_plural = _("keeping times")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(days=None) | Q(days__gte=1), name="accounts_keepingtime_a_day_at_least"
            ),
        ]

    def __str__(self) -> str:
        return self.kind
