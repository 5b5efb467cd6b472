"""Say how long the timetable keeps what it leaves behind: messages, files, marks of lessons, guests, family links."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_lazy as _

from edu_platform.lib.keeping_times import KeptKind
from schedule.channels import message_queue
from schedule.consents.forgetting import KEPT_AFTER_ERASURE, forget_consents_of_erased
from schedule.families.forgetting import ENDED_LINKS, UNUSED_LINKS
from schedule.guests.forgetting import forget_old_names
from schedule.history.telling_rules import CALENDARS_TOLD_FOR
from schedule.imports import checked_file_store
from schedule.lessons.delete import forget_old_deletions
from schedule.models import (
    ChannelMessage,
    CheckedFile,
    CheckedRows,
    ClassGroup,
    Consent,
    DeletedLesson,
    Guest,
    Lesson,
    LessonChange,
    Membership,
    PlanningAction,
)
from schedule.models.guests import NAMES_KEPT_FOR as GUEST_NAMES_KEPT_FOR
from schedule.models.imports import KEPT_FOR as CHECKED_FOR
from schedule.work.writing import LONG_WORK

LESSONS = KeptKind(
    code="lessons",
    name=_("Lessons, class groups and who belonged to them"),
    purpose=_(
        "Timetable, hours of teachers, attendance and the rights to replays follow from them."
    ),
    default=None,
    reason=_("Hours, attendance and replays of years ago would lose whose they are."),
    models=(Lesson, ClassGroup, Membership),
)
HISTORY = KeptKind(
    code="history",
    name=_("History of lessons: who planned and changed what"),
    purpose=_("Planners see how a lesson came to its time and teacher, and take changes back."),
    default=None,
    reason=_("It belongs to its lessons, and imports are undone by it."),
    models=(PlanningAction, LessonChange),
)
DELETED_LESSONS = KeptKind(
    code="deleted_lessons",
    name=_("Marks of deleted lessons"),
    purpose=_("Calendars of people hear that a lesson is gone."),
    default=CALENDARS_TOLD_FOR,
    reason=_("Calendars ask as seldom as that; after it the mark is of no use."),
    forget=forget_old_deletions,
    models=(DeletedLesson,),
)
GROUP_MESSAGES = KeptKind(
    code="group_messages",
    name=_("Messages of group robots"),
    purpose=_("Planners see which group was told what, and what did not get through."),
    default=message_queue.KEPT_FOR,
    shortest=dt.timedelta(days=7),
    reason=_("A robot that fails over a holiday is noticed only after it."),
    forget=message_queue.forget_old_messages,
    models=(ChannelMessage,),
)
CHECKED_FILES = KeptKind(
    code="checked_files",
    name=_("Files that were checked and not imported"),
    purpose=_("A file is chosen once, and imported after its preview."),
    default=CHECKED_FOR,
    reason=_("They may hold start passwords: long enough to ask a colleague."),
    forget=checked_file_store.forget_old_checked_files,
    models=(CheckedFile, CheckedRows),
)
CONSENTS = KeptKind(
    code="consents",
    name=_("Consents to recordings of people who were erased"),
    purpose=_("The school can prove that somebody agreed, by a digest and without their name."),
    default=KEPT_AFTER_ERASURE,
    reason=_("Counted from the erasure: so long a recording may be complained of."),
    forget=forget_consents_of_erased,
    models=(Consent,),
)
GUESTS = KeptKind(
    code="guests",
    name=_("Names of guests of lessons"),
    purpose=_("Attendance of a lesson says who came to it as a guest."),
    default=GUEST_NAMES_KEPT_FOR,
    shortest=dt.timedelta(days=7),
    reason=_("Counted from the end of the lesson: teachers look at its attendance for a week."),
    forget=forget_old_names,
    models=(Guest,),
)
KEPT_KINDS = (
    *(LESSONS, HISTORY, DELETED_LESSONS, GUESTS),
    *(GROUP_MESSAGES, CHECKED_FILES, LONG_WORK, CONSENTS),
    *(ENDED_LINKS, UNUSED_LINKS),
)
