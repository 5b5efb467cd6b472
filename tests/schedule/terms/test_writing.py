from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from schedule.enums import DayKind
from schedule.lessons.delete import delete_lessons
from schedule.models import (
    Lesson,
    PlanningAction,
    Term,
    TermDay,
    WeeklyLesson,
)
from schedule.terms.bells.bell_times import MOST_BELLS, BellSpan
from schedule.terms.planning.term_plan import PlanOptions, plan_term
from schedule.terms.term_versions import touch
from schedule.terms.writing import (
    BellsInUse,
    BellsRefused,
    LessonsOutside,
    TermNameTaken,
    TermOverlaps,
    change_term,
    create_term,
    set_bell_times,
)
from tests.factories.schedule import TermFactory, WeeklyLessonFactory, coming_monday
from tests.support.threads import all_at_once
from tests.support.variants import variant

pytestmark = pytest.mark.django_db

WEEK = dt.timedelta(weeks=1)
BELLS = [
    BellSpan(dt.time(8), dt.time(8, 45)),
    BellSpan(dt.time(8, 55), dt.time(9, 40)),
    BellSpan(dt.time(10), dt.time(10, 45)),
]
LATER_BELLS = [
    BellSpan(dt.time(8, 30), dt.time(9, 15)),
    BellSpan(dt.time(9, 25), dt.time(10, 10)),
    BellSpan(dt.time(10, 30), dt.time(11, 15)),
]


@pytest.fixture
def term() -> Term:
    return TermFactory.create(weeks=4)


@pytest.fixture
def weekly_lesson(term: Term, teacher: User) -> WeeklyLesson:
    return WeeklyLessonFactory.create(term=term, teacher=teacher)


def plan(term: Term) -> None:
    plan_term(term, action=PlanningAction(), options=PlanOptions(at=timezone.now()))


def weeks_of(term: Term, weeks: int) -> dict[str, Any]:
    return {"name": term.name, "first_monday": term.first_monday, "weeks": weeks}


def bells_of(term: Term) -> list[tuple[int, dt.time, dt.time]]:
    return list(term.bell_times.values_list("number", "starts", "ends"))


class TestCreate:
    def test_term_of_whole_weeks_with_its_bell_times(self):
        made = create_term("秋季学期", first_monday=dt.date(2026, 8, 31), weeks=20, bells=BELLS)

        assert made.last_day == dt.date(2027, 1, 17)
        assert bells_of(made) == [(1, *BELLS[0]), (2, *BELLS[1]), (3, *BELLS[2])]
        assert made.awaits_planning

    def test_next_one_may_follow_at_once(self, term: Term):
        made = create_term("下学期", first_monday=term.last_day + dt.timedelta(days=1), weeks=4)

        assert Term.objects.count() == 2
        assert made.first_monday - term.first_monday == 4 * WEEK

    def test_overlapping_one_is_refused_naming_the_other(self, term: Term):
        for later in (-3, 0, 3):
            with variant(later), pytest.raises(TermOverlaps) as refused:
                create_term("另一学期", first_monday=term.first_monday + later * WEEK, weeks=4)

            assert refused.value.other == term, later
            assert Term.objects.count() == 1, later

    def test_name_is_there_once(self, term: Term):
        with pytest.raises(TermNameTaken):
            create_term(term.name, first_monday=term.first_monday + 10 * WEEK, weeks=4)

    def test_wrong_bell_times_make_no_term(self):
        with pytest.raises(BellsRefused):
            create_term("秋季学期", first_monday=coming_monday(), weeks=4, bells=BELLS[::-1])

        assert not Term.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.both_databases("of two terms made at once, one is refused in another way")
def test_of_overlapping_terms_made_at_once_one_is_made():
    def make(name: str) -> str:
        try:
            return create_term(name, first_monday=coming_monday(), weeks=4).name
        except TermOverlaps as err:
            return f"overlaps with {err.other.name}"

    found = all_at_once(make, ["甲", "乙", "丙", "丁"])

    (made,) = Term.objects.all()
    assert sorted(found) == sorted([made.name, *[f"overlaps with {made.name}"] * 3])


