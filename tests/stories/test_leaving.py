"""Somebody leaves the school: what they had ends or is handed over, whoever closes their account, and does not come back."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.erasing.asking import ask, confirm
from accounts.models import Session, User
from accounts.services import leaving
from accounts.tasks import end_what_is_left
from attendance.enums import AlarmEnd, AlarmKind
from attendance.models import Alarm, DutyHours
from courseware.models import Courseware
from edu_platform.lib.secret_tokens import digest_of
from replays.models import Share
from schedule.feeds.writing import make_token
from schedule.imports.undo_files import undo_file
from schedule.imports.user_spreadsheet import UserImportOptions, import_users
from schedule.models import CalendarFeed, ClassGroup, FamilyLink, ImportedFile, Lesson
from tests.factories.accounts import UserFactory
from tests.factories.courseware import CoursewareFactory
from tests.factories.replays import ReplayFileFactory
from tests.factories.schedule import MembershipFactory
from tests.support.families import make_family
from tests.support.sheets import csv_of

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases("bulk writes and locks")]


def give(person: User, lesson: Lesson) -> str:
    """Give somebody one of all that ends or is handed over; return the secret part of their calendar's address."""
    at = timezone.now()
    Client().force_login(person)
    Share.objects.create(
        replay=ReplayFileFactory.create().replay,
        token_digest=digest_of(person.username),
        created_by=person,
        expires_at=at + dt.timedelta(days=7),
    )
    CoursewareFactory.create(owner=person)
    DutyHours.objects.create(person=person, weekday=1, starts=dt.time(8), ends=dt.time(12))
    taken_alarm(person, lesson)
    make_family(person, made_by=person)
    return make_token(person, at=at)


def taken_alarm(person: User, lesson: Lesson) -> Alarm:
    at = timezone.now()
    moments = {"certain_at": at, "raised_at": at, "told_at": at, "taken_at": at}
    kind = list(AlarmKind)[Alarm.objects.count()]
    return Alarm.objects.create(lesson=lesson, kind=kind, taken_by=person, **moments)


def has(person: User) -> set[str]:
    """Name what somebody still has."""
    at = timezone.now()
    things = {
        "session": Session.objects.filter(user=person),
        "feed": CalendarFeed.objects.filter(user=person),
        "link": Share.objects.not_ended(at=at).filter(created_by=person),
        "courseware": Courseware.objects.filter(owner=person),
        "duty": DutyHours.objects.filter(person=person),
        "alarm": Alarm.objects.open().filter(taken_by=person),
        "family": FamilyLink.objects.open().filter(children__person=person),
    }
    return {name for name, rows in things.items() if rows.exists()}


ALL = {"session", "feed", "link", "courseware", "duty", "alarm", "family"}


def test_all_of_it_ends_and_others_keep_theirs(lesson: Lesson, teacher: User, planner: User):
    for person in (teacher, planner):
        give(person, lesson)
    assert has(teacher) == ALL

    leaving.deactivate_people([teacher], by=planner)

    assert has(teacher) == set()
    assert has(planner) == ALL


def test_pages_say_before_what_would_end(lesson: Lesson, teacher: User):
    give(teacher, lesson)

    notes = leaving.leaving_notes(teacher, timezone.now())

    assert len(notes) == len(ALL)
    assert not leaving.leaving_notes(UserFactory.create(), timezone.now())


def test_secret_addresses_open_no_more_also_after_the_account_is_opened_again(
    lesson: Lesson, teacher: User
):
    token = give(teacher, lesson)
    calendar = f"/schedule/feeds/{token}.ics"
    link = f"/replays/shared/{teacher.username}/"
    assert Client().get(calendar).status_code == 200

    leaving.deactivate_people([teacher], by=None)
    leaving.reactivate_people([teacher], by=None)

    assert Client().get(calendar).status_code == 404
    assert Client().get(link).status_code == 404
    assert has(teacher) == set()


def test_courseware_is_the_schools_and_says_who_uploaded_it(teacher: User, planner: User):
    mine = CoursewareFactory.create(owner=teacher, is_public=True)
    version = CoursewareFactory.create(owner=teacher, version_of=mine, uploaded_by=planner)

    leaving.deactivate_people([teacher], by=None)

    mine.refresh_from_db()
    version.refresh_from_db()
    assert (mine.owner, mine.uploaded_by, mine.is_public) == (None, teacher, True)
    assert (version.owner, version.uploaded_by) == (None, planner)


def test_taken_alarms_wait_for_somebody_else_and_past_ones_say_who_took_them(
    lesson: Lesson, planner: User
):
    past = taken_alarm(planner, lesson)
    Alarm.objects.update(ended_at=timezone.now(), end=AlarmEnd.CAUSE_GONE)
    taken = taken_alarm(planner, lesson)

    leaving.deactivate_people([planner], by=None)

    past.refresh_from_db()
    taken.refresh_from_db()
    assert past.taken_by == planner
    assert (taken.taken_by, taken.taken_at) == (None, None)
    assert taken.due_at is not None


def test_an_import_that_deactivates_ends_it_too_and_its_undo_brings_none_of_it_back(
    lesson: Lesson, class_group: ClassGroup, student: User
):
    # Somebody of the class group stands in the file, the others are missing.
    other = MembershipFactory.create(class_group=class_group).user
    give(student, lesson)
    rows = csv_of(
        "username,display_name,role,class_groups,password",
        f"{other.username},{other.display_name},student,{class_group.name},",
    )
    options = UserImportOptions(deactivates_missing=True)

    import_users(rows, options=options, file_name="名单.csv")
    student.refresh_from_db()
    assert (student.is_active, has(student)) == (False, set())

    undo_file(ImportedFile.objects.get(), by=None)
    student.refresh_from_db()
    assert (student.is_active, has(student)) == (True, set())
    assert student.memberships.exists()


def test_every_night_ends_what_was_left_by_a_release_before(lesson: Lesson, teacher: User):
    give(teacher, lesson)
    stays = UserFactory.create()
    give(stays, lesson)
    User.objects.filter(pk=teacher.pk).update(is_active=False)

    for _night in range(2):
        end_what_is_left()

    assert has(teacher) == set()
    assert has(stays) == ALL


def test_a_night_costs_no_more_statements_for_many_who_have_left(lesson: Lesson):
    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            leaving.end_what_is_left(timezone.now())
        return len(queries)

    UserFactory.create(is_active=False)
    one = statements()
    UserFactory.create_batch(30, is_active=False)

    assert statements() == one


def test_confirming_that_somebody_is_erased_ends_it_at_once(
    lesson: Lesson, student: User, administrator: User, superuser: User
):
    give(student, lesson)
    erasure = ask(student, by=administrator, reason="")

    confirm(erasure, by=superuser, strikes_text=False)

    assert has(student) == set()
