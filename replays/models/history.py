"""The events of a replay, so that nobody has to guess what happened."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from classroom.enums import Source
from replays.enums import ReplayEventKind
from replays.models.replay import Replay


class ReplayEvent(models.Model):
    """One event of a replay, recorded when it happened."""

    replay = models.ForeignKey(Replay, models.CASCADE, related_name="steps")
    kind = models.CharField(_("step"), max_length=24, choices=ReplayEventKind.choices)
    at = models.DateTimeField(_("at"))
    source = models.CharField(_("known from"), max_length=16, choices=Source.choices, blank=True)
    # The person, for what people do.
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("person"),
    )
    # What the event was about, by its kind: a file's number, a reason, the name of a callback.
    detail = models.CharField(_("detail"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("step of a replay")
        verbose_name_plural = _("steps of replays")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=ReplayEventKind.values), name="replays_step_known_kind"
            ),
            models.CheckConstraint(
                condition=Q(source__in=["", *Source.values]), name="replays_step_known_source"
            ),
        ]
        indexes = [models.Index(fields=["replay", "at", "id"], name="replays_step_in_order")]

    def __str__(self) -> str:
        return str(self.get_kind_display())
