from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from attendance.enums import AttendanceState
from attendance.models.lessons import REASON_CHARS, PersonAttendance


class Correction(models.Model):
    """One correction of a person's state, kept as long as the state."""

    person_attendance = models.ForeignKey(
        PersonAttendance, models.CASCADE, related_name="corrections"
    )
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    # As it counted before; empty where it was provisional.
    before = models.CharField(max_length=16, choices=AttendanceState.choices, blank=True)
    # Empty where what the times say counts again.
    state = models.CharField(max_length=16, choices=AttendanceState.choices, blank=True)
    # That of the lesson with it: a page that shows an older one has not shown it.
    version = models.PositiveIntegerField()
    reason = models.CharField(max_length=REASON_CHARS, blank=True)

    class Meta:
        verbose_name = _("correction of attendance")
        verbose_name_plural = _("corrections of attendance")
        default_permissions = ()
        ordering = ("at", "pk")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["", *AttendanceState.values]),
                name="attendance_correction_known_state",
            ),
            models.CheckConstraint(
                condition=Q(before__in=["", *AttendanceState.values]),
                name="attendance_correction_known_before",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_attendance_id} {self.state}"
