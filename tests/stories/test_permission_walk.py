"""The rights of everybody: every address of the platform with everybody, whose pages are all Chinese.

An address that stands in no row here fails the test: a new page says first who may see it.
"""

from __future__ import annotations

import datetime as dt
import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from django.conf import settings
from django.contrib import admin
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from accounts.enums import Role
from accounts.erasing import asking
from accounts.models import ClassroomIdentity, Incident, SchoolSettings, User
from accounts.permissions import Action, Relation, may, may_use_model
from attendance.enums import AlarmKind
from attendance.models import Alarm
from attendance.now.walls import make_wall
from courseware.enums import Release
from edu_platform.lib.secret_tokens import digest_of
from replays.models import Retention, Share
from schedule.enums import ActionOrigin, MembershipKind
from schedule.feeds import writing as feeds
from schedule.guests.writing import invite_guest
from schedule.imports.user_spreadsheet import import_users
from schedule.lessons.change import schedule_lesson
from schedule.lessons.plan import LessonPlan
from schedule.models import (
    ChangeFromDay,
    FamilySlips,
    ImportedFile,
    Lesson,
    PlanningAction,
    Room,
    SchoolYear,
    Work,
)
from schedule.terms.planning.plan_work import PLAN_TERM
from tests.factories.accounts import UserFactory
from tests.factories.classroom import CallbackEventFactory
from tests.factories.courseware import BindingFactory, CoursewareFactory, UploadFactory
from tests.factories.replays import ReplayFileFactory
from tests.factories.schedule import ChannelFactory, MembershipFactory, WeeklyLessonFactory
from tests.support import tickets
from tests.support.chinese import foreign_words, is_page, names_of_objects, wrong_words
from tests.support.families import make_family
from tests.support.pages import read
from tests.support.sheets import csv_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lenient_templates")]

