"""Substitutions: one person stands in for another."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from schedule.models.lessons import Lesson


class Substitution(models.Model):
    """Somebody else teaches one lesson in place of the teacher who is away.

    Another substitute changes nothing here; with a lesson that its own teacher takes back it is gone
    (`schedule.history.writing`).
    """

    lesson = models.OneToOneField(
        Lesson, models.CASCADE, related_name="substitution", verbose_name=_("lesson")
    )
    absent_teacher = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("absent teacher"),
    )
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.lesson_id}: {self.absent_teacher_id}"
