"""Spreadsheets that were checked and not imported yet."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.random_codes import make_code
from schedule.enums import ImportTopic

# Long enough to ask a colleague about what the check says, short for what may hold passwords.
KEPT_FOR = dt.timedelta(hours=1)
FILE_NAME_CHARS = 255


class CheckedFileQuerySet(models.QuerySet["CheckedFile"]):
    def kept(self, *, at: dt.datetime) -> CheckedFileQuerySet:
        return self.filter(checked_at__gt=at - KEPT_FOR)

    def too_old(self, *, at: dt.datetime) -> CheckedFileQuerySet:
        return self.filter(checked_at__lte=at - KEPT_FOR)


class CheckedFile(models.Model):
    """A spreadsheet that somebody had checked, kept until they import it; one a person and topic.

    It stands in the database, which every web process reaches, and not among the files, since it may
    hold start passwords.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    topic = models.CharField(max_length=16, choices=ImportTopic.choices)
    # Another file, another code: what was checked in one tab is not what is imported in another.
    code = models.CharField(max_length=16, unique=True, default=make_code)
    name = models.CharField(max_length=FILE_NAME_CHARS)
    content = models.BinaryField()
    checked_at = models.DateTimeField(default=timezone.now, db_index=True)

    objects = CheckedFileQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["user", "topic"], name="schedule_checkedfile_one_a_person_and_topic"
            ),
            models.CheckConstraint(
                condition=models.Q(topic__in=ImportTopic.values),
                name="schedule_checkedfile_known_topic",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.user_id}"