LOGIN = "/accounts/login/"
TO_LOGIN = "to the sign-in, and back"
VISITOR = "visitor"
# Nobody who signs in: a browser in which the button of a family's link was pressed, of the child `pupil`.
FAMILY = "family"
# Nobody who signs in either: a browser in which the address of a guest of `lesson` was opened.
GUEST = "guest"
NOT_SIGNED_IN = {VISITOR, FAMILY, GUEST}
# What everybody of the cast is to `lesson` and its courseware; found out by nothing but the story of the cast.
RELATIONS: dict[str, frozenset[Relation]] = {
    VISITOR: frozenset({Relation.VISITOR}),
    FAMILY: frozenset({Relation.VISITOR, Relation.FAMILY}),
    GUEST: frozenset({Relation.VISITOR, Relation.GUEST}),
    "student": frozenset({Relation.ANYBODY, Relation.STUDENT, Relation.RELEASED}),
    "teacher": frozenset(
        {
            Relation.ANYBODY,
            Relation.TEACHER,
            Relation.TIMETABLE_READER,
            Relation.CLASS_TEACHER,
            Relation.LESSON_TEACHER,
            Relation.COURSEWARE_OWNER,
        }
    ),
    "assistant": frozenset(
        {Relation.ANYBODY, Relation.TEACHER, Relation.TIMETABLE_READER, Relation.ASSISTANT}
    ),
    "other_teacher": frozenset({Relation.ANYBODY, Relation.TEACHER, Relation.TIMETABLE_READER}),
    "outsider": frozenset({Relation.ANYBODY}),
    "supervisor": frozenset({Relation.ANYBODY, Relation.SUPERVISOR}),
    "planner": frozenset({Relation.ANYBODY, Relation.STAFF}),
    "administrator": frozenset({Relation.ANYBODY, Relation.STAFF, Relation.ADMINISTRATOR}),
    "superuser": frozenset({Relation.ANYBODY, Relation.STAFF, Relation.ADMINISTRATOR}),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One address: who may do this there, and what the others hear.

    `allowed` is what the page answers in the story of the cast, whose lesson is tomorrow.
    """

    name: str
    path: str
    action: Action
    allowed: int | str
    refused: int | str = 404
    method: str = "get"
    is_public: bool = False
    # What visitors hear of a public page, where that differs from `allowed`.
    visitor: int | str | None = None
    data: tuple[tuple[str, str], ...] = ()
    # Who may not do this either hears 404 instead of `refused`.
    seen: Action | None = None


# Public pages are for everybody: a visitor, a student and one who may do everything are enough.
# So are, where signing in is enough, one person of each role.
NOT_ASKED = {
    Action.SIGN_IN: RELATIONS.keys() - {VISITOR, "student", "planner"},
    Action.USE_PLATFORM: {"assistant", "other_teacher"},
}
# Who may nothing that the other may not, and is asked where the other may go.
MAY_LESS_THAN = {"assistant": "teacher", "other_teacher": "teacher"}
# Who may just what the other may. Both kinds are asked at the first row of each app about each action, too.
MAY_THE_SAME_AS = {"superuser": "administrator"}
# Who may all that the other may, and more: asked there, and at the first rows.
MAY_MORE_THAN = {"administrator": "planner"}
HOME = "/"
# Pages that follow what they show.
LIVE = {
    *("schedule:this_week", "schedule:week", "schedule:today", "schedule:lesson"),
    *("attendance:now", "attendance:wall", "guests:visit"),
    *("replays:list", "replays:detail", "courseware:list", "courseware:state"),
    "people:erasure",
}
RECORDING = "https://1252463788.vod2.myqcloud.com/f0.mp4"
ROWS = (
    # The start page: of those who look after the school the school's day, of all others their timetable.
    Row("home", "/", Action.SEE_SCHOOL_DAY, "/schedule/today/", refused="/schedule/"),
    Row("set_language", "/language/", Action.SIGN_IN, "/", method="post", is_public=True),
    # The components are shown where DEBUG is on, and nowhere else.
    Row("styleguide", "/styleguide/", Action.SIGN_IN, 404, is_public=True),
    # Help is for everybody: it holds what the source holds.
    Row("help:contents", "/help/", Action.SIGN_IN, 200, is_public=True),
    Row("help:page", "/help/student/", Action.SIGN_IN, 200, is_public=True),
    Row("help:guide", "/help/guides/rooms/", Action.SIGN_IN, 200, is_public=True),
    # Addresses of pictures are long and random, and the classroom cloud reads them.
    Row("picture", "/media/avatars/none.jpg", Action.SIGN_IN, 404, is_public=True),
    Row("logo", "/media/logos/none.png", Action.SIGN_IN, 404, is_public=True),
    # Phones ask without a session for what they put on their home screen.
    Row("manifest", "/manifest.webmanifest", Action.SIGN_IN, 200, is_public=True),
    Row("home_screen_icon", "/home-screen/none.png/192.png", Action.SIGN_IN, 404, is_public=True),
    # --- How long data is kept
    Row("keeping_times", "/accounts/keeping-times/", Action.SET_KEEPING_TIMES, 200),
    Row(
        "keeping_times",
        "/accounts/keeping-times/",
        Action.SET_KEEPING_TIMES,
        422,
        method="post",
        data=(("notices", "1"),),
    ),
    # --- The first hour
    Row("start:start", "/start/", Action.ADMINISTER, 200),
    Row("start:start", "/start/?step=cloud", Action.ADMINISTER, 200),
    Row("start:school", "/start/school/", Action.SET_UP_SCHOOL, 422, method="post"),
    Row("start:cloud", "/start/cloud/", Action.SET_UP_SCHOOL, "/start/?step=cloud", method="post"),
    Row("start:put_away", "/start/put-away/", Action.ADMINISTER, "/", method="post"),
    Row("profile", "/accounts/profile/", Action.USE_PLATFORM, 200),
    Row("own_data", "/accounts/profile/data/", Action.USE_PLATFORM, 200),
    # Who has no password to type is asked to sign in again.
    Row("own_data_file", "/accounts/profile/data.zip", Action.USE_PLATFORM, 200),
    Row("profile_picture", "/accounts/profile/picture/", Action.USE_PLATFORM, 422, method="post"),
    Row(
        "mail_choice",
        "/accounts/profile/notices-by-mail/",
        Action.USE_PLATFORM,
        "/accounts/profile/",
        method="post",
    ),
    # --- Where one is signed in: everybody's own
    Row(
        "end_sign_in",
        "/accounts/profile/sign-ins/none/end/",
        Action.USE_PLATFORM,
        "/accounts/profile/",
        method="post",
    ),
    Row(
        "end_other_sign_ins",
        "/accounts/profile/sign-ins/end-others/",
        Action.USE_PLATFORM,
        "/accounts/profile/",
        method="post",
    ),
    # --- Notices: everybody's own
    Row("notices", "/accounts/notices/", Action.USE_PLATFORM, 200),
    Row(
        "read_notices",
        "/accounts/notices/read/",
        Action.USE_PLATFORM,
        "/accounts/notices/",
        method="post",
    ),
    Row("open_notice", "/accounts/notices/none/open/", Action.USE_PLATFORM, 404, method="post"),
    # --- Timetable
    Row("schedule:this_week", "/schedule/", Action.USE_PLATFORM, 200),
    Row("schedule:this_week", "/schedule/?teacher=teacher", Action.SEE_ANY_TIMETABLE, 200),
    Row("schedule:this_week", "/schedule/?class_group=三年级1班", Action.SEE_ANY_TIMETABLE, 200),
    Row(
        "schedule:this_week",
        "/schedule/?school=1",
        Action.SEE_MATRIX,
        "/schedule/matrix/?span=week",
    ),
    Row("schedule:week", "/schedule/2026-09-07/", Action.USE_PLATFORM, 200),
    Row("schedule:week", "/schedule/2026-09-07/?teacher=teacher", Action.SEE_ANY_TIMETABLE, 200),
    Row(
        "schedule:week",
        "/schedule/2026-09-07/?school=1",
        Action.SEE_MATRIX,
        "/schedule/matrix/2026-09-07/?span=week",
    ),
    # --- The whole school; of teachers because the school has not forbidden it
    *(
        Row(f"schedule:{name}{of_day}", f"/schedule/matrix/{day}{rest}", Action.SEE_MATRIX, 200)
        for name, rest in (
            *(("matrix", ""), ("matrix_xlsx", "matrix.xlsx"), ("matrix_print", "print/")),
            ("matrix", "?by=teacher&span=week"),
        )
        for of_day, day in (("", ""), ("_day", "2026-09-07/"))
    ),
    Row("schedule:today", "/schedule/today/", Action.SEE_SCHOOL_DAY, 200),
    Row("schedule:today", "/schedule/today/?day=2026-09-07", Action.SEE_SCHOOL_DAY, 200),
    Row("schedule:today", "/schedule/today/?teacher=teacher", Action.SEE_SCHOOL_DAY, 200),
    Row("schedule:today", "/schedule/today/?class_group=三年级1班", Action.SEE_SCHOOL_DAY, 200),
    Row("schedule:today", "/schedule/today/?grade=三年级", Action.SEE_SCHOOL_DAY, 200),
    Row("schedule:today", "/schedule/today/?show=coming", Action.SEE_SCHOOL_DAY, 200),
    Row(
        "schedule:mend",
        "/schedule/today/mend/",
        Action.SEE_SCHOOL_DAY,
        "/schedule/today/",
        method="post",
    ),
    # The page is about their last entry, and nobody of the cast entered a class yet.
    Row("schedule:after_class", "/schedule/after-class/", Action.USE_PLATFORM, "/schedule/"),
    Row("schedule:lesson", "/schedule/lessons/{lesson}/", Action.SEE_LESSON, 200),
    Row("schedule:lesson", "/schedule/lessons/{draft}/", Action.SEE_DRAFT, 200),
    Row(
        "schedule:enter",
        "/schedule/lessons/{lesson}/enter/",
        Action.ENTER_LESSON,
        409,
        refused=403,
        method="post",
    ),
    Row(
        "schedule:reopen",
        "/schedule/lessons/{lesson}/reopen/",
        Action.OPEN_ANOTHER_ROOM,
        "/schedule/lessons/{lesson}/",
        method="post",
    ),
    # --- Guests of the lesson
    Row("schedule:lesson_guests", "/schedule/lessons/{lesson}/guests/", Action.INVITE_GUEST, 200),
    Row(
        "schedule:lesson_guests",
        "/schedule/lessons/{lesson}/guests/",
        Action.INVITE_GUEST,
        422,
        method="post",
    ),
    Row(
        "schedule:guest_end",
        "/schedule/lessons/{lesson}/guests/{other_guest}/end/",
        Action.INVITE_GUEST,
        "/schedule/lessons/{lesson}/guests/",
        method="post",
    ),
    Row(
        "schedule:guest_forget",
        "/schedule/lessons/{lesson}/guests/{other_guest}/forget/",
        Action.FORGET_GUEST,
        200,
    ),
    Row(
        "schedule:guest_forget",
        "/schedule/lessons/{lesson}/guests/{other_guest}/forget/",
        Action.FORGET_GUEST,
        "/schedule/lessons/{lesson}/",
        method="post",
    ),
    Row("guests:visit", "/guest/none/", Action.SIGN_IN, 404, is_public=True),
    Row("guests:visit", "/guest/{guest}/", Action.SIGN_IN, 200, is_public=True),
    # The lesson is tomorrow.
    Row("guests:visit", "/guest/{guest}/", Action.SIGN_IN, 409, method="post", is_public=True),
    # The lesson of the cast records itself.
    Row(
        "schedule:lesson_record",
        "/schedule/lessons/{lesson}/record/",
        Action.RECORD_BY_HAND,
        409,
        method="post",
        data=(("on", "1"),),
    ),
    # What was done when it was planned.
    Row("schedule:timetable_change", "/schedule/changes/{change}/", Action.SEE_LESSON, 200),
    Row("schedule:timetable_change", "/schedule/changes/{change_of_draft}/", Action.SEE_DRAFT, 200),
    *(
        Row(
            "schedule:print_weeks",
            f"/schedule/2026-09-07/print/{query}",
            Action.SEE_ANY_TIMETABLE,
            200,
        )
        for query in ("", "?of=teachers", "?class_group=三年级1班")
    ),
    # --- Hours; here of somebody who is no teacher
    Row("schedule:hours", "/schedule/hours/", Action.SEE_HOURS, 200),
    Row("schedule:hours", "/schedule/hours/?teacher=student", Action.SEE_ALL_HOURS, 200),
    Row("schedule:hours_xlsx", "/schedule/hours.xlsx", Action.SEE_HOURS, 200),
    Row("schedule:hours_xlsx", "/schedule/hours.xlsx?teacher=student", Action.SEE_ALL_HOURS, 200),
    # --- Attendance over a term, and of a month
    Row("attendance:own", "/attendance/", Action.USE_PLATFORM, 200),
    Row("attendance:person", "/attendance/people/{pupil}/", Action.SEE_CLASS_ATTENDANCE, 200),
    *(
        Row(
            f"attendance:{name}",
            f"/attendance/class-groups/{{class_group}}/{page}",
            Action.SEE_CLASS_ATTENDANCE,
            200,
        )
        for name, page in (
            ("class_group", ""),
            ("class_group_print", "print/"),
            ("class_group_xlsx", "attendance.xlsx"),
        )
    ),
    Row("attendance:lessons_xlsx", "/attendance/lessons.xlsx", Action.EXPORT_ATTENDANCE, 200),
    # --- The classes of this hour; that of the cast is tomorrow
    Row("attendance:now", "/schedule/now/", Action.SEE_RUNNING_CLASSES, 200),
    Row("attendance:now", "/schedule/now/?teacher=teacher", Action.SEE_RUNNING_CLASSES, 200),
    Row("attendance:now", "/schedule/now/?wall=1", Action.SEE_RUNNING_CLASSES, 200),
    Row("attendance:message", "/schedule/lessons/{lesson}/message/", Action.MESSAGE_CLASS, 200),
    Row(
        "attendance:message",
        "/schedule/lessons/{lesson}/message/",
        Action.MESSAGE_CLASS,
        409,
        method="post",
        data=(("text", "下课"),),
    ),
    Row("attendance:end_class", "/schedule/lessons/{lesson}/end/", Action.END_CLASS, 200),
    Row(
        "attendance:end_class",
        "/schedule/lessons/{lesson}/end/",
        Action.END_CLASS,
        409,
        method="post",
    ),
    Row("attendance:walls", "/schedule/now/walls/", Action.MANAGE_WALL, 200),
    Row("attendance:walls", "/schedule/now/walls/", Action.MANAGE_WALL, 422, method="post"),
    Row(
        "attendance:wall_end",
        "/schedule/now/walls/none/end/",
        Action.MANAGE_WALL,
        404,
        method="post",
    ),
    Row("attendance:wall", "/schedule/now/wall/none/", Action.SIGN_IN, 404, is_public=True),
    Row("attendance:wall", "/schedule/now/wall/{wall}/", Action.SIGN_IN, 200, is_public=True),
    # --- Conflicts of a term, and those of students that come
    Row("schedule:term_conflicts", "/schedule/terms/{term}/conflicts/", Action.PLAN_LESSONS, 200),
    Row("schedule:conflicts", "/schedule/conflicts/", Action.PLAN_LESSONS, 200),
    # --- Absences
    Row("schedule:absences", "/schedule/absences/", Action.PLAN_LESSONS, 200),
    Row("schedule:absences", "/schedule/absences/?lesson={lesson}", Action.PLAN_LESSONS, 200),
    # It does not say what is to become of the lesson.
    Row(
        "schedule:absences",
        "/schedule/absences/",
        Action.PLAN_LESSONS,
        422,
        method="post",
        data=(("lesson", "{lesson}"),),
    ),
    # --- Places; here of a request that names none
    Row("schedule:lesson_places", "/schedule/lessons/{lesson}/places/", Action.PLAN_LESSONS, 200),
    *(
        Row(
            f"schedule:{name}", f"/schedule/{path}/places/", Action.PLAN_LESSONS, 422, method="post"
        )
        for name, path in (
            ("lesson_places", "lessons/{lesson}"),
            ("weekly_lesson_places", "terms/{term}/weekly/{weekly_lesson}"),
        )
    ),
    # --- Planning
    # Also for whoever asked for it.
    Row("schedule:work", "/schedule/work/{work}/", Action.ADMINISTER, 200),
    Row(
        "schedule:work",
        "/schedule/work/{work}/",
        Action.ADMINISTER,
        "/schedule/work/{work}/",
        method="post",
    ),
    Row("schedule:work_output", "/schedule/work/{work}/file/", Action.ADMINISTER, 200),
    # --- Imports
    Row("imports:imports", "/imports/", Action.PLAN_LESSONS, 200),
    Row("imports:file", "/imports/{people_file}/", Action.MANAGE_PEOPLE, 200),
    # They ask first.
    Row(
        "imports:file_start_passwords",
        "/imports/{people_file}/start-passwords/",
        Action.MANAGE_PEOPLE,
        200,
    ),
    Row("imports:file_undo", "/imports/{people_file}/undo/", Action.MANAGE_PEOPLE, 200),
    *(
        Row(f"imports:{name}", f"/imports/{name}/", action, status, method=method)
        for name, action in (
            ("people", Action.MANAGE_PEOPLE),
            ("lessons", Action.PLAN_LESSONS),
        )
        # No file is chosen.
        for method, status in (("get", 200), ("post", 422))
    ),
    *(
        Row(f"imports:{name}_template", f"/imports/{name}/template.xlsx", action, 200)
        for name, action in (
            ("people", Action.MANAGE_PEOPLE),
            ("lessons", Action.PLAN_LESSONS),
        )
    ),
    # It is not kept any more.
    *(
        Row(
            f"imports:{name}_preview", f"/imports/{name}/preview/none/", action, f"/imports/{name}/"
        )
        for name, action in (
            ("people", Action.MANAGE_PEOPLE),
            ("lessons", Action.PLAN_LESSONS),
        )
    ),
    # It asks first.
    Row("schedule:import_undo", "/schedule/changes/{imported}/undo/", Action.PLAN_LESSONS, 200),
    Row("schedule:lesson_new", "/schedule/lessons/new/", Action.PLAN_LESSONS, 200),
    Row("schedule:lesson_new", "/schedule/lessons/new/", Action.PLAN_LESSONS, 422, method="post"),
    Row("schedule:lesson_change", "/schedule/lessons/{lesson}/change/", Action.PLAN_LESSONS, 200),
    Row("schedule:lesson_change", "/schedule/lessons/{draft}/change/", Action.PLAN_LESSONS, 200),
    # Each asks first.
    *(
        Row(
            f"schedule:lesson_{step}",
            f"/schedule/lessons/{{lesson}}/{step}/",
            Action.PLAN_LESSONS,
            200,
        )
        for step in ("cancel", "restore", "publish", "delete")
    ),
    # The list of all, and what was done to one, and to all.
    Row("schedule:lessons", "/schedule/lessons/", Action.PLAN_LESSONS, 200),
    Row("schedule:lessons", "/schedule/lessons/?state=draft&q=x", Action.PLAN_LESSONS, 200),
    Row(
        "schedule:lessons",
        "/schedule/lessons/",
        Action.PLAN_LESSONS,
        200,
        method="post",
        data=(("action", "cancel"), ("code", "{lesson}")),
    ),
    Row("schedule:lesson_changes", "/schedule/lessons/{lesson}/changes/", Action.PLAN_LESSONS, 200),
    Row("schedule:timetable_changes", "/schedule/changes/", Action.PLAN_LESSONS, 200),
    *(
        Row(
            f"schedule:lessons_{step.replace('-', '_')}",
            f"/schedule/lessons/{step}/",
            Action.PLAN_LESSONS,
            200,
            method="post",
            data=(("code", "{lesson}"),),
        )
        for step in ("publish", "cancel", "restore", "delete", "open-rooms")
    ),
    # --- Terms
    Row("schedule:terms", "/schedule/terms/", Action.PLAN_LESSONS, 200),
    Row("schedule:term_new", "/schedule/terms/new/", Action.PLAN_LESSONS, 200),
    Row("schedule:term_change", "/schedule/terms/{term}/change/", Action.PLAN_LESSONS, 200),
    Row("schedule:term_delete", "/schedule/terms/{term}/delete/", Action.PLAN_LESSONS, 200),
    Row("schedule:term_bells", "/schedule/terms/{term}/bells/", Action.PLAN_LESSONS, 200),
    *(
        Row(f"schedule:bell_list_{name}", f"/schedule/terms/{{term}}/bells/{rest}", *plans)
        for plans in [(Action.PLAN_LESSONS, 200)]
        for name, rest in (
            ("new", "new/"),
            ("change", "{bell_list}/"),
            ("delete", "{bell_list}/delete/"),
        )
    ),
    # --- Planning a term
    Row("schedule:term_plan", "/schedule/terms/{term}/plan/", Action.PLAN_LESSONS, 200),
    # Nobody has seen what it would do.
    Row(
        "schedule:term_plan",
        "/schedule/terms/{term}/plan/",
        Action.PLAN_LESSONS,
        409,
        method="post",
    ),
    # --- Weekly lessons from a day on
    Row(
        "schedule:from_day",
        "/schedule/from/",
        Action.PLAN_LESSONS,
        "/schedule/terms/{term}/from/",
    ),
    Row("schedule:term_from", "/schedule/terms/{term}/from/", Action.PLAN_LESSONS, 200),
    Row(
        "schedule:term_from",
        "/schedule/terms/{term}/from/",
        Action.PLAN_LESSONS,
        422,
        method="post",
    ),
    Row(
        "schedule:term_from_undo",
        "/schedule/terms/{term}/from/{from_day}/undo/",
        Action.PLAN_LESSONS,
        200,
    ),
    # --- The weekly lessons of a term
    *(
        Row(f"schedule:{name}", f"/schedule/terms/{{term}}/{rest}", Action.PLAN_LESSONS, 200)
        for name, rest in (
            ("term", ""),
            ("term_copy", "copy/"),
            ("weekly_grid", "weekly/"),
            ("weekly_lesson_new", "weekly/new/"),
            ("weekly_lesson_change", "weekly/{weekly_lesson}/"),
            ("weekly_lesson_delete", "weekly/{weekly_lesson}/delete/"),
            ("weekly_lesson_places", "weekly/{weekly_lesson}/places/"),
        )
    ),
    Row(
        "schedule:weekly_lesson_new",
        "/schedule/terms/{term}/weekly/new/",
        Action.PLAN_LESSONS,
        422,
        method="post",
    ),
    # Everybody's own, and what a calendar fetches by it: of nobody at this address.
    Row("schedule:feed", "/schedule/feed/", Action.USE_PLATFORM, 200),
    Row("schedule:feed", "/schedule/feed/", Action.USE_PLATFORM, 200, method="post"),
    Row("schedule:feed_calendar", "/schedule/feeds/none.ics", Action.SIGN_IN, 404, is_public=True),
    Row(
        "schedule:feed_calendar",
        "/schedule/feeds/{feed}.ics",
        Action.SIGN_IN,
        200,
        is_public=True,
    ),
    # --- The class group of the cast's lesson, whose class teacher is the cast's teacher
    Row("schedule:class_groups", "/schedule/class-groups/", Action.RESET_START_PASSWORD, 200),
    Row(
        "schedule:class_group",
        "/schedule/class-groups/{class_group}/",
        Action.RESET_START_PASSWORD,
        200,
    ),
    # Nobody was chosen.
    Row(
        "schedule:class_group_start_passwords",
        "/schedule/class-groups/{class_group}/start-passwords/",
        Action.RESET_START_PASSWORD,
        422,
        method="post",
    ),
    # --- Links for families, of a student of that class group; made for all of them, by its class teacher here
    Row("family_links:links", "/people/{pupil}/family-links/", Action.MANAGE_FAMILY_LINKS, 200),
    Row(
        "family_links:links",
        "/people/{pupil}/family-links/",
        Action.MANAGE_FAMILY_LINKS,
        422,
        method="post",
    ),
    Row(
        "family_links:end",
        "/people/{pupil}/family-links/{family_link}/end/",
        Action.MANAGE_FAMILY_LINKS,
        "/people/{pupil}/family-links/",
        method="post",
    ),
    Row("family_links:several_slips", "/class-groups/family-slips/", Action.MANAGE_PEOPLE, 200),
    Row(
        "family_links:several_slips",
        "/class-groups/family-slips/",
        Action.MANAGE_PEOPLE,
        422,
        method="post",
    ),
    Row(
        "family_links:slips", "/class-groups/{class_group}/family-slips/", Action.MANAGE_PEOPLE, 200
    ),
    Row(
        "family_links:own_slips",
        "/schedule/class-groups/{class_group}/family-slips/",
        Action.MANAGE_FAMILY_LINKS,
        200,
    ),
    # It is closed: who may do so sees the page that says that.
    Row("family_links:sheets", "/schedule/family-slips/{slips}/", Action.MANAGE_FAMILY_LINKS, 200),
    Row(
        "family_links:sheets_done",
        "/schedule/family-slips/{slips}/done/",
        Action.MANAGE_FAMILY_LINKS,
        "/schedule/family-slips/{slips}/",
        method="post",
    ),
    # --- The new school year
    Row("schedule:school_year", "/schedule/school-year/", Action.MANAGE_PEOPLE, 200),
    Row("schedule:school_year", "/schedule/school-year/", Action.MANAGE_PEOPLE, 422, method="post"),
    Row(
        "schedule:school_year_undo",
        "/schedule/school-year/{school_year}/undo/",
        Action.MANAGE_PEOPLE,
        200,
    ),
    # --- All class groups, for those who look after people
    # --- Consent to recordings: everybody's own, those of a class group, and the text
    Row("own_consent:consent", "/accounts/profile/consent/", Action.USE_PLATFORM, 200),
    # There is no text yet.
    Row(
        "own_consent:consent",
        "/accounts/profile/consent/",
        Action.USE_PLATFORM,
        409,
        method="post",
    ),
    Row("own_consent:withdraw", "/accounts/profile/consent/withdraw/", Action.USE_PLATFORM, 200),
    Row(
        "own_consent:withdraw",
        "/accounts/profile/consent/withdraw/",
        Action.USE_PLATFORM,
        "/accounts/profile/consent/",
        method="post",
    ),
    Row(
        "own_consent:print",
        "/accounts/profile/consent/print/",
        Action.USE_PLATFORM,
        "/accounts/profile/consent/",
    ),
    *(
        Row(
            f"schedule:class_group_consent{name}",
            f"/schedule/class-groups/{{class_group}}/consents/{page}",
            Action.NOTE_CONSENT,
            200,
        )
        for name, page in (("s", ""), ("_slips", "slips/"), ("s_xlsx", "consents.xlsx"))
    ),
    Row(
        "schedule:class_group_consents",
        "/schedule/class-groups/{class_group}/consents/",
        Action.NOTE_CONSENT,
        422,
        method="post",
    ),
    Row(
        "schedule:class_group_consents_remind",
        "/schedule/class-groups/{class_group}/consents/remind/",
        Action.NOTE_CONSENT,
        "/schedule/class-groups/{class_group}/consents/",
        method="post",
    ),
    *(
        Row(
            f"schedule:consent_{name}",
            f"/schedule/consents/{name}/",
            Action.PUBLISH_CONSENT_TEXT,
            status,
            method=method,
        )
        for name in ("text", "check")
        for method, status in (("get", 200), ("post", 422))
    ),
    Row("class_groups:class_groups", "/class-groups/", Action.MANAGE_PEOPLE, 200),
    Row("class_groups:new", "/class-groups/new/", Action.MANAGE_PEOPLE, 200),
    Row("class_groups:new", "/class-groups/new/", Action.MANAGE_PEOPLE, 422, method="post"),
    Row("class_groups:class_group", "/class-groups/{class_group}/", Action.MANAGE_PEOPLE, 200),
    Row("class_groups:change", "/class-groups/{class_group}/change/", Action.MANAGE_PEOPLE, 200),
    Row(
        "class_groups:change",
        "/class-groups/{class_group}/change/",
        Action.MANAGE_PEOPLE,
        422,
        method="post",
    ),
    # Where none was chosen there is nothing to ask about.
    Row("class_groups:archive", "/class-groups/archive/", Action.MANAGE_PEOPLE, "/class-groups/"),
    Row(
        "class_groups:start_passwords",
        "/class-groups/start-passwords/",
        Action.MANAGE_PEOPLE,
        "/class-groups/",
    ),
    Row(
        "class_groups:age_bands", "/class-groups/age-bands/", Action.MANAGE_PEOPLE, "/class-groups/"
    ),
    Row(
        "class_groups:age_bands",
        "/class-groups/age-bands/?code={class_group}",
        Action.MANAGE_PEOPLE,
        200,
    ),
    Row(
        "class_groups:age_bands",
        "/class-groups/age-bands/",
        Action.MANAGE_PEOPLE,
        "/class-groups/",
        method="post",
    ),
    Row(
        "class_groups:archive",
        "/class-groups/archive/?code={class_group}",
        Action.MANAGE_PEOPLE,
        200,
    ),
    Row(
        "class_groups:archive",
        "/class-groups/archive/",
        Action.MANAGE_PEOPLE,
        "/class-groups/",
        method="post",
    ),
    # It is in use.
    Row(
        "class_groups:reopen",
        "/class-groups/{class_group}/reopen/",
        Action.MANAGE_PEOPLE,
        "/class-groups/{class_group}/",
        method="post",
    ),
    Row(
        "class_groups:start_passwords",
        "/class-groups/start-passwords/?code={class_group}",
        Action.MANAGE_PEOPLE,
        200,
    ),
    Row(
        "class_groups:start_passwords",
        "/class-groups/start-passwords/",
        Action.MANAGE_PEOPLE,
        "/class-groups/",
        method="post",
    ),
    Row("class_groups:member_days", "/class-groups/{class_group}/days/", Action.MANAGE_PEOPLE, 404),
    Row(
        "class_groups:member_days",
        "/class-groups/{class_group}/days/?person=student",
        Action.MANAGE_PEOPLE,
        200,
    ),
    # Nobody was named.
    *(
        Row(
            f"class_groups:{name}",
            f"/class-groups/{{class_group}}/{name}/",
            Action.MANAGE_PEOPLE,
            422,
            method="post",
        )
        for name in ("join", "move", "leave", "split", "merge")
    ),
    Row("class_groups:split", "/class-groups/{class_group}/split/", Action.MANAGE_PEOPLE, 200),
    Row("class_groups:merge", "/class-groups/{class_group}/merge/", Action.MANAGE_PEOPLE, 200),
    # It has lessons and members.
    Row("class_groups:delete", "/class-groups/{class_group}/delete/", Action.MANAGE_PEOPLE, 200),
    Row(
        "class_groups:delete",
        "/class-groups/{class_group}/delete/",
        Action.MANAGE_PEOPLE,
        409,
        method="post",
    ),
    # --- Courses, for those who plan
    Row("courses:courses", "/courses/", Action.PLAN_LESSONS, 200),
    Row("courses:new", "/courses/new/", Action.PLAN_LESSONS, 200),
    Row("courses:new", "/courses/new/", Action.PLAN_LESSONS, 422, method="post"),
    Row("courses:course", "/courses/{course}/", Action.PLAN_LESSONS, 200),
    Row("courses:change", "/courses/{course}/change/", Action.PLAN_LESSONS, 200),
    Row("courses:change", "/courses/{course}/change/", Action.PLAN_LESSONS, 422, method="post"),
    Row("courses:delete", "/courses/{course}/delete/", Action.PLAN_LESSONS, 200),
    Row("courses:delete", "/courses/{course}/delete/", Action.PLAN_LESSONS, 409, method="post"),
    # --- Attendance
    Row(
        "attendance:lesson",
        "/schedule/lessons/{lesson}/attendance/",
        Action.SEE_ATTENDANCE,
        200,
    ),
    Row(
        "attendance:lesson",
        "/schedule/lessons/{lesson}/attendance/",
        Action.CORRECT_ATTENDANCE,
        422,
        refused=403,
        method="post",
        seen=Action.SEE_ATTENDANCE,
    ),
    Row(
        "attendance:lesson_xlsx",
        "/schedule/lessons/{lesson}/attendance.xlsx",
        Action.SEE_ATTENDANCE,
        200,
    ),
    Row("attendance:alarm_take", "/schedule/alarms/{alarm}/take/", Action.TAKE_ALARM, 200),
    Row(
        "attendance:alarm_take",
        "/schedule/alarms/{alarm}/take/",
        Action.TAKE_ALARM,
        422,
        method="post",
        data=(("note", "长" * 201),),
    ),
    # --- Who is told of alarms, and how classes start
    Row("attendance:duty", "/schedule/now/duty/", Action.SET_DUTY, 200),
    Row("attendance:duty", "/schedule/now/duty/", Action.SET_DUTY, 422, method="post"),
    Row(
        "attendance:duty_remove",
        "/schedule/now/duty/none/remove/",
        Action.SET_DUTY,
        404,
        method="post",
    ),
    Row("attendance:class_starts", "/schedule/now/starts/", Action.SEE_CLASS_STARTS, 200),
    Row(
        "attendance:class_starts",
        "/schedule/now/starts/?by=course&sort=late",
        Action.SEE_CLASS_STARTS,
        200,
    ),
    Row("attendance:class_starts_xlsx", "/schedule/now/starts.xlsx", Action.SEE_CLASS_STARTS, 200),
    Row("attendance:missing", "/attendance/missing/", Action.SEE_MISSING_ATTENDANCE, 200),
    *(
        Row(
            "attendance:course_rules",
            "/attendance/courses/{course}/",
            Action.SET_ATTENDANCE_RULES,
            allowed,
            method=method,
        )
        for method, allowed in (("get", 200), ("post", "/courses/{course}/"))
    ),
    # --- Terms: their calendar, and what comes from files
    Row("schedule:term_days", "/schedule/terms/{term}/days/", Action.PLAN_LESSONS, 200),
    Row(
        "schedule:term_day",
        "/schedule/terms/{term}/days/{first_monday}/",
        Action.PLAN_LESSONS,
        200,
    ),
    Row(
        "schedule:term_day",
        "/schedule/terms/{term}/days/{first_monday}/",
        Action.PLAN_LESSONS,
        "/schedule/terms/{term}/days/#week-1",
        method="post",
    ),
    *(
        Row(f"schedule:term_day{name}", f"/schedule/terms/{{term}}/days/off/{rest}", *plans)
        for plans in [(Action.PLAN_LESSONS, 200)]
        for name, rest in (
            ("s_off", ""),
            ("_off", "{day_off}/"),
            ("_off_delete", "{day_off}/delete/"),
        )
    ),
    Row(
        "schedule:term_days_fill",
        "/schedule/terms/{term}/days/fill/",
        Action.PLAN_LESSONS,
        "/schedule/terms/{term}/days/",
        method="post",
    ),
    Row(
        "schedule:weekly_lessons_import", "/schedule/terms/{term}/import/", Action.PLAN_LESSONS, 200
    ),
    Row(
        "schedule:weekly_lessons_import",
        "/schedule/terms/{term}/import/",
        Action.PLAN_LESSONS,
        422,
        method="post",
    ),
    Row(
        "schedule:weekly_lessons_import_template",
        "/schedule/terms/{term}/import/template.xlsx",
        Action.PLAN_LESSONS,
        200,
    ),
    Row("schedule:fet_import", "/schedule/terms/{term}/fet/", Action.PLAN_LESSONS, 200),
    # --- Robots of groups, one of which is the cast's class group's
    Row("schedule:channels", "/schedule/channels/", Action.MANAGE_CHANNELS, 200),
    Row("schedule:channel_new", "/schedule/channels/new/", Action.MANAGE_CHANNELS, 200),
    Row(
        "schedule:channel_address",
        "/schedule/channels/{channel}/address/",
        Action.MANAGE_CHANNELS,
        200,
    ),
    Row(
        "schedule:channel_remove",
        "/schedule/channels/{channel}/remove/",
        Action.MANAGE_CHANNELS,
        200,
    ),
    *(
        Row(
            f"schedule:channel_{what}",
            f"/schedule/channels/{{channel}}/{what}/",
            Action.MANAGE_CHANNELS,
            "/schedule/channels/",
            method="post",
        )
        for what in ("pause", "resume", "test", "alarms")
    ),
    # --- People: a student who is nobody of the cast
    Row("people:people", "/people/?q=ming", Action.MANAGE_PEOPLE, 200),
    Row("people:new", "/people/new/", Action.MANAGE_PEOPLE, 200),
    Row("people:start_passwords", "/people/start-passwords/", Action.MANAGE_PEOPLE, 200),
    Row("people:person", "/people/{person}/", Action.MANAGE_PEOPLE, 200),
    Row("people:change", "/people/{person}/change/", Action.MANAGE_PEOPLE, 200),
    *(
        Row(
            f"people:{name}",
            f"/people/{{person}}/{name.replace('_', '-')}/",
            Action.MANAGE_PEOPLE,
            "/people/{person}/",
            method="post",
            data=(("confirm", "1"),),
        )
        # There is no start password for whose account is closed, so that none stands on a page here.
        for name in (
            *("sign_out", "reactivate", "register_again", "picture"),
            *("deactivate", "start_password"),
        )
    ),
    # They have no mail address, are in no class group, and keep their roles.
    Row(
        "people:mail_link", "/people/{person}/mail-link/", Action.MANAGE_PEOPLE, 404, method="post"
    ),
    Row(
        "people:join",
        "/people/{person}/class-groups/join/",
        Action.MANAGE_PEOPLE,
        422,
        method="post",
    ),
    Row(
        "people:leave",
        "/people/{person}/class-groups/leave/",
        Action.MANAGE_PEOPLE,
        404,
        method="post",
    ),
    Row(
        "people:withdrawn_role",
        "/people/{person}/withdrawn-role/",
        Action.MANAGE_PEOPLE,
        404,
        method="post",
    ),
    # --- Incidents with personal data
    Row("incidents:incidents", "/people/incidents/", Action.NOTE_INCIDENTS, 200),
    Row("incidents:new", "/people/incidents/new/", Action.NOTE_INCIDENTS, 200),
    Row("incidents:new", "/people/incidents/new/", Action.NOTE_INCIDENTS, 422, method="post"),
    Row("incidents:incident", "/people/incidents/{incident}/", Action.NOTE_INCIDENTS, 200),
    Row("incidents:change", "/people/incidents/{incident}/change/", Action.NOTE_INCIDENTS, 200),
    Row(
        "incidents:change",
        "/people/incidents/{incident}/change/",
        Action.NOTE_INCIDENTS,
        422,
        method="post",
    ),
    # --- The yearly report on personal data
    Row(
        "yearly_report:this_year",
        "/people/privacy-report/",
        Action.SEE_PRIVACY_REPORT,
        "/people/privacy-report/{year}/",
    ),
    Row("yearly_report:report", "/people/privacy-report/{year}/", Action.SEE_PRIVACY_REPORT, 200),
    Row("yearly_report:file", "/people/privacy-report/{year}.xlsx", Action.SEE_PRIVACY_REPORT, 200),
    # --- Erasing people: somebody for whom it was asked and withdrawn, so that nobody is
    Row("people:erasures", "/people/erasures/", Action.ERASE_PEOPLE, 200),
    Row("people:erasure", "/people/erasures/{erasure}/", Action.ERASE_PEOPLE, 200),
    Row("people:ask_erasure", "/people/{person}/erasure/", Action.ERASE_PEOPLE, 200),
    Row(
        "people:ask_erasure",
        "/people/{person}/erasure/",
        Action.ERASE_PEOPLE,
        422,
        method="post",
    ),
    *(
        Row(
            f"people:{name}_erasure",
            f"/people/erasures/{{erasure}}/{path}/",
            Action.ERASE_PEOPLE,
            "/people/erasures/{erasure}/",
            method="post",
        )
        for name, path in (
            *(("confirm", "confirm"), ("withdraw", "withdraw")),
            *(("check", "check"), ("decide", "places")),
        )
    ),
    # --- Replays: the one of the cast's lesson, which its students may not download
    Row("replays:list", "/replays/", Action.USE_PLATFORM, 200),
    Row("replays:detail", "/replays/{replay}/", Action.SEE_REPLAY, 200),
    Row("replays:play", "/replays/{replay}/play/", Action.SEE_REPLAY, RECORDING),
    # The replay's file is a single one, which has no pieces.
    Row("replays:play_part", "/replays/{replay}/play/1/000.ts", Action.SEE_REPLAY, 409),
    Row(
        "replays:progress",
        "/replays/{replay}/progress/",
        Action.SEE_REPLAY,
        204,
        method="post",
        data=(("file", "1"), ("position_s", "7.5")),
    ),
    Row(
        "replays:download",
        "/replays/{replay}/download/",
        Action.DOWNLOAD_REPLAY,
        RECORDING,
        refused=403,
        seen=Action.SEE_REPLAY,
    ),
    Row(
        "replays:share",
        "/replays/{replay}/share/",
        Action.SHARE_REPLAY,
        "/replays/{replay}/",
        method="post",
    ),
    Row(
        "replays:revoke_share",
        "/replays/{replay}/share/revoke/",
        # The link is somebody else's. One's own is for who sees the replay.
        Action.SEE_ALL_LINKS,
        "/replays/{replay}/",
        method="post",
        data=(("share", "{link}"),),
    ),
    # What a link opens is for everybody who has it, and none of these leads to the sign-in.
    Row("replays:shared", "/replays/shared/{token}/", Action.SIGN_IN, 200, is_public=True),
    Row("replays:shared", "/replays/shared/none/", Action.SIGN_IN, 404, is_public=True),
    Row("replays:shared_cut", "/replays/shared/{token}", Action.SIGN_IN, 200, is_public=True),
    Row(
        "replays:shared_play_cut",
        "/replays/shared/{token}/play",
        Action.SIGN_IN,
        RECORDING,
        is_public=True,
    ),
    Row(
        "replays:shared_download_cut",
        "/replays/shared/{token}/download",
        Action.SIGN_IN,
        403,
        is_public=True,
    ),
    Row(
        "replays:shared_play",
        "/replays/shared/{token}/play/",
        Action.SIGN_IN,
        RECORDING,
        is_public=True,
    ),
    Row(
        "replays:shared_play_part",
        "/replays/shared/{token}/play/1/none.ts",
        Action.SIGN_IN,
        409,
        is_public=True,
    ),
    Row(
        "replays:shared_download",
        "/replays/shared/{token}/download/",
        Action.SIGN_IN,
        403,
        is_public=True,
    ),
    Row("replays:late", "/replays/late/", Action.SEE_LATE_REPLAYS, 200),
    Row(
        "replays:ask_all",
        "/replays/late/ask/",
        Action.SEE_LATE_REPLAYS,
        "/replays/late/",
        method="post",
    ),
    Row("replays:usage", "/replays/usage/", Action.SEE_RECORDING_COSTS, 200),
    Row("replays:usage_xlsx", "/replays/usage.xlsx", Action.SEE_RECORDING_COSTS, 200),
    Row("replays:export", "/replays/export/?format=csv", Action.EXPORT_REPLAYS, 200),
    Row("replays:delete_many", "/replays/delete/?code={replay}", Action.DELETE_REPLAY, 200),
    Row(
        "replays:delete",
        "/replays/{replay}/delete/",
        Action.DELETE_REPLAY,
        "/replays/",
        method="post",
    ),
    *(
        Row(
            f"replays:{what}",
            f"/replays/{{replay}}/{what}/",
            action,
            "/replays/{replay}/",
            method="post",
        )
        for what, action in (("ask", Action.ASK_CLOUD), ("restore", Action.DELETE_REPLAY))
    ),
    # --- Courseware: a song of the cast's teacher, in the cast's lesson, and for its students too
    Row("courseware:list", "/courseware/", Action.USE_PLATFORM, 200),
    Row("courseware:detail", "/courseware/{song}/", Action.SEE_COURSEWARE, 200),
    Row("courseware:state", "/courseware/{song}/state/", Action.SEE_COURSEWARE, 200),
    Row("courseware:preview", "/courseware/{song}/preview/", Action.SEE_COURSEWARE, 200),
    Row("courseware:media", "/courseware/{song}/media/", Action.SEE_COURSEWARE, 200, method="head"),
    # A song has none; who sees that of an image is tested beside it.
    Row("courseware:thumbnail", "/courseware/{song}/thumbnail/", Action.SEE_COURSEWARE, 404),
    Row(
        "courseware:file",
        "/courseware/{song}/file/",
        Action.DOWNLOAD_COURSEWARE,
        200,
        method="head",
    ),
    Row(
        "courseware:rename",
        "/courseware/{song}/rename/",
        Action.CHANGE_COURSEWARE,
        422,
        method="post",
    ),
    *(
        Row(
            f"courseware:{what}",
            f"/courseware/{{song}}/{what}/",
            Action.CHANGE_COURSEWARE,
            "/courseware/{song}/",
            method="post",
        )
        for what in ("tags", "public", "retry")
    ),
    Row("courseware:replace", "/courseware/{song}/replace/", Action.REPLACE_COURSEWARE, 200),
    Row(
        "courseware:replace",
        "/courseware/{song}/replace/",
        Action.REPLACE_COURSEWARE,
        422,
        method="post",
    ),
    *(
        Row(
            name,
            f"/courseware/{{song}}/replace/{what}/",
            Action.REPLACE_COURSEWARE,
            "/courseware/{song}/",
            method="post",
        )
        for name, what in (("courseware:retry_newer", "retry"), ("courseware:keep_present", "keep"))
    ),
    # A lesson uses it, and nobody has confirmed.
    Row(
        "courseware:delete",
        "/courseware/{song}/delete/",
        Action.CHANGE_COURSEWARE,
        409,
        method="post",
    ),
    Row("courseware:upload", "/courseware/upload/", Action.UPLOAD_COURSEWARE, 200, refused=403),
    # Programs speak here, and these forgot to say in which version: that is heard by who may upload.
    *(
        Row(
            name,
            path,
            Action.UPLOAD_COURSEWARE,
            412,
            refused=403,
            method=method,
            is_public=True,
            visitor=403,
        )
        for name, method, path in (
            ("courseware:uploads", "post", "/courseware/uploads/"),
            ("courseware:upload_parts", "delete", "/courseware/uploads/none/"),
        )
    ),
    # The cloud comes with a token, and nobody has one by being somebody.
    Row(
        "courseware:fetch",
        "/courseware/fetch/none/none.pdf",
        Action.SIGN_IN,
        404,
        is_public=True,
    ),
    # --- Families: their link shows a button, and behind it their children
    Row("families:page", "/family/{family}/", Action.SIGN_IN, 200, is_public=True),
    Row("families:page", "/family/{family}/?child={pupil}", Action.SIGN_IN, 200, is_public=True),
    Row("families:all", "/family/", Action.SIGN_IN, 404, is_public=True),
    Row(
        "family_elsewhere",
        "/family/{family}",
        Action.SIGN_IN,
        "/family/{family}/",
        is_public=True,
    ),
    *(
        Row(
            "families:feed",
            f"/family/{{family}}/feed/{query}",
            Action.SEE_CHILD,
            allowed,
            refused="/family/{family}/",
            is_public=True,
            visitor="/family/{family}/",
        )
        for query, allowed in (("", 200), ("?child={pupil}", 200), ("?child={person}", 404))
    ),
    Row(
        "family_mails:mail",
        "/family/{family}/mail/",
        Action.SEE_CHILD,
        200,
        refused="/family/{family}/",
        is_public=True,
        visitor="/family/{family}/",
    ),
    *(
        Row(
            f"family_replays:{name}",
            f"/family/{{family}}/replays/{{replay}}/{below}",
            Action.WATCH_AS_FAMILY,
            allowed,
            refused="/family/{family}/",
            is_public=True,
            visitor="/family/{family}/",
        )
        for name, below, allowed in (
            ("replay", "", 200),
            ("play", "play/", RECORDING),
            ("play_part", "play/1/000.ts", 409),
        )
    ),
    # Mails come with a token, and nobody has one by being somebody.
    *(
        Row(f"family_mails:{name}", f"/family/{path}", Action.SIGN_IN, 404, is_public=True)
        for name, path in (
            ("confirm", "confirm/none/"),
            ("confirm_cut", "confirm/none"),
            ("stop", "stop/none/"),
            ("stop_cut", "stop/none"),
        )
    ),
    # --- What courseware the cast's lesson has
    Row("courseware:lesson", "/courseware/lessons/{lesson}/", Action.BIND_COURSEWARE, 200),
    Row(
        "courseware:bind",
        "/courseware/lessons/{lesson}/bind/",
        Action.BIND_COURSEWARE,
        "/courseware/lessons/{lesson}/",
        method="post",
    ),
    *(
        Row(
            name,
            f"/courseware/lessons/{{lesson}}/{what}/",
            Action.BIND_COURSEWARE,
            404,
            method="post",
        )
        for name, what in (
            ("courseware:change_binding", "change"),
            ("courseware:move_binding", "move"),
            ("courseware:unbind", "remove"),
            ("courseware:unbind_from_course", "remove-from-course"),
        )
    ),
    # --- The cloud: who they are, people sign nothing with its key
    Row(
        "classroom:callback",
        "/callbacks/classroom/",
        Action.SIGN_IN,
        400,
        method="post",
        is_public=True,
    ),
    # --- Signing in
    # There are keys here, and nobody has a ticket by being somebody.
    Row("handover", "/accounts/handover/", Action.SIGN_IN, 403, is_public=True),
    Row("account_login", LOGIN, Action.SIGN_IN, HOME, is_public=True, visitor=200),
    Row(
        "account_logout",
        "/accounts/logout/",
        Action.SIGN_IN,
        LOGIN,
        method="post",
        is_public=True,
        visitor=LOGIN,
    ),
    # There is no CAS server here.
    Row("cas_login", "/accounts/cas/login/", Action.SIGN_IN, 404, is_public=True),
    Row("cas_callback", "/accounts/cas/callback/", Action.SIGN_IN, 404, is_public=True),
    # The school has no provider of OpenID Connect here.
    Row(
        "openid_connect_login",
        "/accounts/oidc/school/login/",
        Action.SIGN_IN,
        404,
        method="post",
        is_public=True,
    ),
    Row(
        "openid_connect_callback",
        "/accounts/oidc/school/login/callback/",
        Action.SIGN_IN,
        404,
        is_public=True,
    ),
    Row(
        "openid_connect_sign_out",
        "/accounts/oidc/school/backchannel-logout/",
        Action.SIGN_IN,
        404,
        method="post",
        is_public=True,
    ),
    Row("account_signup", "/accounts/signup/", Action.SIGN_IN, HOME, is_public=True, visitor=200),
    Row("account_inactive", "/accounts/inactive/", Action.SIGN_IN, 200, is_public=True),
    # The people of the cast have no password yet, so they set one instead of changing it.
    Row(
        "account_change_password",
        "/accounts/password/change/",
        Action.USE_PLATFORM,
        "/accounts/password/set/",
    ),
    Row("account_set_password", "/accounts/password/set/", Action.USE_PLATFORM, 200),
    # --- The second factor: nobody of the cast has one, nor a password that could be typed again
    Row("account_reauthenticate", "/accounts/reauthenticate/", Action.USE_PLATFORM, 403),
    Row("mfa_reauthenticate", "/accounts/second-factor/code-again/", Action.USE_PLATFORM, 403),
    Row(
        "second_factor_go_on",
        "/accounts/second-factor/go-on/",
        Action.USE_PLATFORM,
        HOME,
        method="post",
    ),
    Row("second_factor_again", "/accounts/second-factor/again/", Action.USE_PLATFORM, 403),
    Row(
        "mfa_authenticate",
        "/accounts/second-factor/code/",
        Action.SIGN_IN,
        HOME,
        is_public=True,
        visitor=LOGIN,
    ),
    Row("mfa_index", "/accounts/second-factor/", Action.USE_PLATFORM, 200),
    Row("mfa_activate_totp", "/accounts/second-factor/set-up/", Action.USE_PLATFORM, 200),
    Row("mfa_deactivate_totp", "/accounts/second-factor/remove/", Action.USE_PLATFORM, 404),
    Row(
        "mfa_view_recovery_codes",
        "/accounts/second-factor/recovery-codes/",
        Action.USE_PLATFORM,
        404,
    ),
    Row(
        "mfa_generate_recovery_codes",
        "/accounts/second-factor/recovery-codes/new/",
        Action.USE_PLATFORM,
        200,
    ),
    # These send mail: there is a server for it here.
    Row("account_reset_password", "/accounts/password/reset/", Action.SIGN_IN, 200, is_public=True),
    Row(
        "account_reset_password_done",
        "/accounts/password/reset/done/",
        Action.SIGN_IN,
        200,
        is_public=True,
    ),
    Row(
        "account_reset_password_from_key",
        "/accounts/password/reset/key/1-none/",
        Action.SIGN_IN,
        200,
        is_public=True,
    ),
    Row(
        "account_reset_password_from_key_done",
        "/accounts/password/reset/key/done/",
        Action.SIGN_IN,
        200,
        is_public=True,
    ),
)


def app_of(row: Row) -> str:
    return row.name.rpartition(":")[0]


# Each app has one row here about each action.
FIRST_ROWS = {(app_of(row), row.action): row for row in reversed(ROWS)}
# The sign-out asks first, the choice of a language leads back, and the collection of uploads refuses before.
OTHERWISE_BY_GET = {
    "/accounts/logout/",
    "/language/",
    "/courseware/uploads/",
    # It asks before it is done.
    "/people/{person}/deactivate/",
}
POST_ONLY = sorted(
    {row.path for row in ROWS if row.method == "post"}
    - {row.path for row in ROWS if row.method == "get"}
    - OTHERWISE_BY_GET
)


@pytest.fixture(autouse=True)
def _mail_is_sent(settings: Any) -> None:
    settings.SENDS_MAIL = True


@pytest.fixture(autouse=True)
def _tickets_are_taken(settings: Any) -> None:
    """Accept hand-over tickets of the school's own site."""
    settings.HANDOVER_KEYS = tickets.handover_keys()


def _withdrawn_erasure() -> str:
    erasure = asking.ask(UserFactory.create(), by=None, reason="")
    asking.withdraw(erasure, by=UserFactory.create(roles=[Role.ADMINISTRATOR]))
    return erasure.key


@pytest.fixture
def places(lesson: Lesson) -> dict[str, str]:
    """The lesson of the cast, its replay and courseware, and a draft that is alike."""
    plan = LessonPlan(
        course=lesson.course,
        teacher=lesson.teacher,
        assistants=tuple(lesson.assistants.all()),
        class_groups=tuple(lesson.class_groups.all()),
        starts_at=lesson.ends_at,
        ends_at=lesson.ends_at + (lesson.ends_at - lesson.starts_at),
    )
    file = ReplayFileFactory.create(replay__lesson=lesson, url=RECORDING)
    song = CoursewareFactory.create(owner=lesson.teacher, suffix="mp3")
    BindingFactory.create(courseware=song, lesson=lesson, release=Release.BEFORE)
    token = secrets.token_urlsafe(32)
    links = [
        Share.objects.create(
            replay=file.replay,
            token_digest=digest_of(text),
            created_by=lesson.teacher,
            expires_at=timezone.now() + dt.timedelta(days=7),
        )
        for text in (token, "another")
    ]
    (class_group,) = lesson.class_groups.all()
    MembershipFactory.create(
        user=lesson.teacher, class_group=class_group, kind=MembershipKind.CLASS_TEACHER
    )
    # Its address cannot be read, so that no test message leaves.
    channel = ChannelFactory.create(class_group=class_group)
    type(channel).objects.update(encrypted_address="none")
    draft = schedule_lesson(plan, is_draft=True)
    imported = PlanningAction(origin=ActionOrigin.IMPORT)
    length = plan.ends_at - plan.starts_at
    later = replace(plan, starts_at=plan.ends_at, ends_at=plan.ends_at + length)
    schedule_lesson(later, action=imported)
    import_users(csv_of("用户名,姓名,角色", "路人,路人,学生"), file_name="名单.csv")
    people_file = ImportedFile.objects.get()
    weekly_lesson = WeeklyLessonFactory.create(teacher=lesson.teacher)
    pupil = MembershipFactory.create(class_group=class_group).user
    now = timezone.now()
    alarm = Alarm.objects.create(
        lesson=lesson, kind=AlarmKind.NOT_STARTED, certain_at=now, raised_at=now
    )
    family = make_family(pupil)
    SchoolSettings.objects.update_or_create(pk=1, defaults={"families_may_watch": True})
    slips = FamilySlips.objects.create(class_group=class_group, printed_by=lesson.teacher)
    work = Work.objects.create(
        kind=PLAN_TERM.name,
        scope="term",
        arguments={"name": "秋季学期", "term": weekly_lesson.term.code},
        asked_by=UserFactory.create(roles=[Role.PLANNER]),
        output=b"made",
        output_type="text/plain",
    )
    return {
        "work": work.code,
        "alarm": alarm.code,
        "year": str(timezone.localdate().year),
        "incident": Incident.objects.create(
            noticed_on=now.date(), what="名单发错了群", noted_by=work.asked_by
        ).code,
        "person": UserFactory.create(username="ming", roles=[Role.STUDENT]).code or "",
        "erasure": _withdrawn_erasure(),
        "pupil": pupil.code or "",
        # It is ended; that of the addresses of families goes on.
        "family_link": make_family(pupil).link.code,
        "slips": slips.code,
        # One that is used, and one that is revoked.
        "token": token,
        "feed": feeds.make_token(UserFactory.create(), at=timezone.now()),
        "family": family.token,
        "guest": invite_guest(lesson, "李作家", by=lesson.teacher, at=now)[1],
        "other_guest": invite_guest(lesson, "李作家", by=lesson.teacher, at=now)[0].code,
        "wall": make_wall("走廊", by=UserFactory.create(), at=timezone.now()),
        "link": links[1].code,
        "song": song.code,
        "channel": channel.code,
        "term": weekly_lesson.term.code,
        "first_monday": str(weekly_lesson.term.first_monday),
        "weekly_lesson": weekly_lesson.code,
        "bell_list": weekly_lesson.term.bell_lists.create(name="夏令").code,
        "from_day": ChangeFromDay.objects.create(
            action=PlanningAction.objects.create(),
            term=weekly_lesson.term,
            first_day=weekly_lesson.term.first_monday,
        ).action.code,
        "day_off": weekly_lesson.term.part_days_off.create(
            first_day=weekly_lesson.term.first_monday,
            last_day=weekly_lesson.term.first_monday,
            from_bell=5,
        ).code,
        "class_group": class_group.code,
        "school_year": SchoolYear.objects.create(
            first_day=timezone.localdate(),
            begun_by=UserFactory.create(roles=[Role.PLANNER]),
            counts={"rise": 2, "leave": 1, "stay": 0, "archive": 1, "people": 80},
        ).code,
        "course": lesson.course.code,
        "lesson": lesson.code,
        "draft": draft.code,
        "change": lesson.changes.get().action.code,
        "change_of_draft": draft.changes.get().action.code,
        "imported": imported.code,
        "people_file": people_file.code,
        "replay": file.replay.code,
    }


@pytest.fixture
def called(places: dict[str, str]) -> set[str]:
    """Return what is nobody's word: names to sign in by, codes, tokens, where a recording lies."""
    usernames = User.objects.get_queryset().values_list("username", flat=True)
    return {*places.values(), *RELATIONS, *usernames, urlsplit(RECORDING).netloc, "RoomId"}


@pytest.fixture
def visit(request: pytest.FixtureRequest, places: dict[str, str]) -> Callable[..., Any]:
    # Everybody comes with a browser of their own; the site behind it is made ready once.
    site = Client().handler
    browsers: dict[str, Client] = {}

    def open_browser(who: str) -> Client:
        client = Client(raise_request_exception=False)
        client.handler = site
        if who == FAMILY:
            client.post(f"/family/{places['family']}/")
        elif who == GUEST:
            client.get(f"/guest/{places['guest']}/")
        elif who != VISITOR:
            client.force_login(request.getfixturevalue(who))
        return client

    def ask(
        who: str, method: str, path: str, data: dict[str, str] | None = None, **headers: str
    ) -> Any:
        client = browsers.pop(who, None) or open_browser(who)
        answer = getattr(client, method)(path, data, headers=headers)
        # What was sent may have signed them out, or left a message: they come with a new one then.
        if method != "post" or not answer.cookies:
            browsers[who] = client
        return answer

    return ask


def heard(answer: Any) -> int | str:
    """The status, or where a redirect leads."""
    if answer.status_code not in {301, 302, 303}:
        return int(answer.status_code)
    target = str(answer["Location"])
    return TO_LOGIN if target.startswith(f"{LOGIN}?next=") else target


def is_asked(row: Row, who: str) -> bool:
    is_first = row is FIRST_ROWS[app_of(row), row.action]
    if who in MAY_THE_SAME_AS:
        return is_first
    if who in MAY_MORE_THAN:
        return is_first or not may(row.action, RELATIONS[MAY_MORE_THAN[who]])
    if who in NOT_ASKED.get(row.action, ()):
        return False
    return who not in MAY_LESS_THAN or is_first or may(row.action, RELATIONS[MAY_LESS_THAN[who]])


def is_missing(answer: Any) -> bool:
    """Tell whether this is the page for all that is not there: who has read it once knows it."""
    first = [each.name for each in answer.templates[:1]]
    return bool(answer.status_code == 404 and first == ["404.html"])


def test_who_is_not_asked_may_no_more_than_who_is():
    more = [
        (who, action)
        for who, other in (MAY_LESS_THAN | MAY_THE_SAME_AS).items()
        for action in Action
        if may(action, RELATIONS[who]) and not may(action, RELATIONS[other])
    ]

    assert more == []
    assert all(RELATIONS[who] == RELATIONS[other] for who, other in MAY_THE_SAME_AS.items())
    assert all(RELATIONS[who] > RELATIONS[other] for who, other in MAY_MORE_THAN.items())


@pytest.mark.parametrize("who", RELATIONS)
def test_every_page_is_for_whom_the_table_says_and_is_chinese(
    who: str,
    places: dict[str, str],
    called: set[str],
    student: User,
    outsider: User,
    visit: Callable[..., Any],
):
    found = {}
    expected = {}
    words = {}
    has_read_of_missing = False
    for row in ROWS:
        if not is_asked(row, who):
            continue
        path = row.path.format(**places)
        key = f"{row.method} {row.path}"
        data = {name: value.format(**places) for name, value in row.data}
        answer = visit(who, row.method, path, data)
        found[key] = heard(answer)
        expected[key] = _expected(row, who, places)
        # Pages of imports list the headings that they accept, in both languages; guides are English.
        lists_headings = "/import/" in row.path or row.name in {"imports:people", "imports:lessons"}
        is_mixed = lists_headings or row.name == "help:guide"
        is_known = is_missing(answer) and has_read_of_missing
        has_read_of_missing |= is_missing(answer)
        words[key] = set() if is_mixed or is_known else wrong_words(answer, called)

    assert found == expected
    assert {key: texts for key, texts in words.items() if texts} == {}


def _expected(row: Row, who: str, places: dict[str, str]) -> int | str:
    said = _said(row, who)
    return said.format(**places) if isinstance(said, str) else said


def _said(row: Row, who: str) -> int | str:
    if who in NOT_SIGNED_IN and not row.is_public:
        return TO_LOGIN
    may_do = may(row.action, RELATIONS[who])
    if who in NOT_SIGNED_IN and row.visitor is not None and (who == VISITOR or not may_do):
        return row.visitor
    if may_do:
        return row.allowed
    return 404 if row.seen is not None and not may(row.seen, RELATIONS[who]) else row.refused


@pytest.mark.usefixtures("outsider")
def test_script_of_a_page_hears_no_more_than_its_people(
    places: dict[str, str], visit: Callable[..., Any]
):
    """A script that knows the version of a page hears whether it is the last one only if the page is theirs.

    People who are refused are so with the version or without: it is enough to ask those who may least.
    """
    found = {}
    expected: dict[tuple[str, str], int | str] = {}
    for row in (row for row in ROWS if row.name in LIVE and row.allowed == 200):
        path = row.path.format(**places)
        # Pages change with the clock, too: between the two visits none passes.
        with time_machine.travel(timezone.now(), tick=False):
            known = visit("superuser", "get", path)["X-Page-Version"]
            found["superuser", row.path] = heard(
                visit("superuser", "get", path, **{"X-Page-Version": known})
            )
        expected["superuser", row.path] = 204
        for who in (VISITOR, "outsider"):
            answer = visit(who, "get", path, **{"X-Page-Version": known})
            found[who, row.path] = 200 if answer.status_code == 204 else heard(answer)
            expected[who, row.path] = _expected(row, who, places)

    assert found == expected


@pytest.mark.usefixtures("outsider")
def test_what_changes_something_is_never_a_get(places: dict[str, str], visit: Callable[..., Any]):
    """People who may least and who may most hear the same: the method is looked at before rights are."""
    asked = [(who, path) for who in ("outsider", "superuser") for path in POST_ONLY]

    heard_of = {
        (who, path): visit(who, "get", path.format(**places)).status_code for who, path in asked
    }

    assert heard_of == dict.fromkeys(asked, 405)


@pytest.mark.usefixtures("student", "outsider")
def test_lesson_that_is_unknown_or_a_draft_is_missing_for_everybody(
    places: dict[str, str], visit: Callable[..., Any]
):
    paths = {
        "nonesuch/": "get",
        "nonesuch/enter/": "post",
        "nonesuch/reopen/": "post",
        "nonesuch/record/": "post",
        f"{places['draft']}/enter/": "post",
    }
    asked = [(who, path) for who in RELATIONS.keys() - NOT_SIGNED_IN for path in paths]

    heard_of = {
        (who, path): visit(who, paths[path], f"/schedule/lessons/{path}").status_code
        for who, path in asked
    }

    assert heard_of == dict.fromkeys(asked, 404)


def test_family_reads_of_no_other_child_at_any_address(
    places: dict[str, str], lesson: Lesson, student: User, visit: Callable[..., Any]
):
    """Ask for all that is public, where nothing is said of a child in the same lesson; the rest leads to the sign-in."""
    student.display_name = "林别家"
    student.save(update_fields=["display_name"])
    told = {}
    for row in (row for row in ROWS if row.is_public and row.method == "get"):
        path = row.path.format(**places)
        for query in ("", f"{'&' if '?' in path else '?'}child={student.code}"):
            answer = visit(FAMILY, "get", path + query)
            text = "" if answer.streaming else answer.content.decode(errors="replace")
            # The code stands in the address that was asked for, which pages may repeat.
            if student.display_name in text:
                told[path + query] = answer.status_code

    assert told == {}
    assert (
        visit(FAMILY, "get", f"/family/{places['family']}/?child={student.code}").status_code == 404
    )


# --- The administration ---------------------------------------------------------------------------


def all_patterns(
    patterns: list[URLPattern | URLResolver], path: str = "", space: str = ""
) -> Iterator[tuple[str, str]]:
    """Every address of the resolver, with the name of its route."""
    for pattern in patterns:
        here = path + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from all_patterns(pattern.url_patterns, here, inner)
        else:
            yield here, f"{space}{pattern.name}"


ALL_ROUTES = list(all_patterns(get_resolver().url_patterns))
ADMIN_ROUTES = [(path, name) for path, name in ALL_ROUTES if path.startswith("admin/")]
# Pages of the administration that belong to no model; all who may administer have them.
ADMIN_PAGES = {
    "index",
    "login",
    "logout",
    "password_change",
    "password_change_done",
    "jsi18n",
    "autocomplete",
    "doctor",
    "view_on_site",
    "app_list",
    "None",
}


def test_every_address_has_a_row():
    rows = {row.name for row in ROWS}
    routes = {name for path, name in ALL_ROUTES if not path.startswith("admin/")}

    assert routes - rows == set()
    assert rows - routes == set()


# Planners do not have these of the pages of the administration.
ADMINISTRATORS_PAGES = {"admin/doctor/"}


def admin_path(pattern: str) -> str:
    """An address of the administration about an object that does not exist."""
    filled = pattern.replace("(?P<url>.*)$", "nonsense/")
    # All staff look after something of the timetable, in whatever order the apps are registered.
    filled = re.sub(r"\^\(\?P<app_label>\w+\|.*", "schedule/", filled)
    return "/" + re.sub(r"<(\w+:)?\w+>", "999999", filled)


def admin_model(pattern: str) -> tuple[str, str] | None:
    """App and model that an address of the administration is about."""
    found = re.match(r"admin/(\w+)/(\w+)/", pattern)
    models = {(model._meta.app_label, model._meta.model_name) for model in admin.site._registry}
    return (found[1], found[2]) if found and (found[1], found[2]) in models else None


def may_administer_model(who: str, pattern: str) -> bool:
    if pattern in ADMINISTRATORS_PAGES:
        return who != "planner"
    about = admin_model(pattern)
    # These two tell nothing of what is not there: they lead to another page of the administration.
    leads_on = pattern.endswith(("/history/", "<path:object_id>/"))
    if about is None or leads_on:
        return True
    label = ".".join(about)
    reads = not pattern.endswith(("/add/", "/delete/", "/password/"))
    return may_use_model({Role(who)}, label, reads_only=reads)


STAFF = ("planner", "administrator", "superuser")
# Who may least and most there: what administrators read, one of these two reads as well.
READERS = ("planner", "superuser")
SETTINGS = "/admin/accounts/schoolsettings/"
# What others than superusers hear there: people have pages of their own.
SUPERUSERS_PAGES: dict[str, int | str] = {
    "/admin/accounts/user/": "/people/",
    "/admin/accounts/user/999999/change/": "/people/",
    "/admin/accounts/user/999999/password/": 403,
}


def test_every_page_of_the_administration_is_known():
    unknown = [
        name
        for path, name in ADMIN_ROUTES
        if admin_model(path) is None and name.removeprefix("admin:") not in ADMIN_PAGES
    ]

    assert unknown == []


@pytest.mark.parametrize(
    ("who", "methods"),
    [
        (VISITOR, ("get", "post")),
        # They are asked who they are before what they want: one of them tries to change something, too.
        ("student", ("get",)),
        ("supervisor", ("get",)),
        ("teacher", ("get", "post")),
    ],
)
def test_administration_is_closed_to_others(
    who: str, methods: tuple[str, ...], lesson: Lesson, visit: Callable[..., Any]
):
    open_to = {}
    for pattern, _name in ADMIN_ROUTES:
        path = admin_path(pattern)
        for method in methods:
            answer = visit(who, method, path)
            if not _is_turned_away(answer, who, path):
                open_to[f"{method} {path}"] = heard(answer)

    assert open_to == {}


def _is_turned_away(answer: Any, who: str, path: str) -> bool:
    """Sent to the sign-in, which refuses who is signed in without the right."""
    if path == "/admin/login/" and who != VISITOR:
        return bool(answer.status_code == 403)
    if path == "/admin/logout/" and who != VISITOR:
        return heard(answer) in {"/admin/", "/admin/login/?next=/admin/logout/"}
    return str(heard(answer)).startswith(("/admin/login/?next=", TO_LOGIN))


@pytest.fixture
def one_of_each(lesson: Lesson, student: User, places: dict[str, str]) -> None:
    """Make what the administration shows, and the story has not got yet."""
    Room.objects.create(lesson=lesson, room_id=300000001, sdk_app_id=3000001)
    ClassroomIdentity.objects.create(user=student, sdk_app_id=3000001)
    CallbackEventFactory.create()
    UploadFactory.create()
    Retention.objects.create(class_group=lesson.class_groups.all()[0], days=30)
    SchoolSettings.load().save()


@pytest.mark.usefixtures("one_of_each", *STAFF)
def test_administration_is_open_to_staff_as_far_as_their_models_go_and_is_chinese(
    called: set[str], visit: Callable[..., Any]
):
    called |= names_of_objects()
    found = {}
    expected = {}
    words = {}
    for pattern, _name in ADMIN_ROUTES:
        path = admin_path(pattern)
        if path == "/admin/logout/":
            continue
        answers = {who: visit(who, "get", path) for who in STAFF}
        for who, answer in answers.items():
            found[who, path] = heard(answer)
            is_allowed = who == "superuser" or may_administer_model(who, pattern)
            expected[who, path] = heard(answers["superuser"]) if is_allowed else 403
            if who != "superuser" and path in SUPERUSERS_PAGES:
                expected[who, path] = SUPERUSERS_PAGES[path]
            # Pages of imports list the headings that they accept, in both languages.
            if who in READERS and is_page(answer) and "import" not in path:
                words[who, path] = foreign_words(read(answer.content), called)

    assert found == expected
    assert {key: texts for key, texts in words.items() if texts} == {}
    lists = [admin_path(path) for path, name in ADMIN_ROUTES if name.endswith("_changelist")]
    answers = {path: found["superuser", path] for path in lists}
    # The school's settings are one row, to which their list leads on.
    leads_on = {path: answer for path, answer in answers.items() if answer != 200}
    assert leads_on.keys() == {SETTINGS}


def test_login_is_required_unless_a_page_says_otherwise():
    assert "django.contrib.auth.middleware.LoginRequiredMiddleware" in settings.MIDDLEWARE
