"""Fields of a lesson that its rooms freeze: the one table of cases, which every way to ask has to agree with."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from schedule.enums import CloudStatus, RecordMode, RoomType
from schedule.history.snapshots import snapshot_of
from schedule.lessons.begun import (
    FROZEN_FIELDS,
    Begun,
    begun_among,
    begun_of,
    changed_fields,
    frozen_among,
    has_begun,
    is_begun,
    may_be_deleted,
)
from schedule.models import Lesson, Room
from schedule.models.lessons import any_room_has_begun, room_has_begun
from tests.factories.accounts import UserFactory
from tests.factories.schedule import LessonFactory

pytestmark = pytest.mark.django_db

NOT_STARTED, RUNNING, ENDED, EXPIRED = CloudStatus

# Rooms that were put aside, the current one, and what that makes of the class.
CASES = {
    "no room": ([], None, None),
    "room to come": ([], NOT_STARTED, None),
    "expired": ([], EXPIRED, None),
    "replaced because it expired": ([EXPIRED], NOT_STARTED, None),
    "running": ([], RUNNING, Begun.IN_CURRENT_ROOM),
    "ended": ([], ENDED, Begun.IN_CURRENT_ROOM),
    "ended, opened again": ([ENDED], NOT_STARTED, Begun.OPENED_AGAIN),
    "left running, opened again": ([RUNNING], NOT_STARTED, Begun.OPENED_AGAIN),
    "ended, opened again, expired": ([ENDED], EXPIRED, Begun.OPENED_AGAIN),
    "ended, its next room yet to be made": ([ENDED], None, Begun.OPENED_AGAIN),
    "first room expired, second ended, third to come": (
        [EXPIRED, ENDED],
        NOT_STARTED,
        Begun.OPENED_AGAIN,
    ),
    "ended, opened again, running": ([ENDED], RUNNING, Begun.IN_CURRENT_ROOM),
    "ended twice": ([ENDED, ENDED], ENDED, Begun.IN_CURRENT_ROOM),
}


def lesson_with(aside, current, **fields):
    lesson = LessonFactory.create()
    rooms = [(status, False) for status in aside]
    rooms += [] if current is None else [(current, True)]
    for generation, (status, is_current) in enumerate(rooms, start=1):
        Room.objects.create(
            lesson=lesson,
            room_id=lesson.pk * 10 + generation,
            sdk_app_id=1,
            generation=generation,
            cloud_status=status,
            is_current=is_current,
            **fields,
        )
    return lesson


@pytest.mark.both_databases("what a query says of rooms")
@pytest.mark.parametrize(("aside", "current", "begun"), CASES.values(), ids=CASES)
def test_class_has_begun_once_any_room_has(aside, current, begun):
    lesson = lesson_with(aside, current)
    # Rooms of other lessons change nothing.
    lesson_with([ENDED], RUNNING)
    lesson_with([], None)
    own = Lesson.objects.filter(pk=lesson.pk)
    is_listed = begun is not None

    assert begun_of(lesson) is begun
    assert begun_among([None, lesson.pk]) == ({lesson.pk: begun} if begun else {})
    assert has_begun(lesson) is is_listed
    assert own.begun().exists() is is_listed
    assert own.not_begun().exists() is not is_listed
    assert own.filter(any_room_has_begun()).exists() is is_listed
    assert own.with_changeable_people().exists() is (begun is not Begun.IN_CURRENT_ROOM)
    people = {lesson.pk: {"teacher"}}, {lesson.pk: {"assistants"}}
    assert [bool(frozen_among(each)) for each in people] == [begun is Begun.IN_CURRENT_ROOM] * 2
    for field in ("starts_at", "ends_at", "room_type", "record_mode"):
        assert bool(frozen_among({lesson.pk: {"teacher", field}})) is is_listed
    assert frozen_among({lesson.pk: set()}) == {}


@pytest.mark.parametrize("status", CloudStatus)
@pytest.mark.parametrize("is_start_known", [True, False])
def test_room_says_the_same_by_itself_and_in_a_query(status, is_start_known):
    lesson_with([], status, real_started_at=timezone.now() if is_start_known else None)
    room = Room.objects.get()

    assert is_begun(room) is (is_start_known or status in (RUNNING, ENDED))
    assert Room.objects.filter(room_has_begun()).exists() is is_begun(room)


def test_where_only_words_change_nothing_is_asked(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert frozen_among({1: frozenset(), 2: frozenset()}) == {}


def test_hundreds_are_asked_for_in_few_queries(django_assert_num_queries):
    with django_assert_num_queries(1):
        begun_among(range(1, 400))


def test_every_field_that_may_freeze_is_compared():
    lesson = LessonFactory.create()
    before = snapshot_of(lesson)
    changes = {
        "teacher": lambda: setattr(lesson, "teacher", UserFactory.create()),
        "assistants": lambda: lesson.assistants.add(UserFactory.create()),
        "starts_at": lambda: setattr(lesson, "starts_at", lesson.starts_at - dt.timedelta(1)),
        "ends_at": lambda: setattr(lesson, "ends_at", lesson.ends_at + dt.timedelta(1)),
        "room_type": lambda: setattr(lesson, "room_type", RoomType.LECTURE),
        "record_mode": lambda: setattr(lesson, "record_mode", RecordMode.NONE),
    }
    assert set(changes) == set().union(*FROZEN_FIELDS.values())

    for name, change in changes.items():
        change()
        assert changed_fields(before, snapshot_of(lesson)) == {name}
        before = snapshot_of(lesson)
    lesson.title = "Another"
    assert changed_fields(before, snapshot_of(lesson)) == set()


@pytest.mark.parametrize(
    ("state", "from_now_min", "is_begun", "expected"),
    [
        ("published", 1, False, True),
        ("published", 0, False, False),
        ("published", -1, False, False),
        ("cancelled", 1, False, True),
        ("cancelled", -1, False, False),
        ("draft", 1, False, True),
        ("draft", -1, False, True),
        ("published", 1, True, False),
        ("cancelled", 1, True, False),
        ("draft", 1, True, False),
    ],
)
def test_may_be_deleted(state, from_now_min, is_begun, expected):
    at = timezone.now()
    lesson = Lesson(pk=1, state=state, starts_at=at + dt.timedelta(minutes=from_now_min))

    assert may_be_deleted(lesson, {1} if is_begun else set(), at=at) is expected
