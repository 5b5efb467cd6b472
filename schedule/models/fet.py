"""Meanings of the names in the school's timetables of FET, as planners confirmed."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from schedule.enums import FetNameKind
from schedule.models.class_groups import ClassGroup
from schedule.models.terms import DAYS_A_WEEK

FET_NAME_CHARS = 150


class FetName(models.Model):
    """One name, for all terms. Without a meaning: what goes by it is left out."""

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
