from __future__ import annotations

import datetime as dt

from django.db import models
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class AttendanceState(models.TextChoices):
    """The state of one person in a lesson. The cloud's times say the first four, people all of them."""

    PRESENT = "present", pgettext_lazy("attendance", "Present")
    LATE = "late", pgettext_lazy("attendance", "Late")
    LEFT_EARLY = "left_early", pgettext_lazy("attendance", "Left early")
    ABSENT = "absent", pgettext_lazy("attendance", "Absent")
    EXCUSED = "excused", pgettext_lazy("attendance", "Excused")


# They were there, if not all the time.
ATTENDED = (AttendanceState.PRESENT, AttendanceState.LATE, AttendanceState.LEFT_EARLY)


class AttendanceStage(models.TextChoices):
    """The stages of a lesson's attendance."""

    TO_COME = "to_come", _("The class is not over")
    PROVISIONAL = "provisional", pgettext_lazy("attendance", "Provisional")
    FINAL = "final", pgettext_lazy("attendance", "Final")
    # It was never held, or was cancelled: nobody was there, and nobody was absent.
    NOT_HELD = "not_held", _("Not held")


# A class that is over and was held: its people have states, if only provisional ones.
STAGES_WITH_STATES = (AttendanceStage.PROVISIONAL, AttendanceStage.FINAL)


class RosterRole(models.TextChoices):
    """The roles in which people are expected in a lesson."""

    TEACHER = "teacher", _("Teacher")
    ASSISTANT = "assistant", _("Assistant")
    STUDENT = "student", _("Student")


class MemberRole(models.IntegerChoices):
    """The cloud's Role of somebody who was in a room."""

    STUDENT = 0, _("Student")
    TEACHER = 1, _("Teacher")
    ASSISTANT = 2, _("Assistant")
    SUPERVISOR = 3, _("Supervisor")


# Stands in place of the cloud's Role for somebody inside who is a student there and a guest here.
INSIDE_AS_GUEST = -1


class DeviceKind(models.IntegerChoices):
    """The cloud's Device: of the device nothing more is kept."""

    UNKNOWN = 0, pgettext_lazy("device", "Unknown")
    WINDOWS = 1, "Windows"
    MACOS = 2, "macOS"
    ANDROID = 3, "Android"
    IOS = 4, "iOS"
    WEB = 5, pgettext_lazy("device", "Browser")
    MOBILE_WEB = 6, pgettext_lazy("device", "Browser of a phone")
    MINI_PROGRAM = 7, _("WeChat mini program")


class AlarmKind(models.TextChoices):
    """The kinds of alarms, each raised at most once a lesson."""

    NOT_STARTED = "not_started", _("Nobody has started the class")
    TEACHER_MISSING = "teacher_missing", _("No teacher in the class")
    EMPTY = "empty", _("No student in the class")
    NOT_RECORDED = "not_recorded", _("The class is not recorded")
    RUNNING_OVER = "running_over", _("The class runs into the next lesson")
    CANNOT_BE_OPENED = "cannot_be_opened", _("The class cannot be opened")


# They stand on who is inside: while the cloud is silent none of these is raised.
ALARMS_ABOUT_PEOPLE = (AlarmKind.TEACHER_MISSING, AlarmKind.EMPTY, AlarmKind.RUNNING_OVER)


class AlarmEnd(models.TextChoices):
    """The ways in which alarms end."""

    CAUSE_GONE = "cause_gone", _("The cause is gone")
    CLASS_OVER = "class_over", _("The class is over")
    LESSON_CHANGED = "lesson_changed", _("The lesson was cancelled or moved")


# A room is asked for its statistics for this long after its class.
ASKED_FOR = dt.timedelta(hours=48)
_HOURS = ASKED_FOR // dt.timedelta(hours=1)


class MissingReason(models.TextChoices):
    """The reasons for which the statistics of a room never came."""

    NEVER_CAME = (
        "never_came",
        format_lazy(
            _("For {hours} hours the classroom service had no statistics of this class."),
            hours=_HOURS,
        ),
    )
    ROOM_GONE = "room_gone", _("The room was deleted before its statistics came.")
    REFUSED = (
        "refused",
        format_lazy(
            _(
                "For {hours} hours the classroom service refused to give the statistics of this class."
            ),
            hours=_HOURS,
        ),
    )
    INCOMPLETE = (
        "incomplete",
        _("The classroom service told of some people only who were in this class."),
    )
