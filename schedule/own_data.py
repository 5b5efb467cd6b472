"""Say how people are shown what the tables of this app hold of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from edu_platform.lib.formatting import in_parts
from edu_platform.lib.own_data import OwnTable
from schedule.enums import ChangeKind
from schedule.history.words import differences
from schedule.models import (
    CalendarFeed,
    Channel,
    CheckedFile,
    CheckedRows,
    Consent,
    ConsentText,
    DeletedLesson,
    FamilyAddress,
    FamilyChild,
    FamilyLink,
    FetName,
    ImportedFile,
    ImportedPerson,
    LastEntry,
    Lesson,
    LessonChange,
    ManualRecording,
    Membership,
    PlanningAction,
    SchoolYear,
    Substitution,
    WeeklyLesson,
    WeeklyLessonAssistant,
    Work,
)
from schedule.school_years import school_year_in_words

COURSE, STARTS, ENDS = _("course"), _("start"), _("end")
CHECKED = {"topic": _("about"), "name": _("file name"), "checked_at": _("time")}


def _changes(person: Any, changes: Sequence[LessonChange]) -> list[str]:
    return [_change(change) for change in changes]


def _change(change: LessonChange) -> str:
    kinds = [str(ChangeKind(kind).label) for kind in change.kinds]
    texts = [difference.text for difference in differences(change.was, change.became)]
    return in_parts(texts or kinds)


OWN_DATA = [
    OwnTable(
        Membership,
        "class_group__name kind from_date to_date",
        called={"class_group__name": _("class group")},
    ),
    OwnTable(
        Lesson,
        "starts_at ends_at course__name title teacher assistants known_teacher state cancel_reason "
        "overlap_reason",
        called={"course__name": COURSE, "known_teacher": _("teacher of whom people know")},
    ),
    OwnTable(
        Substitution,
        "lesson__starts_at lesson__course__name lesson__title made_at",
        called={"lesson__course__name": COURSE, "made_at": _("noted")},
        title=_("Lessons that somebody else teaches for you"),
    ),
    OwnTable(
        LastEntry,
        "entered_at lesson__starts_at lesson__course__name",
        called={"entered_at": _("came in"), "lesson__course__name": COURSE},
    ),
    OwnTable(
        ManualRecording,
        "asked_at started_by stopped_by room__lesson__starts_at room__lesson__course__name",
        called={
            "asked_at": _("time"),
            "started_by": _("started by you"),
            "stopped_by": _("stopped by you"),
            "room__lesson__course__name": COURSE,
        },
    ),
    OwnTable(
        WeeklyLesson,
        "term__name course__name title weekday starts ends weeks overlap_reason",
        called={"term__name": _("term"), "course__name": COURSE},
    ),
    OwnTable(
        WeeklyLessonAssistant,
        "weekly_lesson__term__name weekly_lesson__course__name weekly_lesson__weekday "
        "weekly_lesson__starts weekly_lesson__ends",
        called={
            "weekly_lesson__term__name": _("term"),
            "weekly_lesson__course__name": COURSE,
        },
        title=_("Weekly lessons in which you assist"),
    ),
    OwnTable(PlanningAction, "at origin reason"),
    OwnTable(
        SchoolYear,
        "first_day begun_at begun_by undone_at undone_by",
        called={
            "begun_by": _("begun by you"),
            "undone_at": _("undone"),
            "undone_by": _("undone by you"),
        },
        title=_("School years that you began or undid"),
    ),
    OwnTable(
        LessonChange,
        "action__at lesson__starts_at lesson__course__name",
        called={"lesson__course__name": COURSE},
        in_words=_changes,
    ),
    OwnTable(
        DeletedLesson,
        "deleted_at course_name title starts_at ends_at teacher assistants",
        called={
            "deleted_at": _("deleted"),
            "course_name": COURSE,
            "title": _("title"),
            "starts_at": STARTS,
            "ends_at": ENDS,
            "teacher": _("teacher"),
            "assistants": _("assistants"),
        },
        title=_("Deleted lessons"),
    ),
    OwnTable(
        CalendarFeed,
        "made_at fetched_on",
        called={"made_at": _("made"), "fetched_on": _("last fetched")},
        title=_("Addresses of calendars with your timetable"),
    ),
    OwnTable(
        FamilyLink,
        "label made_at first_used_at used_on browser_count ended_at",
        called={"browser_count": _("browsers")},
        title=_("Links by which your family follows you"),
    ),
    OwnTable(
        FamilyChild,
        "link__made_at",
        called={"link__made_at": _("made")},
        title=_("Your place in links of families"),
    ),
    OwnTable(
        FamilyAddress,
        "email confirmed_at is_daily",
        called={"confirmed_at": _("confirmed"), "is_daily": _("one mail a day")},
        title=_("Addresses to which your changes are mailed"),
    ),
    OwnTable(
        Channel,
        "name class_group__name added_at is_active",
        called={
            "class_group__name": _("class group"),
            "added_at": _("added"),
            "is_active": _("active"),
        },
    ),
    OwnTable(CheckedFile, "checked_at topic name", called=CHECKED, title=_("Files being checked")),
    OwnTable(CheckedRows, "checked_at topic name", called=CHECKED, title=_("Rows being checked")),
    OwnTable(
        ImportedFile,
        "at topic by undone_at undone_by",
        called={
            "topic": _("about"),
            "by": _("by you"),
            "undone_at": _("undone"),
            "undone_by": _("undone by you"),
        },
        title=_("Imports"),
    ),
    OwnTable(
        ImportedPerson,
        "file__at before after",
        called={"before": _("before"), "after": _("after")},
        title=_("What imports changed of you"),
    ),
    OwnTable(
        Consent,
        "school_year text__number given_by guardian_name guardian_relation given_at withdrawn_at",
        shown={"school_year": school_year_in_words},
    ),
    OwnTable(
        ConsentText,
        "number published_at",
        called={"published_at": _("time")},
        title=_("Texts of the consent that you published"),
    ),
    OwnTable(
        FetName,
        "kind name",
        called={"kind": _("as"), "name": _("name there")},
        title=_("Your name in timetables of FET"),
    ),
    OwnTable(
        Work,
        "asked_at file_name state ended_at",
        called={
            "asked_at": _("asked for"),
            "file_name": _("file name"),
            "state": _("state"),
            "ended_at": _("ended"),
        },
    ),
]
