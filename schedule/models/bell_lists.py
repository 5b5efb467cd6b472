"""Further lists of bell times of a term, and for which class groups and days each holds."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.random_codes import make_code
from schedule.models.class_groups import ClassGroup
from schedule.models.terms import Term

BELL_LIST_NAME_CHARS = 64


class BellList(models.Model):
    """Bell times that hold in place of the term's own: on some dates, on some weekdays, or for some class groups.

    What is empty limits nothing. `schedule.terms.bells.bell_lists` says which of several holds.
    """

    code = models.CharField(max_length=16, unique=True, default=make_code, editable=False)
    term = models.ForeignKey(Term, models.CASCADE, related_name="bell_lists")
    name = models.CharField(_("name"), max_length=BELL_LIST_NAME_CHARS)
    # Both or neither, both included.
    first_day = models.DateField(_("from"), null=True, blank=True)
    last_day = models.DateField(_("to"), null=True, blank=True)
    # 1 is Monday.
    weekdays = models.JSONField(default=list, blank=True)
    grades = models.JSONField(default=list, blank=True)
    # It holds for class groups alone: for nobody once those that it names are deleted, and never for all.
    is_for_class_groups = models.BooleanField(default=False)
    class_groups = models.ManyToManyField(
        ClassGroup,
        through="schedule.BellListClassGroup",
        related_name="bell_lists",
        blank=True,
        verbose_name=_("class groups"),
    )

    class Meta:
        verbose_name = _("list of bell times")
        verbose_name_plural = _("lists of bell times")
        default_permissions = ()
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(fields=["term", "name"], name="schedule_bell_list_once_a_term"),
            models.CheckConstraint(
                condition=Q(first_day=None, last_day=None) | Q(last_day__gte=F("first_day")),
                name="schedule_bell_list_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class BellListClassGroup(models.Model):
    bell_list = models.ForeignKey(BellList, models.CASCADE)
    classgroup = models.ForeignKey(ClassGroup, models.CASCADE)

    class Meta:
        default_permissions = ()
        unique_together = (("bell_list", "classgroup"),)

    def __str__(self) -> str:
        return f"{self.bell_list_id} {self.classgroup_id}"


class BellListTime(models.Model):
    """One line of such a list: from when to when its n-th period lasts."""

    bell_list = models.ForeignKey(BellList, models.CASCADE, related_name="times")
    number = models.PositiveSmallIntegerField(_("number"))
    starts = models.TimeField(_("start"))
    ends = models.TimeField(_("end"))

    class Meta:
        verbose_name = _("bell time of a list")
        verbose_name_plural = _("bell times of lists")
        default_permissions = ()
        ordering = ("number",)
        constraints = [
            models.UniqueConstraint(
                fields=["bell_list", "number"], name="schedule_bell_list_time_once"
            ),
            models.CheckConstraint(
                condition=Q(ends__gt=F("starts")),
                name="schedule_bell_list_time_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.starts:%H:%M}-{self.ends:%H:%M}"


class PartDayOff(models.Model):
    """A half day off for the whole school, or days off for some class groups alone.

    Whole days off of the whole school are `TermDay`, and go before these.
    """

    code = models.CharField(max_length=16, unique=True, default=make_code, editable=False)
    term = models.ForeignKey(Term, models.CASCADE, related_name="part_days_off")
    name = models.CharField(_("name"), max_length=BELL_LIST_NAME_CHARS, blank=True)
    first_day = models.DateField(_("from"))
    last_day = models.DateField(_("to"))
    # Periods: off from this one on, or until this one, both included; without either, the whole day.
    from_bell = models.PositiveSmallIntegerField(_("from period"), null=True, blank=True)
    until_bell = models.PositiveSmallIntegerField(_("until period"), null=True, blank=True)
    # It holds for class groups alone: for nobody once those that it names are deleted, and never for all.
    is_for_class_groups = models.BooleanField(default=False)
    class_groups = models.ManyToManyField(
        ClassGroup,
        through="schedule.PartDayOffClassGroup",
        related_name="days_off",
        blank=True,
        verbose_name=_("class groups"),
    )

    class Meta:
        verbose_name = _("part of the school's days off")
        verbose_name_plural = _("parts of the school's days off")
        default_permissions = ()
        ordering = ("first_day", "pk")
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day__gte=F("first_day")),
                name="schedule_part_day_off_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(from_bell=None)
                | Q(until_bell=None)
                | Q(until_bell__gte=F("from_bell")),
                name="schedule_part_day_off_ends_with_a_later_bell",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first_day} {self.last_day}"


class PartDayOffClassGroup(models.Model):
    day_off = models.ForeignKey(PartDayOff, models.CASCADE)
    classgroup = models.ForeignKey(ClassGroup, models.CASCADE)

    class Meta:
        default_permissions = ()
        unique_together = (("day_off", "classgroup"),)

    def __str__(self) -> str:
        return f"{self.day_off_id} {self.classgroup_id}"
