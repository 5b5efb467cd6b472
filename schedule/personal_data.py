"""Say what the tables of this app hold of people, and what becomes of it."""

from __future__ import annotations

from edu_platform.lib.personal_data import Erased, Export, Held, Keeping, Line, NoNames
from schedule.channels import message_queue
from schedule.history.telling_rules import CALENDARS_TOLD_FOR
from schedule.models import (
    BellList,
    CalendarFeed,
    ChangeFromDay,
    Channel,
    ChannelMessage,
    CheckedFile,
    CheckedRows,
    ClassGroup,
    Course,
    DeletedLesson,
    FetName,
    ImportedFile,
    ImportedPerson,
    ImportedWeeklyLesson,
    LastEntry,
    Lesson,
    LessonChange,
    ManualRecording,
    Membership,
    Occupation,
    PartDayOff,
    PlanningAction,
    Room,
    RoomMarquee,
    RoomRequest,
    Substitution,
    Term,
    TermDay,
    WeeklyLesson,
    WeeklyLessonAssistant,
    Work,
)
from schedule.models.imports import KEPT_FOR as CHECKED_FOR
from schedule.models.imports import Checked
from schedule.work.writing import KEPT_FOR as WORK_KEPT_FOR

# As which the cloud knows the person.
CLOUD_ID = "classroom_identities__classroom_user_id"