class TestChange:
    def test_name_and_weeks(self, term: Term):
        assert change_term(term, name="春季学期", first_monday=term.first_monday + WEEK, weeks=5)

        changed = Term.objects.get()
        assert (changed.name, changed.weeks) == ("春季学期", 5)
        assert changed.last_day == term.last_day + 2 * WEEK

    def test_of_weeks_waits_for_planning(self, term: Term, weekly_lesson: WeeklyLesson):
        plan(term)

        change_term(term, **weeks_of(term, 5))

        assert Term.objects.get().awaits_planning

    def test_of_the_name_alone_waits_for_nothing(self, term: Term, weekly_lesson: WeeklyLesson):
        plan(term)

        assert change_term(term, **weeks_of(term, 4) | {"name": "春季学期"})

        assert not Term.objects.get().awaits_planning

    def test_again_changes_nothing(self, term: Term):
        assert not change_term(term, **weeks_of(term, 4))

    def test_lessons_are_not_left_outside(self, term: Term, weekly_lesson: WeeklyLesson):
        plan(term)

        with pytest.raises(LessonsOutside) as refused:
            change_term(term, **weeks_of(term, 2))

        third, fourth = (term.first_monday + weeks * WEEK for weeks in (2, 3))
        assert [each.date for each in refused.value.planned] == [third, fourth]
        assert Term.objects.get().weeks == 4

    def test_deleted_lessons_are_in_nobodys_way(self, term: Term, weekly_lesson: WeeklyLesson):
        plan(term)
        late = Lesson.objects.filter(planned__date__gte=term.first_monday + 2 * WEEK)
        delete_lessons(late, at=timezone.now())

        assert change_term(term, **weeks_of(term, 2))

    def test_days_outside_are_forgotten(self, term: Term):
        for weeks in (0, 3):
            date = term.first_monday + weeks * WEEK
            TermDay.objects.create(term=term, date=date, kind=DayKind.HOLIDAY)

        change_term(term, **weeks_of(term, 3))

        assert [day.date for day in term.days.all()] == [term.first_monday]

    def test_another_term_is_not_overlapped(self, term: Term):
        other = TermFactory.create(first_monday=term.last_day + dt.timedelta(days=1))

        with pytest.raises(TermOverlaps) as refused:
            change_term(term, **weeks_of(term, 5))

        assert refused.value.other == other


class TestBellTimes:
    def test_are_replaced_as_a_whole(self, term: Term):
        set_bell_times(term, BELLS)
        set_bell_times(term, LATER_BELLS[:2])

        assert bells_of(term) == [(1, *LATER_BELLS[0]), (2, *LATER_BELLS[1])]

    def test_weekly_lessons_planned_by_them_follow(self, term: Term, weekly_lesson: WeeklyLesson):
        set_bell_times(term, BELLS)
        by_bells = WeeklyLessonFactory.create(
            term=term,
            starts=BELLS[1].starts,
            ends=BELLS[2].ends,
            first_bell=2,
            last_bell=3,
        )

        assert set_bell_times(term, LATER_BELLS) == 1

        by_bells.refresh_from_db()
        assert (by_bells.starts, by_bells.ends) == (LATER_BELLS[1].starts, LATER_BELLS[2].ends)
        weekly_lesson.refresh_from_db()
        assert (weekly_lesson.starts, weekly_lesson.ends) == BELLS[0]

    def test_change_waits_for_planning(self, term: Term, weekly_lesson: WeeklyLesson):
        plan(term)

        set_bell_times(term, BELLS)

        assert Term.objects.get().awaits_planning

    def test_same_ones_again_change_nothing(self, term: Term, weekly_lesson: WeeklyLesson):
        set_bell_times(term, BELLS)
        plan(term)

        assert set_bell_times(term, BELLS) == 0

        assert not Term.objects.get().awaits_planning

    def test_one_that_weekly_lessons_use_stays(self, term: Term):
        set_bell_times(term, BELLS)
        by_bells = WeeklyLessonFactory.create(term=term, first_bell=2, last_bell=3)

        with pytest.raises(BellsInUse) as refused:
            set_bell_times(term, BELLS[:2])

        assert refused.value.weekly_lessons == [by_bells]
        assert len(bells_of(term)) == 3

    def test_one_that_nobody_uses_goes(self, term: Term):
        set_bell_times(term, BELLS)
        WeeklyLessonFactory.create(
            term=term, starts=BELLS[0].starts, ends=BELLS[1].ends, first_bell=1, last_bell=2
        )

        assert set_bell_times(term, BELLS[:2]) == 0

        assert len(bells_of(term)) == 2

    def test_more_than_a_day_has_are_refused(self, term: Term):
        spans = [BellSpan(dt.time(number), dt.time(number, 40)) for number in range(MOST_BELLS + 1)]

        with pytest.raises(BellsRefused):
            set_bell_times(term, spans)

    def test_overlapping_ones_are_refused(self, term: Term):
        with pytest.raises(BellsRefused):
            set_bell_times(term, [BELLS[0], BELLS[0]])


def test_touched_term_waits_for_planning(term: Term, weekly_lesson: WeeklyLesson):
    plan(term)

    touch(term)

    assert Term.objects.get().awaits_planning
