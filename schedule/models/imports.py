"""Files that were checked and not imported yet, what the check found, and what names in files of FET mean."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.random_codes import make_code
from schedule.enums import FetNameKind, ImportTopic
from schedule.models.class_groups import ClassGroup
from schedule.week_grid import DAYS_A_WEEK

# Long enough to ask a colleague about what the check says, short for what may hold passwords.
KEPT_FOR = dt.timedelta(hours=1)
FILE_NAME_CHARS = 255


class CheckedQuerySet(models.QuerySet[Any]):
    def kept(self, *, at: dt.datetime) -> CheckedQuerySet:
        return self.filter(checked_at__gt=at - KEPT_FOR)


class Checked(models.Model):
    """Kept for a while, for one person; one a person and topic.

    It stands in the database, which every web process reaches, and not among the files, since a
    spreadsheet may hold start passwords.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    topic = models.CharField(max_length=16, choices=ImportTopic.choices)
    # Another file, another code: what was checked in one tab is not what is imported in another.
    code = models.CharField(max_length=16, unique=True, default=make_code)
    name = models.CharField(max_length=FILE_NAME_CHARS)
    checked_at = models.DateTimeField(default=timezone.now, db_index=True)

    objects = CheckedQuerySet.as_manager()

    class Meta:
        abstract = True
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["user", "topic"], name="schedule_%(class)s_one_a_person_and_topic"
            ),
            models.CheckConstraint(
                condition=Q(topic__in=ImportTopic.values),
                name="schedule_%(class)s_known_topic",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.user_id}"


class CheckedFile(Checked):
    """A spreadsheet in which nothing is wrong, kept until its owner imports it."""

    content = models.BinaryField()


class CheckedRows(Checked):
    """The findings of the check of a spreadsheet, row by row, for the pages that show it.

    They are kept under the code of the file; of one that is at fault only this is kept, which holds no password.
    """

    packed = models.BinaryField()


FET_NAME_CHARS = 150


class FetName(models.Model):
    """A name in files of FET, and what it means in all terms. Without a meaning: what files have under it is left out."""

    kind = models.CharField(max_length=16, choices=FetNameKind.choices)
    name = models.CharField(_("name"), max_length=FET_NAME_CHARS)
    # A day has this, 1 for Monday.
    weekday = models.PositiveSmallIntegerField(null=True, blank=True)
    # An hour has these: a period of the term's bell times, or clock times.
    bell = models.PositiveSmallIntegerField(null=True, blank=True)
    starts = models.TimeField(null=True, blank=True)
    ends = models.TimeField(null=True, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", null=True, blank=True
    )
    class_group = models.ForeignKey(
        ClassGroup, models.CASCADE, related_name="+", null=True, blank=True
    )

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["kind", "name"], name="schedule_fet_name_once"),
            models.CheckConstraint(
                condition=Q(kind__in=FetNameKind.values), name="schedule_fet_name_known_kind"
            ),
            models.CheckConstraint(
                condition=Q(weekday=None) | Q(weekday__gte=1, weekday__lte=DAYS_A_WEEK),
                name="schedule_fet_name_known_weekday",
            ),
            models.CheckConstraint(
                condition=Q(starts=None, ends=None) | Q(ends__gt=F("starts")),
                name="schedule_fet_name_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_left_out(self) -> bool:
        meanings = (self.weekday, self.bell, self.starts, self.user_id, self.class_group_id)
        return all(meaning is None for meaning in meanings)
