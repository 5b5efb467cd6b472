"""Say how people are shown what the tables of this app hold of them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from attendance.models import (
    Alarm,
    Correction,
    DutyHours,
    MemberRecord,
    PersonAttendance,
    Stay,
)
from edu_platform.lib.own_data import OwnTable

COURSE, ROOM_ID = _("course"), _("number in the classroom service")

OWN_DATA = [
    OwnTable(
        PersonAttendance,
        "attendance__lesson__starts_at attendance__lesson__course__name role class_group__name state "
        "corrected_state correction_reason seconds first_in_at last_out_at is_late left_early "
        "watched_s classroom_user_ids",
        called={
            "attendance__lesson__course__name": COURSE,
            "class_group__name": _("class group"),
            "state": _("attendance"),
            "corrected_state": _("corrected to"),
            "correction_reason": _("why"),
            "seconds": _("seconds in class"),
            "first_in_at": _("came in"),
            "last_out_at": _("went out"),
            "is_late": _("late"),
            "left_early": _("left early"),
            "watched_s": _("seconds of the replay watched"),
            "classroom_user_ids": ROOM_ID,
        },
    ),
    OwnTable(
        Correction,
        "at person_attendance__attendance__lesson__starts_at before state reason",
        called={
            "at": _("time"),
            "before": _("before"),
            "state": _("after"),
            "reason": _("why"),
        },
    ),
    OwnTable(
        MemberRecord,
        "first_joined_at last_quit_at present_s statistics__room__lesson__course__name role nickname "
        "classroom_user_id",
        called={
            "first_joined_at": _("came in"),
            "last_quit_at": _("went out"),
            "present_s": _("seconds in class"),
            "statistics__room__lesson__course__name": COURSE,
            "role": _("as"),
            "nickname": _("nickname in class"),
            "classroom_user_id": ROOM_ID,
        },
    ),
    OwnTable(
        Alarm,
        "raised_at kind lesson__starts_at lesson__course__name taken_at note",
        called={"lesson__course__name": COURSE},
        title=_("Alarms that you took on"),
    ),
    OwnTable(DutyHours, "weekday starts ends"),
    OwnTable(
        Stay,
        "joined_at left_at statistics__room__lesson__course__name classroom_user_id",
        called={
            "joined_at": _("came in"),
            "left_at": _("went out"),
            "statistics__room__lesson__course__name": COURSE,
            "classroom_user_id": ROOM_ID,
        },
    ),
]
