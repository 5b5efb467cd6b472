"""The columns of a day or week, and the place of lessons in them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pytest
from django.utils import timezone

from schedule.matrix.columns import MOST_TIMES_A_DAY, Columns
from schedule.terms.bells.bell_times import NO_BELLS, Bells, read_bells
from tests.schedule.matrix.conftest import BELLS

MONDAY = dt.date(2026, 11, 30)
WEEK = [MONDAY + dt.timedelta(days=number) for number in range(7)]

Period = tuple[dt.datetime, dt.datetime]


@pytest.fixture
def bells() -> Bells:
    return Bells(read_bells(BELLS))


def period(start: str, minutes: int = 40, day: dt.date = MONDAY) -> Period:
    starts_at = timezone.make_aware(dt.datetime.combine(day, dt.time.fromisoformat(start)))
    return starts_at, starts_at + dt.timedelta(minutes=minutes)


def heads_of(columns: Columns) -> list[list[str]]:
    return [
        [f"{column.head} {column.time}".strip() for column in day.columns] for day in columns.days
    ]


class TestBells:
    def test_a_column_a_period(self, bells: Bells):
        columns = Columns([MONDAY], bells, [period("08:10")])

        assert heads_of(columns) == [["第1节 08:10", "第2节 09:00", "第3节 10:00"]]
        assert columns.places[period("08:10")] == (0, "", ())

    def test_what_begins_at_no_start_stands_last_with_its_times(self, bells: Bells):
        lessons = [period("12:30", 45), period("08:11")]

        columns = Columns([MONDAY], bells, lessons)

        assert heads_of(columns) == [["第1节 08:10", "第2节 09:00", "第3节 10:00", "其他"]]
        assert columns.places[lessons[0]] == (3, "12:30–13:15", ())
        # It runs in the first period all the same.
        assert columns.places[lessons[1]] == (3, "08:11–08:51", (0,))

    def test_longer_lessons_run_on(self, bells: Bells):
        two, three = period("08:10", 90), period("09:00", 24 * 60)

        columns = Columns([MONDAY], bells, [two, three])

        assert columns.places[two] == (0, "", (1,))
        assert columns.places[three] == (1, "", (2,))

    def test_lesson_that_ends_when_a_period_begins_does_not_run_in_it(self, bells: Bells):
        lesson = period("08:10", 50)

        assert Columns([MONDAY], bells, [lesson]).places[lesson] == (0, "", ())

    def test_past_midnight_the_times_name_the_day(self, bells: Bells):
        lesson = period("23:30", 60)

        place = Columns([MONDAY], bells, [lesson]).places[lesson]

        assert place.times == "23:30 至 12-01 00:30"


class TestTimes:
    def test_without_bells_columns_are_the_times_that_occur(self):
        lessons = [period("14:00"), period("08:00", 90), period("09:00"), period("08:00")]

        columns = Columns([MONDAY], NO_BELLS, lessons)

        assert heads_of(columns) == [["08:00", "09:00", "14:00"]]
        assert columns.places[lessons[1]] == (0, "", (1,))
        assert columns.places[lessons[3]] == (0, "", ())

    def test_too_many_times_become_hours(self):
        lessons = [period(f"{8 + number // 4:02}:{number % 4 * 15:02}", 10) for number in range(22)]
        assert len(lessons) > MOST_TIMES_A_DAY

        columns = Columns([MONDAY], NO_BELLS, lessons)

        assert heads_of(columns) == [["08:00", "09:00", "10:00", "11:00", "12:00", "13:00"]]
        assert columns.places[lessons[5]] == (1, "09:15–09:25", ())

    def test_day_without_lessons_has_a_column_for_nothing(self):
        assert heads_of(Columns([MONDAY], NO_BELLS, [])) == [["–"]]


class TestWeek:
    def days_of(self, columns: Columns) -> Sequence[int]:
        return [day.date.weekday() for day in columns.days]

    def test_saturdays_and_sundays_are_there_when_lessons_begin_on_them(self, bells: Bells):
        saturday = period("08:10", day=WEEK[5])

        without, with_one = Columns(WEEK, bells, []), Columns(WEEK, bells, [saturday])

        assert self.days_of(without) == [0, 1, 2, 3, 4]
        assert self.days_of(with_one) == [0, 1, 2, 3, 4, 5]
        assert with_one.places[saturday].column == 15

    def test_times_of_a_day_are_its_own(self):
        lessons = [period("08:00"), period("09:00", day=WEEK[2])]

        columns = Columns(WEEK, NO_BELLS, lessons)

        assert heads_of(columns) == [["08:00"], ["–"], ["09:00"], ["–"], ["–"]]
        assert [columns.places[each].column for each in lessons] == [0, 2]

    def test_one_day_is_there_whatever_day_it_is(self, bells: Bells):
        assert self.days_of(Columns([WEEK[6]], bells, [])) == [6]
