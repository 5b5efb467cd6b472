from __future__ import annotations

import datetime as dt
from functools import partial

import pytest
from django.utils import timezone, translation

from schedule.lessons.moments import NotReadable
from schedule.terms.bells.bell_times import (
    BellFault,
    Bells,
    BellSpan,
    bell_faults,
    bells_of_day,
    even_bells,
    read_bells,
)
from schedule.terms.weekly_lessons.gate import WeeklyFault

MINUTE = dt.timedelta(minutes=1)


def span(starts: str, ends: str) -> BellSpan:
    return BellSpan(dt.time.fromisoformat(starts), dt.time.fromisoformat(ends))


MORNING = [span("08:00", "08:45"), span("08:55", "09:40"), span("10:00", "10:45")]


def moment(time: str, *, day: int = 7) -> dt.datetime:
    return timezone.make_aware(dt.datetime.fromisoformat(f"2026-09-{day:02} {time}"))


class TestRules:
    def test_one_after_the_other_is_right(self):
        assert list(bell_faults(MORNING)) == []

    def test_one_may_begin_when_the_last_ends(self):
        assert list(bell_faults([span("08:00", "08:45"), span("08:45", "09:30")])) == []

    def test_each_ends_after_its_start(self):
        faults = bell_faults([span("08:00", "08:00"), span("10:00", "09:00")])

        assert list(faults) == [
            (1, WeeklyFault.ENDS_BEFORE_START),
            (2, WeeklyFault.ENDS_BEFORE_START),
        ]

    @pytest.mark.parametrize("second", [span("08:40", "09:20"), span("07:00", "07:45")])
    def test_none_begins_before_the_last_ends(self, second: BellSpan):
        faults = bell_faults([MORNING[0], second])

        assert list(faults) == [(2, BellFault.BEGINS_BEFORE_LAST_ENDS)]


class TestReading:
    @pytest.mark.parametrize(
        "text",
        [
            "08:00-08:45,08:55-09:40,10:00-10:45",
            "8:00-8:45, 8:55-9:40, 10:00-10:45",
            "08:00–08:45，08:55－09:40、10：00-10：45",
        ],
    )
    def test_as_people_write_them(self, text: str):
        assert read_bells(text) == MORNING

    def test_nothing_is_none(self):
        assert read_bells(" ") == []

    @pytest.mark.parametrize("part", ["08:00", "08:00-25:00", "8-9", "", "08:00-08:45-09:00"])
    def test_what_is_no_period_is_named(self, part: str):
        with pytest.raises(NotReadable, match=f"“{part}”"):
            read_bells(f"07:00-07:30,{part},10:00-10:45")


class TestQuickStart:
    def test_same_length_and_same_break(self):
        made = even_bells(3, first=dt.time(8), length=45 * MINUTE, between=10 * MINUTE)

        assert made == [span("08:00", "08:45"), span("08:55", "09:40"), span("09:50", "10:35")]

    def test_fewer_where_the_day_ends_before(self):
        made = even_bells(9, first=dt.time(22), length=45 * MINUTE, between=10 * MINUTE)

        assert made == [span("22:00", "22:45"), span("22:55", "23:40")]

    def test_afternoon_begins_after_lunch(self):
        made = partial(
            bells_of_day,
            first=dt.time(8),
            length=45 * MINUTE,
            between=10 * MINUTE,
            afternoon=dt.time(14),
        )

        morning = [span("08:00", "08:45"), span("08:55", "09:40")]
        assert made(3, of_morning=2) == [*morning, span("14:00", "14:45")]
        assert made(2, of_morning=4) == morning


class TestPeriodsOfLessons:
    @pytest.mark.parametrize(
        ("starts", "ends", "shown"),
        [
            ("08:00", "08:45", "第1节"),
            ("10:00", "10:45", "第3节"),
            ("08:55", "10:45", "第2–3节"),
            ("08:00", "08:40", ""),
            ("08:05", "08:45", ""),
            ("12:00", "12:45", ""),
        ],
    )
    def test_only_of_those_that_begin_and_end_with_them(self, starts: str, ends: str, shown: str):
        with translation.override("zh-hans"):
            assert Bells(MORNING).periods_of(moment(starts), moment(ends)) == shown

    def test_none_of_a_lesson_that_ends_on_another_day(self):
        assert Bells(MORNING).periods_of(moment("08:00"), moment("08:45", day=8)) == ""

    def test_in_english(self):
        with translation.override("en"):
            bells = Bells(MORNING)
            assert bells.periods_of(moment("08:00"), moment("08:45")) == "Period 1"
            assert bells.periods_of(moment("08:00"), moment("09:40")) == "Periods 1–2"

    def test_in_the_language_of_each_reader(self):
        bells = Bells(MORNING)
        for language, shown in (("en", "Period 1"), ("zh-hans", "第1节"), ("en", "Period 1")):
            with translation.override(language):
                assert bells.periods_of(moment("08:00"), moment("08:45")) == shown
