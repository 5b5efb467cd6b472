"""Class groups (班级), and who belonged to them from when to when."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.random_codes import make_code
from edu_platform.lib.natural_keys import (
    NaturalKeyField,
    NaturallyOrdered,
    NaturalOrderQuerySet,
    PinyinField,
    in_order,
)
from schedule.enums import AgeBand, MembershipKind


class GradeField(models.CharField[str, str]):
    """A grade, which a new class group takes from its name unless it is given one."""

    def pre_save(self, model_instance: models.Model, add: bool) -> str:  # noqa: FBT001 -- Django's
        grade: str = getattr(model_instance, self.attname)
        if add and not grade and isinstance(model_instance, ClassGroup):
            grade = grade_in(model_instance.name)
            setattr(model_instance, self.attname, grade)
        return grade


class ClassGroupQuerySet(NaturalOrderQuerySet["ClassGroup"]):
    def active(self) -> ClassGroupQuerySet:
        return self.filter(archived_at=None)


CLASS_GROUP_NAME_CHARS = 64
GRADE_CHARS = 16
AGE_BAND_CHARS = 16
# What a name says of the grade: Grade 7, up to 年级 or 级 (一年级, 2024级), else 初一, 高三 and the like.
GRADE_IN_NAME = re.compile(r"Grade [0-9]{1,2}(?![0-9])|.{1,13}?年级|.{1,15}?级|[初高][一二三]")


def grade_in(name: str) -> str:
    """Return the grade that the name of a class group begins with; empty where it says none."""
    match = GRADE_IN_NAME.match(name)
    return match[0].strip() if match else ""


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


class ClassGroup(NaturallyOrdered, MadeByImport):
    """A class of the school (班级); one with a single student is a one-to-one."""

    code = models.CharField(max_length=16, unique=True, default=make_code, editable=False)
    name = models.CharField(_("name"), max_length=CLASS_GROUP_NAME_CHARS)
    # The order of class groups in lists.
    name_key = NaturalKeyField(of="name")
    name_pinyin = PinyinField(of="name")
    grade = GradeField(
        _("grade"),
        max_length=GRADE_CHARS,
        blank=True,
        default="",
        db_default="",
        help_text=_(
            "Such as 一年级: class groups of one grade stand together in the timetable of the school."
        ),
    )
    # Empty: nobody has said it. Under 14 a guardian agrees to recordings.
    age_band = models.CharField(
        _("age band"),
        max_length=AGE_BAND_CHARS,
        choices=AgeBand.choices,
        blank=True,
        default="",
        db_default="",
    )
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
            ),
            models.CheckConstraint(
                condition=Q(age_band__in=["", *AgeBand.values]),
                name="schedule_classgroup_known_age_band",
            ),
        ]
        indexes = [models.Index(fields=["name_key"], name="schedule_classgroup_in_order")]

    def __str__(self) -> str:
        return self.name


def class_group_names(class_groups: Iterable[ClassGroup]) -> str:
    """Name the class groups of a lesson, in their order."""
    return "、".join(class_group.name for class_group in in_order(class_groups))


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
