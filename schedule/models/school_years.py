"""New school years: which class groups rose or left, and all keys by which that is undone."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.random_codes import make_code


class SchoolYear(models.Model):
    """Hold what the beginning of a school year made of class groups and their members."""

    code = models.CharField(max_length=16, unique=True, default=make_code, editable=False)
    first_day = models.DateField(_("first day"))
    begun_at = models.DateTimeField(_("time"), default=timezone.now)
    begun_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    # How many class groups rose, left and so on, and how many people they have.
    counts = models.JSONField(default=dict)
    # As `school_year.kept` writes it: the keys of all rows that changed, came, or hang on these.
    written = models.JSONField(default=dict)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True
    )

    class Meta:
        default_permissions = ()
        verbose_name = _("school year")
        verbose_name_plural = _("school years")

    def __str__(self) -> str:
        return f"{self.first_day}"
