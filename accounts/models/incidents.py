"""Incidents with personal data, as administrators note them."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.people import User
from accounts.random_codes import make_code

INCIDENT_TEXT_CHARS = 4000


class Incident(models.Model):
    """Something that went wrong with personal data: lost, changed, or seen by somebody who should not. Never deleted."""

    code = models.CharField(max_length=16, unique=True, default=make_code, editable=False)
    noticed_on = models.DateField(_("noticed on"))
    # Empty: nobody knows yet.
    happened_on = models.DateField(_("happened on"), null=True, blank=True)
    what = models.TextField(_("what happened"))
    # Values of `edu_platform.lib.personal_data.Purpose`.
    kinds = models.JSONField(_("personal data concerned"), default=list, blank=True)
    # Empty: nobody knows yet.
    people_count = models.PositiveIntegerField(
        _("how many people it concerns"), null=True, blank=True
    )
    mended = models.TextField(_("what was done about it"), blank=True)
    # Empty: they were not told, and `telling` says why.
    authority_told_on = models.DateField(_("authority informed on"), null=True, blank=True)
    people_told_on = models.DateField(_("people informed on"), null=True, blank=True)
    telling = models.TextField(_("who was informed and how, or why nobody"), blank=True)
    noted_by = models.ForeignKey(
        User, models.PROTECT, related_name="incidents_noted", verbose_name=_("noted by")
    )
    noted_at = models.DateTimeField(_("noted at"), default=timezone.now)

    class Meta:
        verbose_name = _("incident with personal data")
        verbose_name_plural = _("incidents with personal data")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(happened_on=None) | Q(happened_on__lte=F("noticed_on")),
                name="accounts_incident_happened_before_noticed",
            ),
        ]
        indexes = [models.Index(fields=["noticed_on"], name="accounts_incident_noticed")]

    def __str__(self) -> str:
        """Return the day and the code: the log of the office names an incident, and repeats nothing of it."""
        return f"{self.noticed_on} {self.code}"
