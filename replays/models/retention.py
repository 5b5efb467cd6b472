"""The time for which replays are kept."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from schedule.models import ClassGroup

LONGEST_DAYS = 3650


class Retention(models.Model):
    """For how many days the replays of a class group are kept; without one, until somebody deletes them."""

    class_group = models.OneToOneField(
        ClassGroup,
        models.CASCADE,
        related_name="replay_retention",
        verbose_name=_("class group"),
    )
    days = models.PositiveSmallIntegerField(
        _("days"),
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_DAYS)],
        help_text=_(
            "After so many days its replays go to the trash; their teacher is warned a week before."
        ),
    )

    class Meta:
        verbose_name = _("retention period of replays")
        verbose_name_plural = _("retention periods of replays")

    def __str__(self) -> str:
        text = ngettext(
            "%(class_group)s: %(days)s day", "%(class_group)s: %(days)s days", self.days
        )
        return text % {"class_group": self.class_group, "days": self.days}
