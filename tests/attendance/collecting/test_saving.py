"""A later look wins, and the same facts in any order end in the same rows."""

from __future__ import annotations

import datetime as dt
from itertools import permutations
from typing import Any

import pytest
from django.utils import timezone

from accounts.erasing.erased_ids import keep_out
from attendance.collecting.fetching import RoomAnswer
from attendance.collecting.saving import save_answer
from attendance.enums import MissingReason
from attendance.models import MemberRecord, RoomStatistics, Stay
from classroom.client import statistics as client
from classroom.client.statistics import MemberEvent, RoomSummary
from classroom.enums import Source
from schedule.models import Lesson
from tests.factories.attendance import held_room, minutes, statistics_for
from tests.factories.schedule import UnplannedLessonFactory, school_time
from tests.support.guests import guest_of

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases("rows are replaced")]

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def lesson() -> Lesson:
    return UnplannedLessonFactory.create(
        starts_at=school_time(-1, 8), ends_at=school_time(-1, 8, 45)
    )


@pytest.fixture
def row(lesson: Lesson) -> RoomStatistics:
    return statistics_for(held_room(lesson), has_come=False, events_at=None)


def event(
    lesson: Lesson, minute: float, *, has_come: bool = True, user_id: str = "u"
) -> MemberEvent:
    return MemberEvent(user_id, lesson.starts_at + minutes(minute), has_come=has_come)


def summary(
    lesson: Lesson, present_min: float, *, end_min: float = 45, missing_lines: int = 0
) -> RoomSummary:
    member = client.MemberRecord(
        "u",
        "小明",
        role=0,
        present_s=int(present_min * 60),
        first_joined_at=lesson.starts_at if present_min else None,
        last_quit_at=None,
        device=5,
    )
    return RoomSummary(
        real_started_at=lesson.starts_at,
        real_ended_at=lesson.starts_at + minutes(end_min),
        members=(member,),
        missing_lines=missing_lines,
    )


def answer(lesson: Lesson, after_min: float, **facts: Any) -> RoomAnswer:
    return RoomAnswer(lesson.ends_at + minutes(after_min), Source.POLL, **facts)


def save(row: RoomStatistics, answer: RoomAnswer) -> RoomStatistics:
    save_answer(row.pk, answer, answer.asked_at)
    return RoomStatistics.objects.get(pk=row.pk)


def content(row: RoomStatistics) -> tuple[object, ...]:
    known = RoomStatistics.objects.get(pk=row.pk)
    return (
        known.events_at,
        known.statistics_at,
        known.real_ended_at,
        known.missing_reason,
        sorted(map(str, Stay.objects.all())),
        sorted(MemberRecord.objects.values_list("classroom_user_id", "present_s")),
    )


def test_answers_in_any_order_end_in_the_same_rows(row: RoomStatistics, lesson: Lesson):
    answers = [
        answer(lesson, 1, events=(event(lesson, 0),)),
        answer(lesson, 2),
        answer(lesson, 3, summary=summary(lesson, 40, end_min=47)),
        answer(
            lesson, 4, events=(event(lesson, 0), event(lesson, 30, has_come=False)), summary=None
        ),
        answer(lesson, 5, summary=summary(lesson, 30, end_min=46)),
    ]
    outcomes = set()
    for order in permutations(answers):
        RoomStatistics.objects.all().delete()
        fresh = statistics_for(row.room, has_come=False, events_at=None)
        for each in order:
            save(fresh, each)
        outcomes.add(str(content(fresh)))

    assert len(outcomes) == 1


def test_stay_without_an_end_is_saved_so(row: RoomStatistics, lesson: Lesson):
    events = (event(lesson, 5), event(lesson, 9, has_come=False), event(lesson, 20))

    save(row, answer(lesson, 1, events=events, summary=summary(lesson, 29)))

    left = Stay.objects.order_by("joined_at").values_list("left_at", flat=True)
    assert list(left) == [lesson.starts_at + minutes(9), None]


