"""Lessons, courses, class groups, and rooms of the classroom cloud."""

from __future__ import annotations

from schedule.models.changes import (
    REASON_CHARS,
    DeletedLesson,
    LessonChange,
    LessonSnapshot,
    Named,
    PlanningAction,
    kinds_between,
)
from schedule.models.channels import (
    CHANNEL_NAME_CHARS,
    TOLD_WITHIN,
    Channel,
    ChannelMessage,
)
from schedule.models.checked_files import FILE_NAME_CHARS, CheckedFile, CheckedRows
from schedule.models.class_groups import (
    CLASS_GROUP_NAME_CHARS,
    ClassGroup,
    Membership,
    MembershipQuerySet,
)
from schedule.models.entries import LastEntry
from schedule.models.feeds import CalendarFeed, digest_of
from schedule.models.fet import FET_NAME_CHARS, FetName
from schedule.models.lessons import (
    COURSE_NAME_CHARS,
    LESSON_YEARS,
    LONGEST_LESSON,
    TITLE_CHARS,
    Course,
    Lesson,
    LessonQuerySet,
    LessonStates,
    Occupation,
    default_title,
    topic_of,
)
from schedule.models.patterns import WEEKS_CHARS, Pattern, PlannedLesson
from schedule.models.rooms import (
    FAILS_IN_CLOUD,
    PLANNED_END,
    PLANNED_START,
    WITHOUT_RECORDING,
    Room,
    RoomPolling,
    RoomPollingQuerySet,
    RoomRequest,
    RoomStates,
    lock_lesson_of,
    never_held,
)
from schedule.models.substitutions import Substitution
from schedule.models.terms import (
    DAY_NAME_CHARS,
    DAYS_A_WEEK,
    MOST_BELLS,
    MOST_WEEKS,
    TERM_NAME_CHARS,
    BellTime,
    Term,
    TermDay,
    TermQuerySet,
)

__all__ = [
    "CHANNEL_NAME_CHARS",
    "CLASS_GROUP_NAME_CHARS",
    "COURSE_NAME_CHARS",
    "DAYS_A_WEEK",
    "DAY_NAME_CHARS",
    "FAILS_IN_CLOUD",
    "FET_NAME_CHARS",
    "FILE_NAME_CHARS",
    "LESSON_YEARS",
    "LONGEST_LESSON",
    "MOST_BELLS",
    "MOST_WEEKS",
    "PLANNED_END",
    "PLANNED_START",
    "REASON_CHARS",
    "TERM_NAME_CHARS",
    "TITLE_CHARS",
    "TOLD_WITHIN",
    "WEEKS_CHARS",
    "WITHOUT_RECORDING",
    "BellTime",
    "CalendarFeed",
    "Channel",
    "ChannelMessage",
    "CheckedFile",
    "CheckedRows",
    "ClassGroup",
    "Course",
    "DeletedLesson",
    "FetName",
    "LastEntry",
    "Lesson",
    "LessonChange",
    "LessonQuerySet",
    "LessonSnapshot",
    "LessonStates",
    "Membership",
    "MembershipQuerySet",
    "Named",
    "Occupation",
    "Pattern",
    "PlannedLesson",
    "PlanningAction",
    "Room",
    "RoomPolling",
    "RoomPollingQuerySet",
    "RoomRequest",
    "RoomStates",
    "Substitution",
    "Term",
    "TermDay",
    "TermQuerySet",
    "default_title",
    "digest_of",
    "kinds_between",
    "lock_lesson_of",
    "never_held",
    "topic_of",
]