PERSONAL_DATA: list[Line] = [
    # A class group of one may be called like the person, as may a course, a title or a group of a chat.
    Held(
        ClassGroup,
        "name",
        Export.AS_IT_IS,
        Erased.BY_HAND,
        Keeping.UNTIL_DELETED,
        found_by="memberships__user",
    ),
    Held(ClassGroup, "name_key name_pinyin", Export.FOLLOWS, Erased.FOLLOWS, Keeping.UNTIL_DELETED),
    NoNames(ClassGroup, "code grade"),
    Held(Membership, "user", Export.AS_IT_IS, Erased.KEY, Keeping.UNTIL_DELETED),
    Held(Course, "name", Export.OF_OTHERS, Erased.BY_HAND, Keeping.UNTIL_DELETED),
    Held(Course, "name_key name_pinyin", Export.FOLLOWS, Erased.FOLLOWS, Keeping.UNTIL_DELETED),
    NoNames(Course, "code"),
    # --- Lessons, and what the cloud was told of them
    Held(
        Lesson,
        "teacher assistants known_teacher",
        Export.AS_IT_IS,
        Erased.KEY,
        Keeping.UNTIL_DELETED,
    ),
    Held(
        Lesson,
        "title cancel_reason overlap_reason",
        Export.AS_IT_IS,
        Erased.BY_HAND,
        Keeping.UNTIL_DELETED,
    ),
    NoNames(Lesson, "code"),
    Held(Occupation, "person", Export.FOLLOWS, Erased.KEY, Keeping.WITH_ITS_OWNER),
    Held(Substitution, "absent_teacher", Export.AS_IT_IS, Erased.KEY, Keeping.WITH_ITS_OWNER),
    Held(LastEntry, "user", Export.AS_IT_IS, Erased.ROW, Keeping.UNTIL_CHANGED),
    Held(Room, "sent_name refused_name", Export.FOLLOWS, Erased.BY_HAND, Keeping.WITH_ITS_OWNER),
    Held(
        Room,
        "sent_teacher_user_id sent_assistant_user_ids",
        Export.FOLLOWS,
        Erased.KEY,
        Keeping.WITH_ITS_OWNER,
        same_as=CLOUD_ID,
    ),
    NoNames(Room, "refused_version left_out_fields"),
    Held(
        RoomRequest,
        "teacher_user_id",
        Export.FOLLOWS,
        Erased.KEY,
        Keeping.WITH_ITS_OWNER,
        same_as=CLOUD_ID,
    ),
    Held(
        ManualRecording,
        "started_by stopped_by",
        Export.AS_IT_IS,
        Erased.KEY,
        Keeping.WITH_ITS_OWNER,
    ),
    NoNames(ManualRecording, "task_id"),
    NoNames(RoomMarquee, "refusal"),
    # --- What repeats every week
    NoNames(Term, "code name"),
    NoNames(TermDay, "name"),
    NoNames(BellList, "code name weekdays grades"),
    NoNames(PartDayOff, "code name"),
    Held(WeeklyLesson, "teacher", Export.AS_IT_IS, Erased.KEY, Keeping.UNTIL_DELETED),
    Held(
        WeeklyLesson,
        "title overlap_reason",
        Export.AS_IT_IS,
        Erased.BY_HAND,
        Keeping.UNTIL_DELETED,
    ),
    NoNames(WeeklyLesson, "code weeks"),
    Held(WeeklyLessonAssistant, "user", Export.AS_IT_IS, Erased.KEY, Keeping.WITH_ITS_OWNER),
    # --- The history, which names people by key and name
    Held(PlanningAction, "by", Export.AS_IT_IS, Erased.KEY, Keeping.UNTIL_DELETED),
    Held(PlanningAction, "reason", Export.AS_IT_IS, Erased.BY_HAND, Keeping.UNTIL_DELETED),
    NoNames(PlanningAction, "code"),
    Held(
        LessonChange,
        "before after",
        Export.IN_WORDS,
        Erased.NAMES,
        Keeping.WITH_ITS_OWNER,
        same_as="pk",
    ),
    NoNames(LessonChange, "lesson_code kinds"),
    Held(DeletedLesson, "teacher assistants", Export.AS_IT_IS, Erased.KEY, CALENDARS_TOLD_FOR),
    Held(DeletedLesson, "course_name title", Export.AS_IT_IS, Erased.BY_HAND, CALENDARS_TOLD_FOR),
    NoNames(DeletedLesson, "code"),
    # --- Who is told
    Held(CalendarFeed, "user", Export.AS_IT_IS, Erased.ROW, Keeping.UNTIL_DELETED),
    Held(CalendarFeed, "token_digest", Export.SECRET, Erased.ROW, Keeping.UNTIL_DELETED),
    Held(Channel, "added_by", Export.AS_IT_IS, Erased.KEY, Keeping.UNTIL_DELETED),
    Held(Channel, "name", Export.AS_IT_IS, Erased.BY_HAND, Keeping.UNTIL_DELETED),
    NoNames(Channel, "code schema encrypted_address last_fault"),
    Held(
        ChannelMessage,
        "lessons",
        Export.OF_OTHERS,
        Erased.NAMES,
        message_queue.KEPT_FOR,
        same_as="pk",
    ),
    # Texts of alarms name lessons by course and class groups.
    NoNames(ChannelMessage, "cause text"),
    # --- Files that people bring, and work that they ask for
    Held(Checked, "user name", Export.AS_IT_IS, Erased.ROW, CHECKED_FOR),
    Held(CheckedFile, "content", Export.OF_OTHERS, Erased.BY_AGE, CHECKED_FOR),
    Held(CheckedRows, "packed", Export.OF_OTHERS, Erased.BY_AGE, CHECKED_FOR),
    NoNames(Checked, "code"),
    # The history of imports, by which they are undone.
    Held(ImportedFile, "by undone_by", Export.AS_IT_IS, Erased.KEY, Keeping.UNTIL_DELETED),
    Held(ImportedFile, "file_name", Export.OF_OTHERS, Erased.BY_HAND, Keeping.UNTIL_DELETED),
    NoNames(ImportedFile, "code counts term_name made undone"),
    Held(ImportedPerson, "user", Export.AS_IT_IS, Erased.ROW, Keeping.UNTIL_ERASED),
    Held(ImportedPerson, "before after", Export.AS_IT_IS, Erased.ROW, Keeping.UNTIL_ERASED),
    Held(
        ImportedWeeklyLesson,
        "before after",
        Export.OF_OTHERS,
        Erased.BY_HAND,
        Keeping.WITH_ITS_OWNER,
    ),
    NoNames(ImportedWeeklyLesson, "source_before planned"),
    Held(
        ChangeFromDay,
        "weekly_lessons",
        Export.OF_OTHERS,
        Erased.BY_HAND,
        Keeping.WITH_ITS_OWNER,
    ),
    Held(FetName, "user name", Export.AS_IT_IS, Erased.ROW, Keeping.UNTIL_DELETED),
    Held(Work, "asked_by file_name", Export.AS_IT_IS, Erased.ROW, WORK_KEPT_FOR),
    Held(Work, "arguments result content output", Export.OF_OTHERS, Erased.BY_AGE, WORK_KEPT_FOR),
    NoNames(Work, "code kind scope output_type"),
]
