"""A term's days: filled from the national calendar, set by hand, and who hears of years that it lacks."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from chinese_calendar.constants import holidays
from django.utils import translation

from accounts.models import Notice, User
from accounts.notice_kinds import sentence_of
from schedule.enums import DayKind, DaySource
from schedule.models import Term, TermDay
from schedule.terms.days.calendar_days import (
    DAYS_FILLED_NOTICE,
    UNPUBLISHED_YEAR_NOTICE,
    DayOutsideTerm,
    fill_from_calendar,
    keep_days_filled,
    set_day,
    tell_of_unpublished_years,
    unset_day,
)
from schedule.terms.days.national_calendar import published_years
from tests.factories.schedule import TermFactory

pytestmark = pytest.mark.django_db

HOLIDAY, SATURDAY, USUAL = dt.date(2026, 10, 1), dt.date(2026, 10, 10), dt.date(2026, 10, 14)


@pytest.fixture(autouse=True)
def _in_china(settings: Any) -> None:
    settings.TIME_ZONE = "Asia/Shanghai"


@pytest.fixture
def term() -> Term:
    """The autumn of 2026, with 国庆节 and 中秋."""
    return TermFactory.create(first_monday=dt.date(2026, 8, 31), weeks=16)


@pytest.fixture
def coming_term() -> Term:
    """One that lies in the last year that is known and in the next."""
    return TermFactory.create(name="明年", first_monday=monday_before_new_year(), weeks=10)


def coming_year() -> int:
    return max(published_years()) + 1


def monday_before_new_year() -> dt.date:
    day = dt.date(coming_year() - 1, 12, 20)
    return day - dt.timedelta(days=day.weekday())


def rows_of(term: Term) -> list[tuple[Any, ...]]:
    return list(term.days.values_list("pk", "date", "kind", "plan_weekday", "name", "source"))


def on(date: dt.date) -> TermDay:
    return TermDay.objects.get(date=date)


def is_touched(term: Term) -> bool:
    before = term.changed_at
    term.refresh_from_db()
    return term.changed_at > before


class TestFill:
    def test_brings_holidays_and_school_days(self, term: Term):
        fill_from_calendar(term)

        holiday, working = on(HOLIDAY), on(SATURDAY)
        assert (holiday.kind, holiday.name, holiday.plan_weekday) == (
            DayKind.HOLIDAY,
            "国庆节",
            None,
        )
        assert (working.kind, working.name, working.plan_weekday) == (
            DayKind.WORKDAY,
            "国庆节调休",
            3,
        )
        assert set(term.days.values_list("source", flat=True)) == {DaySource.CALENDAR}
        assert term.days.filter(date__lt=term.first_monday).count() == 0
        assert is_touched(term)

    def test_again_changes_nothing(self, term: Term):
        fill_from_calendar(term)
        before = rows_of(term)
        term.refresh_from_db()

        fill_from_calendar(term)

        assert rows_of(term) == before
        assert not is_touched(term)

    def test_goes_never_over_what_was_set_by_hand(self, term: Term):
        set_day(term, HOLIDAY, kind=DayKind.WORKDAY)
        set_day(term, SATURDAY, kind=DayKind.WORKDAY, plan_weekday=2, name="补课")

        fill_from_calendar(term)

        assert (on(HOLIDAY).kind, on(HOLIDAY).source) == (DayKind.WORKDAY, DaySource.HAND)
        assert (on(SATURDAY).plan_weekday, on(SATURDAY).name) == (2, "补课")
        assert on(HOLIDAY + dt.timedelta(days=1)).source == DaySource.CALENDAR

    def test_follows_a_calendar_that_was_put_right(
        self, term: Term, monkeypatch: pytest.MonkeyPatch
    ):
        fill_from_calendar(term)
        monkeypatch.delitem(holidays, HOLIDAY)
        monkeypatch.setitem(holidays, USUAL, "National Day")

        fill_from_calendar(term)

        assert not TermDay.objects.filter(date=HOLIDAY).exists()
        assert on(USUAL).kind == DayKind.HOLIDAY

    def test_an_older_calendar_takes_no_days_away(
        self, coming_term: Term, monkeypatch: pytest.MonkeyPatch
    ):
        with monkeypatch.context() as newer:
            newer.setitem(holidays, dt.date(coming_year(), 1, 1), "New Year's Day")
            newer.setitem(holidays, dt.date(coming_year(), 10, 1), "National Day")
            fill_from_calendar(coming_term)

        fill_from_calendar(coming_term)

        assert on(dt.date(coming_year(), 1, 1)).kind == DayKind.HOLIDAY

    def test_days_go_with_the_term_that_holds_them_now(self, term: Term):
        fill_from_calendar(term)
        set_day(term, USUAL, kind=DayKind.HOLIDAY, name="运动会")
        term.weeks = 4
        term.last_day = term.last_day_planned()
        term.save()
        later = TermFactory.create(first_monday=dt.date(2026, 9, 28), weeks=4)

        fill_from_calendar(later)
        fill_from_calendar(term)

        assert on(USUAL).term == on(HOLIDAY).term == later
        assert {day.date < dt.date(2026, 9, 28) for day in term.days.all()} == {True}

    def test_knows_nothing_of_schools_elsewhere(self, term: Term, settings: Any):
        settings.TIME_ZONE = "Europe/Berlin"

        fill_from_calendar(term)

        assert not term.days.exists()


class TestByHand:
    def test_a_day_is_set_and_touches_the_term(self, term: Term):
        day = set_day(term, USUAL, kind=DayKind.HOLIDAY, name="运动会")

        assert (day.kind, day.name, day.source) == (DayKind.HOLIDAY, "运动会", DaySource.HAND)
        assert is_touched(term)

    def test_again_and_with_another_name_no_lesson_follows(self, term: Term):
        set_day(term, USUAL, kind=DayKind.HOLIDAY, name="运动会")
        term.refresh_from_db()

        set_day(term, USUAL, kind=DayKind.HOLIDAY, name="校庆")

        assert on(USUAL).name == "校庆"
        assert not is_touched(term)

    @pytest.mark.parametrize("kind", DayKind)
    def test_only_another_weekday_is_kept_as_plan(self, kind: DayKind, term: Term):
        own = USUAL.isoweekday() if kind == DayKind.WORKDAY else 1

        assert set_day(term, USUAL, kind=kind, plan_weekday=own).plan_weekday is None

    def test_unset_day_is_what_its_weekday_says(self, term: Term):
        set_day(term, USUAL, kind=DayKind.HOLIDAY)
        term.refresh_from_db()

        unset_day(term, USUAL)

        assert not term.days.exists()
        assert is_touched(term)

    def test_unset_day_is_what_the_calendar_says(self, term: Term):
        set_day(term, SATURDAY, kind=DayKind.WORKDAY, plan_weekday=1)

        unset_day(term, SATURDAY)

        assert (on(SATURDAY).plan_weekday, on(SATURDAY).source) == (3, DaySource.CALENDAR)

    @pytest.mark.parametrize("days", [-1, 16 * 7])
    def test_days_outside_the_term_are_refused(self, days: int, term: Term):
        outside = term.first_monday + dt.timedelta(days=days)

        with pytest.raises(DayOutsideTerm):
            set_day(term, outside, kind=DayKind.HOLIDAY)
        with pytest.raises(DayOutsideTerm):
            unset_day(term, outside)

        assert not TermDay.objects.exists()


class TestTelling:
    @pytest.fixture
    def at(self) -> dt.datetime:
        return dt.datetime(coming_year() - 1, 12, 1, 4, tzinfo=dt.UTC)

    def notices(self, kind: str) -> list[Notice]:
        return list(Notice.objects.filter(kind=kind).order_by("pk"))

    def test_planners_hear_once_of_a_year_that_is_not_published(
        self, coming_term: Term, planner: User, teacher: User, at: dt.datetime
    ):
        tell_of_unpublished_years(coming_term, at)
        tell_of_unpublished_years(coming_term, at)
        keep_days_filled(at)

        (notice,) = self.notices(UNPUBLISHED_YEAR_NOTICE)
        assert notice.user == planner
        assert notice.address == f"/schedule/terms/{coming_term.code}/days/"
        with translation.override("en"):
            assert f"明年: the holidays of {coming_year()}" in sentence_of(
                notice.kind, notice.arguments
            )

    def test_each_term_has_its_own(self, coming_term: Term, planner: User, at: dt.datetime):
        after = coming_term.last_day + dt.timedelta(days=1)
        another = TermFactory.create(first_monday=after, weeks=3)

        for term in (coming_term, another):
            tell_of_unpublished_years(term, at)

        assert len(self.notices(UNPUBLISHED_YEAR_NOTICE)) == 2

    def test_nobody_hears_of_a_year_that_is_known(self, term: Term, planner: User, at: dt.datetime):
        tell_of_unpublished_years(term, at - dt.timedelta(days=300))

        assert not Notice.objects.exists()

    def test_nobody_hears_of_a_term_that_is_over(
        self, coming_term: Term, planner: User, at: dt.datetime
    ):
        tell_of_unpublished_years(coming_term, at + dt.timedelta(days=365))

        assert not Notice.objects.exists()

    def test_nobody_elsewhere_hears_of_it(
        self, coming_term: Term, planner: User, at: dt.datetime, settings: Any
    ):
        settings.TIME_ZONE = "Europe/Berlin"

        tell_of_unpublished_years(coming_term, at)

        assert not Notice.objects.exists()

    def test_days_come_with_a_newer_calendar_and_planners_hear_of_it(
        self,
        coming_term: Term,
        planner: User,
        at: dt.datetime,
        monkeypatch: pytest.MonkeyPatch,
    ):
        fill_from_calendar(coming_term)
        assert keep_days_filled(at) == 0
        coming = dt.date(coming_year(), 1, 4)
        monkeypatch.setitem(holidays, coming, "New Year's Day")
        monkeypatch.setitem(holidays, coming.replace(month=10), "National Day")

        counts = [keep_days_filled(at), keep_days_filled(at)]

        assert counts == [1, 0]
        assert on(coming).kind == DayKind.HOLIDAY
        (notice,) = self.notices(DAYS_FILLED_NOTICE)
        assert notice.user == planner
        with translation.override("en"):
            assert "明年: 1 day of the school calendar" in sentence_of(
                notice.kind, notice.arguments
            )

    def test_terms_that_are_over_are_left_as_they_are(self, term: Term, at: dt.datetime):
        assert keep_days_filled(at + dt.timedelta(days=365)) == 0
        assert not term.days.exists()
