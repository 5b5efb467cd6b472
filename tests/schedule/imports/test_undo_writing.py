"""The effects of undoing an import are worked out before anything is written, and anew where the timetable has changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from edu_platform.lib.progress import Phase, reporting_to
from edu_platform.lib.versions import NotAsShown
from schedule.history.snapshots import snapshot_of
from schedule.imports import undo as undo_module
from schedule.imports import undo_words
from schedule.imports.lesson_spreadsheet import import_lessons
from schedule.imports.undo import (
    AlreadyUndone,
    LeftReason,
    Undoing,
    UndoRefused,
    undo_import,
    undoing_of,
)
from schedule.lessons.change import change_lesson, schedule_lesson
from schedule.lessons.delete import delete_lessons
from schedule.lessons.trying_again import TRIES, ChangedMeanwhile
from schedule.models import Course, Lesson, LessonSnapshot, PlanningAction
from tests.factories.accounts import UserFactory
from tests.schedule.imports.meanwhile import after
from tests.support.lessons import begin, changed
from tests.support.sheets import csv_of
from tests.support.transactions import reading_alone

pytestmark = pytest.mark.django_db

HEAD = "course,teacher,class_groups,date,start,end,room_type,record"
ROW = "语文课,li,1班,2099-09-02,8:00,8:45,0,yes"
OTHER = "数学课,li,1班,2099-09-02,9:00,9:45,0,yes"


@pytest.fixture(autouse=True)
def people() -> None:
    for username in ("li", "zhao"):
        UserFactory.create(username=username, roles=[Role.TEACHER])


def take(*rows: str) -> PlanningAction:
    result = import_lessons(csv_of(HEAD, *rows))
    return PlanningAction.objects.get(code=result.action_code)


@pytest.fixture
def imported(people: None) -> PlanningAction:
    return take(ROW, OTHER)


@pytest.fixture
def first(imported: PlanningAction) -> Lesson:
    return Lesson.objects.get(course__name="语文课")


def undo(imported: PlanningAction, *changes: Callable[[], object], **options: Any) -> Undoing:
    return undo_import(imported, action=PlanningAction(), write_in=after(*changes), **options)


def test_looking_takes_no_transaction_from_anybody(imported: PlanningAction):
    with reading_alone():
        undoing = undoing_of(imported, at=timezone.now())

    assert undoing.can_be_done


def test_snapshots_and_people_of_many_lessons_are_made_once(
    imported: PlanningAction, monkeypatch: pytest.MonkeyPatch
):
    """The page shows a term's lessons within two seconds."""
    replacement = take(*(row.replace(":45", ":50") for row in (ROW, OTHER)))
    made: list[Lesson] = []

    def counted_snapshot(lesson: Lesson) -> LessonSnapshot:
        made.append(lesson)
        return snapshot_of(lesson)

    for module in (undo_module, undo_words):
        monkeypatch.setattr(module, "snapshot_of", counted_snapshot)
    undoing = undoing_of(replacement, at=timezone.now())
    undo_words.undo_context(undoing)

    assert len(made) == len(undoing.restored) == 2
    one, other = (restored.lesson for restored in undoing.restored)
    assert one.class_groups.all()[0] is other.class_groups.all()[0]
    assert one.teacher is other.teacher


def test_lesson_that_is_changed_before_is_left_alone(imported: PlanningAction, first: Lesson):
    undoing = undo(imported, lambda: change_lesson(first, changed(first, title="复习")))

    assert [left.reason for left in undoing.left_alone] == [LeftReason.CHANGED]
    assert list(Lesson.objects.all()) == [first]
    assert undoing.made.names == ["数学课"]


def test_what_was_seen_is_not_done_where_it_is_another_thing_by_then(
    imported: PlanningAction, first: Lesson
):
    known = undoing_of(imported, at=timezone.now()).version

    with pytest.raises(NotAsShown):
        undo(imported, lambda: change_lesson(first, changed(first, title="复习")), known=known)
    assert Lesson.objects.count() == 2


def test_class_that_begins_before_keeps_all(imported: PlanningAction, first: Lesson):
    with pytest.raises(UndoRefused) as refused:
        undo(imported, lambda: begin(first))

    assert refused.value.undoing.begun == [first]
    assert Lesson.objects.count() == 2


@pytest.mark.parametrize("deletes", [False, True])
def test_lesson_whose_time_comes_before_keeps_all(
    imported: PlanningAction, first: Lesson, deletes: bool
):
    undone = imported if deletes else take(ROW.replace("8:45", "8:30"))
    asked_at = first.starts_at - dt.timedelta(seconds=5)
    with time_machine.travel(asked_at) as clock, pytest.raises(UndoRefused) as refused:
        undo(undone, lambda: clock.shift(10))

    assert refused.value.undoing.begun == [first]
    assert Lesson.objects.count() == 2


def test_somebody_who_is_taken_before_keeps_all(first: Lesson):
    """The import made the lesson shorter; somebody else has the time by then."""
    imported = take(ROW.replace("8:45", "8:30"))

    def plan_another() -> None:
        half_past = first.starts_at + dt.timedelta(minutes=30)
        later = changed(first, course=Course.objects.create(name="英语课"), starts_at=half_past)
        schedule_lesson(later)

    with pytest.raises(UndoRefused) as refused:
        undo(imported, plan_another)
    who = {conflict.who for conflict in refused.value.undoing.conflicts}
    assert "1班" in who


def test_teacher_who_leaves_before_is_given_no_lesson_back(first: Lesson):
    imported = take(ROW.replace("li", "zhao"))

    def leave() -> None:
        User.objects.filter(username="li").update(is_active=False)

    with pytest.raises(UndoRefused) as refused:
        undo(imported, leave)
    left = refused.value.undoing.left_alone
    assert [(each.reason, len(each.who)) for each in left] == [(LeftReason.PEOPLE, 1)]
    first.refresh_from_db()
    assert first.teacher.username == "zhao"


def test_lesson_that_is_deleted_before_stays_deleted(imported: PlanningAction, first: Lesson):
    undo(imported, lambda: delete_lessons([first], at=timezone.now()))

    assert not Lesson.objects.exists()
    assert PlanningAction.objects.filter(undoes=imported).count() == 1


def test_of_two_one_undoes_it(imported: PlanningAction):
    with pytest.raises(AlreadyUndone):
        undo(imported, lambda: undo(imported))
    assert PlanningAction.objects.filter(undoes=imported).count() == 1


def test_timetable_that_does_not_stay_as_it_is_ends_it():
    rows = [ROW.replace("8:", f"{hour}:") for hour in range(8, 9 + TRIES)]
    imported = take(*rows)
    lessons = iter(Lesson.objects.order_by("starts_at"))

    def change_one() -> None:
        lesson = next(lessons)
        change_lesson(lesson, changed(lesson, title="复习"))

    with pytest.raises(ChangedMeanwhile):
        undo(imported, *[change_one] * TRIES)
    assert Lesson.objects.count() == len(rows)
    assert not PlanningAction.objects.filter(undoes=imported).exists()


def test_says_how_far_it_is(imported: PlanningAction):
    seen: list[Any] = []

    with reporting_to(lambda *progress: seen.append(progress)):
        undo(imported)

    phases = list(dict.fromkeys(phase for phase, _done, _total in seen))
    assert phases == [Phase.READING, Phase.COMPARING, Phase.CHECKING, Phase.WRITING]
