"""Courseware in the classes of lessons."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from courseware.enums import BindTrouble, CoursewareState, Release
from courseware.models.files import Courseware
from edu_platform.lib.leases import Leased, LeasedQuerySet
from schedule.models import Course, Lesson, Room


class BindingQuerySet(LeasedQuerySet["Binding"]):
    def kept(self) -> BindingQuerySet:
        """Bindings that are not taken away."""
        return self.filter(removed_at=None, courseware__deleted_at=None)

    def unready(self) -> BindingQuerySet:
        """Bindings whose courseware is not ready."""
        return self.kept().exclude(courseware__state=CoursewareState.READY)

    def in_order(self) -> BindingQuerySet:
        return self.order_by("position", "pk")


class Binding(Leased):
    """Courseware shown in a lesson's class, and when its students may download it.

    Holds the desired state and what the cloud was told; a worker syncs the difference.
    """

    courseware = models.ForeignKey(
        Courseware, models.CASCADE, related_name="bindings", verbose_name=_("courseware")
    )
    lesson = models.ForeignKey(
        Lesson, models.CASCADE, related_name="courseware_bindings", verbose_name=_("lesson")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_shown_at_once = models.BooleanField(_("shown when the class opens"), default=False)
    release = models.CharField(
        _("for students"), max_length=16, choices=Release.choices, default=Release.NEVER
    )
    # Taken away although the course has it: not wanted in this lesson.
    is_from_course = models.BooleanField(_("from the course"), default=False)
    # Taken away: the cloud is told, then the row goes, unless the course would bring it back.
    removed_at = models.DateTimeField(null=True, blank=True)

    # What the cloud was told: in which room, as which document, shown at once or not.
    bound_room = models.ForeignKey(
        Room, models.SET_NULL, related_name="+", null=True, blank=True, verbose_name=_("bound in")
    )
    bound_document_id = models.CharField(max_length=128, blank=True)
    bound_shown_at_once = models.BooleanField(default=False)
    bound_position = models.PositiveSmallIntegerField(null=True, blank=True)
    due_at = models.DateTimeField(_("next try"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    trouble = models.CharField(_("trouble"), max_length=16, choices=BindTrouble.choices, blank=True)
    last_error = models.CharField(_("last error"), max_length=255, blank=True)

    objects = BindingQuerySet.as_manager()

    class Meta:
        verbose_name = _("courseware of a lesson")
        verbose_name_plural = _("courseware of lessons")
        constraints = [
            models.UniqueConstraint(
                fields=["courseware", "lesson"], name="courseware_binding_once_a_lesson"
            ),
            models.CheckConstraint(
                condition=Q(release__in=Release.values), name="courseware_binding_known_release"
            ),
            models.CheckConstraint(
                condition=Q(trouble__in=["", *BindTrouble.values]),
                name="courseware_binding_known_trouble",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(due_at__isnull=False),
                name="courseware_binding_due",
            )
        ]

    def __str__(self) -> str:
        return f"{self.courseware_id}/{self.lesson_id}"


class CourseBinding(models.Model):
    """Courseware of a course: for all its upcoming and later lessons, or those of one teacher."""

    courseware = models.ForeignKey(
        Courseware, models.CASCADE, related_name="course_bindings", verbose_name=_("courseware")
    )
    course = models.ForeignKey(
        Course, models.CASCADE, related_name="courseware_bindings", verbose_name=_("course")
    )
    teacher = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("teacher"),
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_shown_at_once = models.BooleanField(_("shown when the class opens"), default=False)
    release = models.CharField(
        _("for students"), max_length=16, choices=Release.choices, default=Release.NEVER
    )

    class Meta:
        verbose_name = _("courseware of a course")
        verbose_name_plural = _("courseware of courses")
        constraints = [
            models.UniqueConstraint(
                fields=["courseware", "course"],
                condition=Q(teacher=None),
                name="courseware_coursebinding_once_a_course",
            ),
            models.UniqueConstraint(
                fields=["courseware", "course", "teacher"],
                name="courseware_coursebinding_once_a_teacher",
            ),
            models.CheckConstraint(
                condition=Q(release__in=Release.values),
                name="courseware_coursebinding_known_release",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.courseware_id} in course {self.course_id}"
