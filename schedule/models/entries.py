"""People's entries into classes."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from schedule.models.lessons import Lesson


class LastEntry(models.Model):
    """The lesson whose class a person entered last: to it the page after class leads."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="last_entry")
    lesson = models.ForeignKey(Lesson, models.CASCADE, related_name="last_entries")
    entered_at = models.DateTimeField()

    class Meta:
        verbose_name = _("last entry")
        verbose_name_plural = _("last entries")

    def __str__(self) -> str:
        return f"{self.user_id} {self.lesson_id} {self.entered_at:%Y-%m-%d %H:%M:%S}"
