"""Files of weekly lessons are worked out before anything is written, and anew where the term has changed in between."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from edu_platform.lib.bulk_writing import WriteIn, own_transaction
from edu_platform.lib.progress import Phase, reporting_to
from edu_platform.lib.spreadsheets.rows import SheetRefused
from schedule.enums import WeeklyLessonSource
from schedule.imports.weekly_lesson_spreadsheet import (
    WeeklyLessonCheck,
    check_weekly_lessons,
    take_weekly_lessons,
)
from schedule.lessons.trying_again import TRIES, ChangedMeanwhile
from schedule.models import ClassGroup, Course, PlanningAction, Term, WeeklyLesson
from schedule.terms.bells.bell_times import BellSpan
from schedule.terms.planning.term_plan import PlanOptions, plan_term
from schedule.terms.term_versions import touch
from schedule.terms.writing import set_bell_times
from tests.factories.accounts import UserFactory
from tests.factories.schedule import TermFactory
from tests.schedule.imports.meanwhile import after
from tests.support.sheets import csv_of
from tests.support.transactions import reading_alone

pytestmark = pytest.mark.django_db

HEAD = "课程,老师,班级,星期,开始,结束,周次,课堂类型,录制"
ROW = "语文课,li,1班,周一,8:00,8:45,,,"
OTHER = "数学课,zhao,1班,周一,9:00,9:45,,,"


@pytest.fixture(autouse=True)
def people() -> None:
    for username in ("li", "zhao"):
        UserFactory.create(username=username, roles=[Role.TEACHER])


@pytest.fixture
def term() -> Term:
    term: Term = TermFactory.create(weeks=4)
    return term


def take(term: Term, *rows: str, write_in: WriteIn = own_transaction) -> dict[str, int]:
    def require(check: WeeklyLessonCheck) -> None:
        assert not check.conflicts

    data = csv_of(HEAD, *rows)
    done = take_weekly_lessons(data, term, at=timezone.now(), require=require, write_in=write_in)
    return done.counts()


def test_check_takes_no_transaction_from_anybody(term: Term):
    with reading_alone():
        check = check_weekly_lessons(csv_of(HEAD, ROW, OTHER), term, at=timezone.now())

    assert check.weekly_lessons.counts()["added"] == 2


def test_lessons_of_a_weekly_lesson_that_goes_do_not_keep_its_successor_away(term: Term):
    """The check sees the lessons of the term as orphans before they are."""
    take(term, ROW)
    plan_term(term, action=PlanningAction(), options=PlanOptions(at=timezone.now()))

    check = check_weekly_lessons(
        csv_of(HEAD, ROW.replace("语文课", "数学课")), term, at=timezone.now()
    )

    assert (check.weekly_lessons.counts()["removed"], check.conflicts) == (1, [])


def test_term_that_changes_before_it_is_written_is_looked_at_anew(term: Term):
    """Rows that name periods have their hours by the bell times."""
    set_bell_times(term, [BellSpan(dt.time(8), dt.time(8, 45))])

    def ring_later() -> None:
        set_bell_times(term, [BellSpan(dt.time(8, 10), dt.time(8, 55))])

    row = "语文课,li,1班,周一,第1节,第1节,,,"
    assert take(term, row, write_in=after(ring_later))["added"] == 1
    assert str(WeeklyLesson.objects.get().starts) == "08:10:00"


def test_names_that_somebody_makes_before_they_are_written_are_taken(term: Term):
    other_term = TermFactory.create(name="春季学期", weeks=4)

    assert take(term, ROW, write_in=after(lambda: take(other_term, ROW)))["added"] == 1
    assert (Course.objects.count(), ClassGroup.objects.count()) == (1, 1)
    assert WeeklyLesson.objects.count() == 2


def test_second_file_before_the_first_is_written_is_compared_with(term: Term):
    counts = take(term, ROW, OTHER, write_in=after(lambda: take(term, ROW)))

    assert (counts["added"], counts["unchanged"]) == (1, 1)
    assert WeeklyLesson.objects.filter(source=WeeklyLessonSource.FILE).count() == 2


def test_term_that_does_not_stay_as_it_is_ends_it(term: Term):
    with pytest.raises(ChangedMeanwhile):
        take(term, ROW, write_in=after(*[lambda: touch(term)] * TRIES))
    assert not WeeklyLesson.objects.exists()
    assert not Course.objects.exists()


def test_deleted_term_is_missing(term: Term):
    with pytest.raises(Term.DoesNotExist):
        take(term, ROW, write_in=after(lambda: Term.objects.all().delete()))


def test_says_how_far_it_is(term: Term):
    seen: list[Any] = []

    with reporting_to(lambda *progress: seen.append(progress)):
        take(term, ROW, OTHER)

    phases = list(dict.fromkeys(phase for phase, _done, _total in seen))
    assert phases[:2] == [Phase.READING, Phase.COMPARING]
    assert seen[-1] == (Phase.WRITING, 2, 2)


def test_teacher_who_leaves_before_it_is_written_is_told(term: Term):
    def leave() -> None:
        User.objects.filter(username="zhao").update(is_active=False)

    with pytest.raises(SheetRefused) as refused:
        take(term, ROW, OTHER, write_in=after(leave))
    assert [(fault.line, fault.column) for fault in refused.value.faults] == [(3, "teacher")]
    assert not WeeklyLesson.objects.exists()
