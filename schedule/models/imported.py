"""Files that were imported, and what each of them changed."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.random_codes import make_code
from schedule.enums import ActionOrigin, ImportTopic
from schedule.models.changes import PlanningAction
from schedule.models.imports import FILE_NAME_CHARS
from schedule.models.terms import TERM_NAME_CHARS, Term
from schedule.models.weekly_lessons import WeeklyLesson

SOURCE_CHARS = 16


class ImportedFile(models.Model):
    """A file that was imported and changed something, whichever way it came in."""

    code = models.CharField(max_length=16, unique=True, default=make_code, editable=False)
    topic = models.CharField(max_length=16, choices=ImportTopic.choices)
    at = models.DateTimeField(_("time"), default=timezone.now)
    # Empty: a command, which nobody signs in for.
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True
    )
    origin = models.CharField(max_length=16, choices=ActionOrigin.choices)
    # Empty: an earlier release did not keep it.
    file_name = models.CharField(max_length=FILE_NAME_CHARS, blank=True)
    # How many were added, changed and so on.
    counts = models.JSONField(default=dict)
    # Weekly lessons are those of this term, with its name once it is gone.
    # No rule of the database: the release before, which serves during an upgrade, deletes terms without looking here.
    term = models.ForeignKey(
        Term, models.SET_NULL, related_name="+", null=True, blank=True, db_constraint=False
    )
    term_name = models.CharField(max_length=TERM_NAME_CHARS, blank=True)
    # Lessons are undone by what it did to them.
    action = models.OneToOneField(
        PlanningAction, models.CASCADE, related_name="file", null=True, blank=True
    )
    # The keys of the courses and class groups that it made, where no action has them.
    made = models.JSONField(default=dict)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True
    )
    # How many were put back, and how many stayed.
    undone = models.JSONField(default=dict)

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(topic__in=ImportTopic.values), name="schedule_imported_known_topic"
            ),
            models.CheckConstraint(
                condition=Q(origin__in=ActionOrigin.values), name="schedule_imported_known_origin"
            ),
        ]
        indexes = [models.Index(fields=["at"], name="schedule_imported_by_time")]

    def __str__(self) -> str:
        return f"{self.code} {self.topic} {self.file_name}"

    @property
    def is_undone(self) -> bool:
        """Tell whether it was undone; of lessons their action says so."""
        if self.action is not None:
            return self.action.undoing is not None
        return self.undone_at is not None


class ImportedPerson(models.Model):
    """Hold what an import made of one person: the columns and memberships that it changed, and nothing else."""

    file = models.ForeignKey(ImportedFile, models.CASCADE, related_name="people")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    # As `imports.people_states` writes it; none before of somebody who came with the import.
    before = models.JSONField(null=True, blank=True)
    after = models.JSONField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["file", "user"], name="schedule_importedperson_once_a_file"
            )
        ]

    def __str__(self) -> str:
        return f"{self.file_id}: {self.user_id}"


class ImportedWeeklyLesson(models.Model):
    """Hold what an import made of one weekly lesson: as `WeeklyLessonPlan.kept` writes it, and where it came from."""

    file = models.ForeignKey(ImportedFile, models.CASCADE, related_name="weekly_lessons")
    # Empty: it was removed, by the import or since. No rule of the database, as above.
    weekly_lesson = models.ForeignKey(
        WeeklyLesson,
        models.SET_NULL,
        related_name="+",
        null=True,
        blank=True,
        db_constraint=False,
    )
    # None before of one that is new, none after of one that was removed.
    before = models.JSONField(null=True, blank=True)
    after = models.JSONField(null=True, blank=True)
    source_before = models.CharField(max_length=SOURCE_CHARS, blank=True)
    # The keys of the planned lessons of one that was removed.
    planned = models.JSONField(default=list)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.file_id}: {self.weekly_lesson_id}"