@pytest.mark.parametrize(
    ("facts", "has_told_all"),
    [
        ({"summary": (30, 0)}, True),
        ({"summary": (30, 2)}, False),
        # Nobody came, and yet the class was begun.
        ({"summary": (0, 0)}, False),
        # Single events say who was there.
        ({"summary": (30, 2), "events": True}, True),
        ({"summary": (0, 0), "events": True}, True),
        ({"events": True}, False),
    ],
)
def test_statistics_with_missing_lines_tell_all_only_beside_events(
    row: RoomStatistics, lesson: Lesson, facts: dict[str, Any], has_told_all: bool
):
    answers = []
    if "summary" in facts:
        present_min, missing_lines = facts["summary"]
        told = summary(lesson, present_min, missing_lines=missing_lines)
        answers.append(answer(lesson, 1, summary=told))
    if "events" in facts:
        answers.append(answer(lesson, 2, events=(event(lesson, 5),)))
    for order in permutations(answers):
        RoomStatistics.objects.all().delete()
        fresh = statistics_for(row.room, has_come=False, events_at=None)
        for each in order:
            fresh = save(fresh, each)

        assert fresh.has_told_all == has_told_all
        assert RoomStatistics.objects.told_all().exists() == has_told_all
        assert RoomStatistics.objects.untold().exists() != has_told_all


def test_statistics_with_missing_lines_are_given_up_with_their_own_reason(
    row: RoomStatistics, lesson: Lesson
):
    told = summary(lesson, 30, missing_lines=1)
    waiting = save(row, answer(lesson, 2, summary=told))
    given_up = save(row, answer(lesson, 49 * 60, summary=told))
    whole = save(row, answer(lesson, 50 * 60, summary=summary(lesson, 30)))

    assert (waiting.missing_reason, waiting.due_at is None) == ("", False)
    assert (given_up.missing_reason, given_up.due_at) == (MissingReason.INCOMPLETE, None)
    assert (whole.missing_reason, whole.due_at) == ("", None)


def test_earlier_look_changes_nothing(row: RoomStatistics, lesson: Lesson):
    save(row, answer(lesson, 5, events=(event(lesson, 0),), summary=summary(lesson, 30)))
    before = content(row)

    save(row, answer(lesson, 4, events=(), summary=summary(lesson, 1)))

    assert content(row) == before


def test_statistics_that_come_after_all_take_back_that_they_never_came(
    row: RoomStatistics, lesson: Lesson
):
    given_up = save(row, answer(lesson, 49 * 60))
    come = save(row, answer(lesson, 60 * 60, summary=summary(lesson, 30)))

    assert (given_up.missing_reason, given_up.due_at) == (MissingReason.NEVER_CAME, None)
    assert (come.missing_reason, come.due_at) == ("", None)


def test_lesson_is_counted_when_something_is_new(row: RoomStatistics, lesson: Lesson):
    save(row, answer(lesson, 1))
    assert not hasattr(Lesson.objects.get(pk=lesson.pk), "attendance")

    save(row, answer(lesson, 2, summary=summary(lesson, 30)))

    attendance = Lesson.objects.get(pk=lesson.pk).attendance
    assert attendance.due_at is not None
    assert attendance.due_at <= timezone.now()


def test_room_without_a_lesson_is_kept_too(row: RoomStatistics, lesson: Lesson):
    row.room.lesson = None
    row.room.save(update_fields=["lesson"])

    assert save(row, answer(lesson, 2, summary=summary(lesson, 30))).statistics_at is not None


def test_what_is_told_of_somebody_who_is_erased_is_not_kept(row: RoomStatistics, lesson: Lesson):
    keep_out(["u"])
    events = (event(lesson, 5), event(lesson, 6, user_id="other"))

    save(row, answer(lesson, 1, events=events, summary=summary(lesson, 40)))

    assert list(Stay.objects.values_list("classroom_user_id", flat=True)) == ["other"]
    assert not MemberRecord.objects.exists()


@pytest.mark.parametrize("is_guest", [True, False])
def test_nicknames_of_guests_are_not_kept(row: RoomStatistics, lesson: Lesson, *, is_guest: bool):
    guest_of(lesson, "小明", "u" if is_guest else "another")

    save(row, answer(lesson, 1, summary=summary(lesson, 40)))

    record = MemberRecord.objects.get()
    assert (record.nickname, record.present_s) == ("" if is_guest else "小明", 2400)
