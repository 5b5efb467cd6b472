"""Half a term of the demo school's past: weeks of school, in which classes were held."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.db.models import Count
from django.test import override_settings
from django.utils import timezone

from edu_platform.demo.grid import BELLS, UPPER_BELLS
from edu_platform.demo.past_weeks import HISTORY_WEEKS, OLD_SLOTS, SCHOOL_WEEKS, weeks_before
from edu_platform.demo.school import fill_school
from edu_platform.demo.timetable import week_of_term
from replays.enums import ReplayReason, ReplayState
from replays.models import Replay, ReplayEvent
from schedule.enums import CloudStatus, DayKind, RecordMode
from schedule.models import Lesson, PlannedLesson, Room, Term, TermDay
from schedule.week_grid import monday_of, period_of_week, start_of_day
from tests.support.demo_school import DAY, SHANGHAI, overlaps_of_people
from tests.support.shared_cast import SharedCast

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("in_china"),
    pytest.mark.only_on_sqlite("as the demo runs"),
]

# Half a term lies before it, with the holidays of October in it.
TUESDAY = dt.datetime(2025, 11, 11, 9, 15, tzinfo=SHANGHAI)
# The second Monday of a term.
IN_SPRING = dt.date(2026, 2, 23)


@pytest.fixture(scope="module")
def tuesday(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The school that was filled on Tuesday, as each test finds it."""
    shared = SharedCast(django_db_blocker, fill_on_tuesday)
    try:
        shared.begin()
        yield
    finally:
        shared.end()


def fill_on_tuesday() -> dict[str, Any]:
    with override_settings(TIME_ZONE="Asia/Shanghai"):
        fill_school(at=TUESDAY)
    return {}


def past_lessons(moment: dt.datetime) -> list[Lesson]:
    this_week = start_of_day(monday_of(moment.date()))
    return list(Lesson.objects.filter(starts_at__lt=this_week).order_by("starts_at"))


@pytest.mark.usefixtures("tuesday")
def test_half_a_term_of_lessons_was_held() -> None:
    lessons = past_lessons(TUESDAY)
    weeks = {monday_of(timezone.localdate(lesson.starts_at)) for lesson in lessons}
    assert len(weeks) == HISTORY_WEEKS
    assert len(lessons) > 2000
    assert {timezone.localtime(lesson.starts_at).time() for lesson in lessons} == {
        bell.starts for bell in (*BELLS, *UPPER_BELLS)
    }
    held = Room.objects.filter(cloud_status=CloudStatus.ENDED).count()
    of_today = Lesson.objects.filter(ends_at__lte=TUESDAY, record_mode=RecordMode.NONE)
    assert held == of_today.count()
    assert len([each for each in lessons if each.record_mode != RecordMode.NONE]) == len(OLD_SLOTS)
    assert overlaps_of_people() == []
    they_are_of_their_terms_plan(lessons)
    what_is_not_recorded_has_a_replay_that_says_so()


def they_are_of_their_terms_plan(lessons: list[Lesson]) -> None:
    (term,) = Term.objects.all()
    planned = PlannedLesson.objects.filter(lesson__in=lessons, term=term, is_edited=True)
    assert planned.count() == len(lessons)


def what_is_not_recorded_has_a_replay_that_says_so() -> None:
    replays = Replay.objects.filter(room__cloud_status=CloudStatus.ENDED)
    standings = replays.values_list("state", "reason").annotate(count=Count("pk"))
    assert [standing[:2] for standing in standings] == [
        (ReplayState.NONE, ReplayReason.NOT_RECORDED)
    ]
    assert not replays.exclude(due_at=None).exists()
    events = ReplayEvent.objects.filter(replay__in=replays)
    assert not events.exclude(detail="none/not_recorded").exists()


@pytest.mark.usefixtures("tuesday")
def test_nobody_learns_on_holidays() -> None:
    holidays = TermDay.objects.filter(kind=DayKind.HOLIDAY).values_list("date", flat=True)
    days = {timezone.localdate(lesson.starts_at) for lesson in past_lessons(TUESDAY)}
    of_old = {
        monday_of(TUESDAY.date()) - slot.weeks_ago * 7 * DAY + slot.weekday * DAY
        for slot in OLD_SLOTS
    }
    assert dt.date(2025, 10, 1) in holidays
    assert not (days - of_old) & set(holidays)


def test_past_of_a_young_term_goes_back_to_weeks_of_school_in_the_one_before() -> None:
    of_school = [week for week in weeks_before(IN_SPRING) if week_of_term(week) <= SCHOOL_WEEKS]

    assert len(of_school) == HISTORY_WEEKS
    assert of_school[:3] == [dt.date(2026, 2, 16), dt.date(2026, 1, 12), dt.date(2026, 1, 5)]


@pytest.mark.usefixtures("tuesday")
@pytest.mark.parametrize("later", [dt.timedelta(minutes=1), 7 * DAY], ids=str)
def test_later_start_adds_nothing_to_the_past(later: dt.timedelta) -> None:
    before = [lesson.pk for lesson in past_lessons(TUESDAY)]

    fill_school(at=TUESDAY + later)

    assert [lesson.pk for lesson in past_lessons(TUESDAY)] == before


@pytest.mark.usefixtures("tuesday")
def test_weeks_in_which_the_demo_was_not_open_are_filled_without_further_recordings() -> None:
    this_week = monday_of(TUESDAY.date())

    fill_school(at=TUESDAY + 28 * DAY)

    for week in (this_week + 14 * DAY, this_week + 21 * DAY):
        starts_at, ends_at = period_of_week(week)
        modes = Lesson.objects.within(starts_at=starts_at, ends_at=ends_at)
        assert modes.count() > 280
        assert set(modes.values_list("record_mode", flat=True)) == {RecordMode.NONE}
