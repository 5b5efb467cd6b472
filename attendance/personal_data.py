"""Say what the tables of this app hold of people, and what becomes of it."""

from __future__ import annotations

from attendance.kept_kinds import ALARMS_KEPT, PRESENCES_KEPT, STAYS_KEPT
from attendance.models import (
    Alarm,
    Correction,
    DutyHours,
    LessonAttendance,
    LessonWatch,
    MemberRecord,
    PersonAttendance,
    RoomPresence,
    RoomStatistics,
    Stay,
    WallAddress,
)
from edu_platform.lib.personal_data import (
    CLOUD_IDS,
    Erased,
    Export,
    Held,
    Keeping,
    Line,
    NoNames,
    Purpose,
    Receiver,
)

# Class teachers hear of absences; teachers and assistants see who came to their classes.
SEEN_BY_TEACHERS = (Receiver.STAFF, Receiver.TEACHERS)

PURPOSES = {
    Purpose.ATTENDANCE: [
        LessonAttendance,
        PersonAttendance,
        Correction,
        RoomStatistics,
        MemberRecord,
        Stay,
    ],
    Purpose.SUPERVISION: [LessonWatch, Alarm, DutyHours, RoomPresence, WallAddress],
}
PERSONAL_DATA: list[Line] = [
    # Seconds.
    NoNames(LessonAttendance, "held"),
    Held(
        PersonAttendance,
        "person",
        Export.AS_IT_IS,
        Erased.KEY,
        Keeping.WITH_ITS_OWNER,
        receivers=SEEN_BY_TEACHERS,
    ),
    Held(PersonAttendance, "corrected_by", Export.OF_OTHERS, Erased.KEY, Keeping.WITH_ITS_OWNER),
    Held(
        PersonAttendance,
        "classroom_user_ids",
        Export.AS_IT_IS,
        Erased.VALUE,
        Keeping.WITH_ITS_OWNER,
        found_by="person",
        known_by="classroom_user_ids",
    ),
    Held(
        PersonAttendance,
        "correction_reason",
        Export.AS_IT_IS,
        Erased.NAMES,
        Keeping.WITH_ITS_OWNER,
        found_by="person",
        receivers=SEEN_BY_TEACHERS,
    ),
    Held(
        Correction,
        "reason",
        Export.AS_IT_IS,
        Erased.NAMES,
        Keeping.WITH_ITS_OWNER,
        found_by="person_attendance__person",
        receivers=SEEN_BY_TEACHERS,
    ),
    Held(Correction, "by", Export.OF_OTHERS, Erased.KEY, Keeping.WITH_ITS_OWNER),
    Held(
        MemberRecord,
        "classroom_user_id nickname",
        Export.AS_IT_IS,
        Erased.ROW,
        STAYS_KEPT,
        same_as=CLOUD_IDS,
        known_by="nickname",
        receivers=SEEN_BY_TEACHERS,
    ),
    # Alarms name lessons; who took one is known while it is kept.
    Held(Alarm, "taken_by", Export.AS_IT_IS, Erased.KEY, ALARMS_KEPT),
    Held(Alarm, "note", Export.AS_IT_IS, Erased.BY_HAND, ALARMS_KEPT),
    NoNames(Alarm, "code"),
    Held(DutyHours, "person", Export.AS_IT_IS, Erased.ROW, Keeping.UNTIL_DELETED),
    NoNames(DutyHours, "code"),
    Held(
        Stay,
        "classroom_user_id",
        Export.AS_IT_IS,
        Erased.ROW,
        STAYS_KEPT,
        same_as=CLOUD_IDS,
        receivers=SEEN_BY_TEACHERS,
    ),
    # Gone with the class.
    Held(
        RoomPresence,
        "members",
        Export.OF_OTHERS,
        Erased.BY_AGE,
        PRESENCES_KEPT,
        same_as=CLOUD_IDS,
        receivers=SEEN_BY_TEACHERS,
    ),
    # Addresses of screens in the office.
    NoNames(WallAddress, "code name token_digest"),
    Held(WallAddress, "made_by", Export.OF_OTHERS, Erased.KEY, Keeping.UNTIL_DELETED),
]
