"""Long work that somebody asked for: what, its input, how it stands, and what became of it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.random_codes import make_code
from edu_platform.lib.long_work import OPEN_STATES, LongWork, LongWorkQuerySet, WorkState
from schedule.models.imports import FILE_NAME_CHARS

# As long as the names of media types are; that of a workbook takes 65.
MEDIA_TYPE_CHARS = 100


class WorkQuerySet(LongWorkQuerySet["Work"]):
    def without_files(self) -> WorkQuerySet:
        """Leave the files in the database, which may be many megabytes."""
        return self.defer("content", "output")


class Work(LongWork):
    code = models.CharField(max_length=16, unique=True, default=make_code, editable=False)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    # The name of the file that it is about, or that it makes.
    file_name = models.CharField(max_length=FILE_NAME_CHARS, blank=True)
    # The file that it is about, which goes when the work has ended.
    content = models.BinaryField(null=True)
    # The file that it has made, which stays as long as the work is kept.
    output = models.BinaryField(null=True)
    output_type = models.CharField(max_length=MEDIA_TYPE_CHARS, blank=True)

    # Another one of its scope, in whose place something else was asked for and not begun.
    is_in_the_way = False
    # The very same, asked for once more.
    is_asked_for_again = False

    objects = WorkQuerySet.as_manager()

    class Meta:
        verbose_name = _("long work")
        verbose_name_plural = _("long work")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["scope"],
                condition=Q(state__in=OPEN_STATES),
                name="schedule_work_one_open_a_scope",
            ),
            models.CheckConstraint(
                condition=Q(state__in=WorkState.values), name="schedule_work_known_state"
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(due_at__isnull=False),
                name="schedule_work_due",
            ),
            models.Index(fields=["asked_by", "-asked_at"], name="schedule_work_by_person"),
            models.Index(fields=["ended_at"], name="schedule_work_by_end"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.scope}"

    def get_absolute_url(self) -> str:
        return reverse("schedule:work", args=[self.code])

    @property
    def is_begun(self) -> bool:
        return self.is_open and self.state != WorkState.WAITING
