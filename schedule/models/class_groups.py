"""Class groups (班级), and who belonged to them from when to when."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.random_codes import make_code
from schedule.enums import (
    MembershipKind,
)


class ClassGroupQuerySet(models.QuerySet["ClassGroup"]):
    def active(self) -> ClassGroupQuerySet:
        return self.filter(archived_at=None)


CLASS_GROUP_NAME_CHARS = 64


class MadeByImport(models.Model):
    # The import of lessons that brought it; undoing that takes it back where nothing else uses it.
    made_by = models.ForeignKey(
        "schedule.PlanningAction",
        models.SET_NULL,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        db_index=False,
    )

    class Meta:
        abstract = True


class ClassGroup(MadeByImport):
    """A class of the school (班级); one with a single student is a one-to-one."""

    code = models.CharField(max_length=16, unique=True, default=make_code, editable=False)
    name = models.CharField(_("name"), max_length=CLASS_GROUP_NAME_CHARS)
    archived_at = models.DateTimeField(
        _("archived"),
        null=True,
        blank=True,
        help_text=_("At the end of the school year; its name is free again then."),
    )

    objects = ClassGroupQuerySet.as_manager()

    class Meta:
        verbose_name = _("class group")
        verbose_name_plural = _("class groups")
        constraints = [
            models.UniqueConstraint(
                fields=["name"],
                condition=Q(archived_at=None),
                name="schedule_classgroup_name_once_among_active",
                violation_error_message=_("An active class group has this name already."),
            )
        ]

    def __str__(self) -> str:
        return self.name


class MembershipQuerySet(models.QuerySet["Membership"]):
    def of_students(self) -> MembershipQuerySet:
        return self.filter(kind=MembershipKind.STUDENT)

    def of_class_teachers(self) -> MembershipQuerySet:
        return self.filter(kind=MembershipKind.CLASS_TEACHER)

    def not_over(self, *, day: dt.date) -> MembershipQuerySet:
        return self.filter(Q(to_date=None) | Q(to_date__gte=day))

    def on(self, *, day: dt.date) -> MembershipQuerySet:
        """Those that the day lies in; both ends are included."""
        return self.not_over(day=day).filter(Q(from_date=None) | Q(from_date__lte=day))


class Membership(models.Model):
    """A person's membership in a class group; both days are included."""

    class_group = models.ForeignKey(
        ClassGroup, models.PROTECT, related_name="memberships", verbose_name=_("class group")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="memberships",
        verbose_name=_("person"),
    )
    kind = models.CharField(
        _("as"), max_length=16, choices=MembershipKind.choices, default=MembershipKind.STUDENT
    )
    from_date = models.DateField(_("from"), null=True, blank=True)  # empty: always was
    to_date = models.DateField(_("to"), null=True, blank=True)  # empty: still is

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.CheckConstraint(
                condition=Q(from_date=None) | Q(to_date=None) | Q(from_date__lte=F("to_date")),
                name="schedule_membership_from_before_to",
                violation_error_message=_("The last day lies before the first."),
            ),
            models.CheckConstraint(
                condition=Q(kind__in=MembershipKind.values), name="schedule_membership_known_kind"
            ),
            models.UniqueConstraint(
                fields=["class_group", "user", "kind"],
                condition=Q(to_date=None),
                name="schedule_membership_one_open",
                violation_error_message=_("The person is in this class group already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.class_group}"

    def covers(self, day: dt.date) -> bool:
        """As `MembershipQuerySet.on` asks the database."""
        has_begun = self.from_date is None or self.from_date <= day
        return has_begun and (self.to_date is None or self.to_date >= day)
