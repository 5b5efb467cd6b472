"""`manage.py set_day` as a shell sees it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from schedule.enums import DayKind, DaySource, LessonState, WeeklyLessonSource
from schedule.lessons.change import change_lesson
from schedule.lessons.plan import plan_of
from schedule.management.commands import set_day as command
from schedule.models import (
    BellTime,
    Lesson,
    PlannedLesson,
    PlanningAction,
    Term,
    TermDay,
    WeeklyLesson,
)
from schedule.terms.planning.term_difference import PlanPart
from schedule.terms.planning.term_plan import PlanOptions, plan_term
from schedule.terms.term_versions import touch
from tests.factories.schedule import (
    ClassGroupFactory,
    LessonFactory,
    MembershipFactory,
    TermFactory,
    WeeklyLessonFactory,
)
from tests.schedule.imports.meanwhile import after
from tests.support.commands import Outcome, run
from tests.support.transactions import reading_alone

pytestmark = pytest.mark.django_db

NOTHING = "added=0 changed=0 unchanged=4 removed=0"


@pytest.fixture(autouse=True)
def _in_english(settings: Any) -> None:
    settings.LANGUAGE_CODE = "en"


@pytest.fixture
def term() -> Term:
    return TermFactory.create(name="秋季学期", weeks=4)


@pytest.fixture
def weekly_lesson(term: Term, teacher: User) -> WeeklyLesson:
    """Mondays from 8:00 to 8:45, planned."""
    groups = [ClassGroupFactory.create(name="五年级二班")]
    weekly_lesson = WeeklyLessonFactory.create(
        term=term, teacher=teacher, course__name="语文课", class_groups=groups
    )
    plan_term(term, action=PlanningAction(), options=PlanOptions(at=timezone.now()))
    return weekly_lesson


def day(term: Term, number: int) -> dt.date:
    return term.first_monday + dt.timedelta(days=number)


def planned(term: Term) -> list[dt.date]:
    lessons = Lesson.objects.filter(planned__term=term).order_by("starts_at")
    return [timezone.localdate(lesson.starts_at) for lesson in lessons]


def set_day(date: dt.date, *arguments: str) -> Outcome:
    return run("set_day", str(date), *arguments)


def lines(outcome: Outcome) -> list[str]:
    assert (outcome.code, outcome.stderr) == (0, "")
    return outcome.stdout.splitlines()


@pytest.mark.both_databases("a command")
def test_a_school_day_has_the_lessons_of_a_holiday(term: Term, weekly_lesson: WeeklyLesson):
    removed = lines(set_day(day(term, 7), "holiday", "--name", "校庆"))
    added = lines(set_day(day(term, 12), "workday", "--as", "周一"))

    assert removed == [
        f"Deleted from the timetable: 语文课 五年级二班, {day(term, 7)} Mon 08:00–08:45.",
        "added=0 changed=0 unchanged=3 removed=1",
    ]
    assert added == [
        f"New: 语文课 五年级二班, {day(term, 12)} Sat 08:00–08:45.",
        "added=1 changed=0 unchanged=3 removed=0",
    ]
    assert planned(term) == [day(term, number) for number in (0, 12, 14, 21)]
    assert TermDay.objects.get(date=day(term, 7)).name == "校庆"
    assert set(term.days.values_list("source", flat=True)) == {DaySource.HAND}


def test_range_is_set_in_one_step(term: Term, weekly_lesson: WeeklyLesson):
    removed = lines(run("set_day", f"{day(term, 5)}..{day(term, 14)}", "holiday", "--name", "秋假"))

    assert removed[-1] == "added=0 changed=0 unchanged=2 removed=2"
    assert planned(term) == [day(term, 0), day(term, 21)]
    assert term.days.filter(kind=DayKind.HOLIDAY, name="秋假").count() == 10
    assert PlanningAction.objects.filter(reason="秋假").count() == 1


@pytest.fixture
def by_periods(term: Term, weekly_lesson: WeeklyLesson) -> WeeklyLesson:
    """Two periods, in the first of which the weekly lesson lies."""
    for number, (starts, ends) in enumerate(((8, 9), (9, 10)), start=1):
        BellTime.objects.create(
            term=term, number=number, starts=dt.time(starts), ends=dt.time(ends)
        )
    return weekly_lesson


@pytest.mark.parametrize(
    "arguments",
    [
        ["--until-period", "1"],
        ["--from-period", "1", "--until-period", "2"],
        ["--class-groups", "五年级二班"],
        ["--from-period", "1", "--class-groups", "五年级二班"],
    ],
)
def test_half_days_and_class_groups_only(
    term: Term, by_periods: WeeklyLesson, arguments: list[str]
):
    command = [
        "set_day",
        f"{day(term, 7)}..{day(term, 8)}",
        "holiday",
        "--name",
        "春游",
        *arguments,
    ]
    tried = lines(run(*command, "--dry-run"))
    removed = lines(run(*command))
    again = lines(run(*command))

    assert (
        tried
        == removed
        == [
            f"Deleted from the timetable: 语文课 五年级二班, {day(term, 7)} Mon 08:00–08:45.",
            "added=0 changed=0 unchanged=3 removed=1",
        ]
    )
    assert again == ["added=0 changed=0 unchanged=3 removed=0"]
    assert [part.name for part in term.part_days_off.all()] == ["春游"]
    assert not term.days.exists()


@pytest.mark.parametrize(
    "arguments", [["--from-period", "2"], ["--class-groups", "五年级三班", "--until-period", "1"]]
)
def test_lessons_of_other_periods_and_class_groups_stay(
    term: Term, by_periods: WeeklyLesson, arguments: list[str]
):
    ClassGroupFactory.create(name="五年级三班")

    assert lines(set_day(day(term, 7), "holiday", *arguments)) == [NOTHING]
    assert term.part_days_off.count() == 1


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["workday", "--until-period", "1"], "Only holidays can be half days"),
        (["holiday", "--from-period", "3"], "has no such period"),
        (["holiday", "--from-period", "0"], "has no such period"),
        (["holiday", "--from-period", "2", "--until-period", "1"], "lies before the first"),
        (["holiday", "--class-groups", "五年级九班"], "no class group with the name 五年级九班"),
        (["holiday", "--class-groups", ";"], "Choose a period or a class group"),
    ],
)
def test_parts_that_pages_refuse_are_refused_in_words(
    term: Term, by_periods: WeeklyLesson, arguments: list[str], reason: str
):
    refused = set_day(day(term, 7), *arguments)

    assert (refused.code, reason in refused.stderr) == (1, True), refused.stderr
    assert (term.part_days_off.count(), term.days.count()) == (0, 0)
    assert Lesson.objects.count() == 4


@pytest.mark.parametrize(
    ("first", "last", "reason"),
    [
        (5, 4, "the last day lies before the first"),
        (20, 28, "does not lie in the term 秋季学期"),
    ],
)
def test_range_that_is_none_of_the_term_changes_nothing(
    term: Term, weekly_lesson: WeeklyLesson, first: int, last: int, reason: str
):
    refused = run("set_day", f"{day(term, first)}..{day(term, last)}", "holiday")

    assert (refused.code, reason in refused.stderr) == (1, True)
    assert not term.days.exists()
    assert Lesson.objects.count() == 4


def test_lessons_move_to_a_day_that_was_set_already(term: Term, weekly_lesson: WeeklyLesson):
    TermDay.objects.create(term=term, date=day(term, 5), kind=DayKind.WORKDAY, plan_weekday=3)
    codes = set(Lesson.objects.values_list("code", flat=True))
    TermDay.objects.create(term=term, date=day(term, 0), kind=DayKind.HOLIDAY)

    told = lines(set_day(day(term, 5), "workday", "--as", "1"))

    assert told == [
        f"Moved: 语文课 五年级二班, from {day(term, 0)} Mon 08:00–08:45 to {day(term, 5)} Sat 08:00–08:45.",
        "added=0 changed=1 unchanged=3 removed=0",
    ]
    assert set(Lesson.objects.values_list("code", flat=True)) == codes


def test_dry_run_prints_the_same_and_changes_nothing(term: Term, weekly_lesson: WeeklyLesson):
    before = list(Lesson.objects.order_by("pk").values())

    tried = set_day(day(term, 7), "holiday", "--dry-run")

    assert list(Lesson.objects.order_by("pk").values()) == before
    assert not TermDay.objects.exists()
    assert tried == set_day(day(term, 7), "holiday")
    assert Lesson.objects.count() == 3


def test_dry_run_takes_no_transaction_from_anybody(term: Term, weekly_lesson: WeeklyLesson):
    with reading_alone():
        tried = set_day(day(term, 7), "holiday", "--dry-run")

    assert lines(tried)[-1] == "added=0 changed=0 unchanged=3 removed=1"


def test_term_has_nothing_left_to_plan(term: Term, weekly_lesson: WeeklyLesson):
    set_day(day(term, 7), "holiday")

    term.refresh_from_db()
    assert not term.awaits_planning


def test_term_that_changes_before_it_is_written_is_looked_at_anew(
    term: Term, weekly_lesson: WeeklyLesson, monkeypatch: pytest.MonkeyPatch
):
    saturday = TermDay(term=term, date=day(term, 12), kind=DayKind.WORKDAY, plan_weekday=1)

    def come_in() -> None:
        saturday.save()
        touch(term)

    monkeypatch.setattr(command, "own_transaction", after(come_in))

    told = lines(set_day(day(term, 7), "holiday"))

    assert told[-1] == "added=0 changed=1 unchanged=3 removed=0"
    assert planned(term) == [day(term, number) for number in (0, 12, 14, 21)]


def test_weekdays_as_people_write_them(term: Term, weekly_lesson: WeeklyLesson):
    words = ["1", "周一", "星期一", "一", "Monday", "mon", "１"]

    told = {
        word: lines(set_day(day(term, 5), "workday", "--as", word, "--dry-run"))[-1]
        for word in words
    }

    assert told == dict.fromkeys(words, "added=1 changed=0 unchanged=4 removed=0")


def test_again_changes_nothing_and_a_workday_of_its_own_plan_undoes_a_holiday(
    term: Term, weekly_lesson: WeeklyLesson
):
    set_day(day(term, 7), "holiday")
    assert lines(set_day(day(term, 7), "holiday")) == ["added=0 changed=0 unchanged=3 removed=0"]

    set_day(day(term, 7), "workday", "--term", "秋季学期")

    assert len(planned(term)) == 4


def test_who_takes_no_part_any_more_is_told_with_the_reason(
    term: Term, weekly_lesson: WeeklyLesson
):
    weekly_lesson.class_groups.update(archived_at=timezone.now())

    refused = set_day(day(term, 5), "workday", "--as", "1")

    assert refused.code == 1
    assert refused.stderr.splitlines() == [
        f"语文课 五年级二班, {day(term, 5)} Sat 08:00–08:45: The class group 五年级二班 is archived."
    ]


def test_students_of_two_class_groups_are_told_by_name(
    term: Term, weekly_lesson: WeeklyLesson, student: User
):
    english = ClassGroupFactory.create(name="英语A班")
    for group in (*weekly_lesson.class_groups.all(), english):
        MembershipFactory.create(user=student, class_group=group)
    LessonFactory.create(
        starts_at=timezone.make_aware(dt.datetime.combine(day(term, 5), dt.time(8))),
        course__name="英语课",
        class_groups=[english],
    )

    refused = set_day(day(term, 5), "workday", "--as", "1")

    assert refused.code == 1
    assert refused.stderr.splitlines() == [
        f"语文课 五年级二班, {day(term, 5)} Sat 08:00–08:45: {student.display_name} (五年级二班 and 英语A班) "
        f"is in 英语课 英语A班, {day(term, 5)} Sat 08:00–08:45 at that time"
    ]


@pytest.mark.both_databases("a command")
def test_conflicts_are_named_and_nothing_is_changed(
    term: Term, weekly_lesson: WeeklyLesson, teacher: User
):
    starts_at = timezone.make_aware(dt.datetime.combine(day(term, 5), dt.time(8, 30)))
    LessonFactory.create(
        teacher=teacher,
        starts_at=starts_at,
        course__name="数学课",
        class_groups=[ClassGroupFactory.create(name="六年级1班")],
    )

    for more in ([], ["--dry-run"]):
        refused = set_day(day(term, 5), "workday", "--as", "1", *more)

        assert (refused.code, refused.stdout) == (1, "")
        assert refused.stderr.splitlines() == [
            f"语文课 五年级二班, {day(term, 5)} Sat 08:00–08:45: {teacher.display_name} is in "
            f"数学课 六年级1班, {day(term, 5)} Sat 08:30–09:15 at that time"
        ]
    assert not TermDay.objects.exists()
    assert len(planned(term)) == 4


def test_plans_that_conflict_with_each_other_are_named(
    term: Term, weekly_lesson: WeeklyLesson, teacher: User
):
    other = WeeklyLessonFactory.create(
        term=term,
        teacher=teacher,
        course__name="数学课",
        weekday=2,
        class_groups=[ClassGroupFactory.create(name="六年级1班")],
    )
    WeeklyLesson.objects.filter(pk=other.pk).update(weekday=1)
    touch(term)

    refused = set_day(day(term, 12), "workday", "--as", "1")

    assert refused.code == 1
    assert "数学课 六年级1班" in refused.stderr
    assert "is in 语文课 五年级二班" in refused.stderr


@pytest.mark.parametrize("more", [[], ["--dry-run"]])
def test_lessons_that_were_left_out_before_stand_against_no_day(
    more: list[str], term: Term, weekly_lesson: WeeklyLesson, teacher: User
):
    WeeklyLessonFactory.create(term=term, teacher=teacher)
    plan_term(
        term,
        action=PlanningAction(),
        options=PlanOptions(at=timezone.now(), leaves_out_conflicts=True),
    )

    holiday = lines(set_day(day(term, 7), "holiday", *more))
    saturday = lines(set_day(day(term, 12), "workday", "--as", "1", *more))

    assert holiday[-1] == "added=0 changed=0 unchanged=3 removed=1"
    assert len(saturday) == 2
    assert len(planned(term)) == 4


def test_lessons_of_fet_follow_before_the_whole_term_is_planned(term: Term, teacher: User):
    fet = WeeklyLessonFactory.create(term=term, teacher=teacher, source=WeeklyLessonSource.FET)
    part = PlanPart.of(term, WeeklyLessonSource.FET)
    WeeklyLessonFactory.create(term=term, weekday=5)
    plan_term(term, action=PlanningAction(), options=PlanOptions(at=timezone.now(), part=part))
    Term.objects.update(planned_at=None)

    told = lines(set_day(day(term, 7), "holiday"))

    assert told[-1] == "added=0 changed=0 unchanged=3 removed=1"
    assert {each.weekly_lesson for each in PlannedLesson.objects.all()} == {fet}


def test_what_was_edited_by_hand_stays_and_is_named(term: Term, weekly_lesson: WeeklyLesson):
    lesson = Lesson.objects.order_by("starts_at")[1]
    change_lesson(lesson, dataclasses.replace(plan_of(lesson), title="复习"))

    told = lines(set_day(day(term, 7), "holiday"))

    assert told == [
        f"Left alone, since somebody changed it or its class has begun: 语文课 五年级二班, {day(term, 7)} Mon 08:00–08:45.",
        NOTHING,
    ]


def test_lessons_of_a_term_of_drafts_are_drafts(term: Term, weekly_lesson: WeeklyLesson):
    Lesson.objects.update(state=LessonState.DRAFT)

    set_day(day(term, 12), "workday", "--as", "1")

    assert {lesson.state for lesson in Lesson.objects.all()} == {LessonState.DRAFT}
    assert len(planned(term)) == 5


def test_a_term_that_was_never_planned_gets_its_day_alone(term: Term, teacher: User):
    WeeklyLessonFactory.create(term=term, teacher=teacher)

    told = lines(set_day(day(term, 7), "holiday"))

    assert told == [
        "The term was not planned yet: its lessons follow once it is.",
        "added=0 changed=0 unchanged=0 removed=0",
    ]
    assert TermDay.objects.get().date == day(term, 7)
    assert not Lesson.objects.exists()


def test_refusals_are_a_sentence_and_change_nothing(term: Term, weekly_lesson: WeeklyLesson):
    monday = str(term.first_monday)
    refused = [
        (["2001-09-03", "holiday"], "No term holds the day 2001-09-03."),
        ([monday, "holiday", "--term", "冬"], "There is no term 冬."),
        (["2001-09-03", "holiday", "--term", "秋季学期"], "2001-09-03 does not lie in the term"),
        (["tomorrow", "holiday"], "tomorrow: not a date such as 2024-09-02"),
        ([monday, "workday", "--as", "8"], "8: not a weekday such as"),
        ([monday, "holiday", "--as", "1"], "A holiday takes no weekday's plan"),
        ([monday, "holiday", "--name", "节" * 65], "The name is longer than 64 characters."),
    ]

    for arguments, reason in refused:
        outcome = run("set_day", *arguments)

        assert (outcome.code, outcome.stdout) == (1, ""), arguments
        assert outcome.stderr.startswith(reason)
        assert len(outcome.stderr.splitlines()) == 1
        assert not TermDay.objects.exists()
