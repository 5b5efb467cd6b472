"""Files of lessons are worked out before anything is written, and anew where something has changed in between."""

from __future__ import annotations

import pytest

from accounts.enums import Role
from accounts.models import User
from edu_platform.lib.bulk_writing import WriteIn, own_transaction
from edu_platform.lib.progress import Phase, reporting_to
from edu_platform.lib.spreadsheets.rows import SheetRefused
from schedule.imports.lesson_spreadsheet import check_lessons, import_lessons
from schedule.lessons.change import change_lesson
from schedule.lessons.delete import delete_lessons
from schedule.lessons.trying_again import TRIES
from schedule.models import ClassGroup, Course, Lesson, LessonChange
from tests.factories.accounts import UserFactory
from tests.factories.schedule import ClassGroupFactory, CourseFactory
from tests.schedule.imports.meanwhile import after
from tests.support.lessons import begin as begin_class
from tests.support.lessons import changed
from tests.support.sheets import csv_of
from tests.support.transactions import reading_alone

pytestmark = pytest.mark.django_db

HEAD = "course,teacher,class_groups,date,start,end,room_type,record,title"
ROW = "语文课,li,1班,2099-09-02,8:00,8:45,0,yes,"
LONGER = "语文课,li,1班,2099-09-02,8:00,9:00,0,yes,"


@pytest.fixture(autouse=True)
def li() -> User:
    return UserFactory.create(username="li", display_name="李老师", roles=[Role.TEACHER])


def take(*rows: str, write_in: WriteIn = own_transaction) -> tuple[int, int, int]:
    result = import_lessons(csv_of(HEAD, *rows), write_in=write_in)
    return result.added, result.changed, result.unchanged


def test_check_takes_no_transaction_from_anybody():
    with reading_alone():
        check = check_lessons(csv_of(HEAD, ROW, ROW.replace("8:", "9:").replace("1班", "2班")))

    assert check.made.names == ["1班", "2班", "语文课"]


def test_lesson_is_named_that_stands_in_the_way_of_a_class_group_that_is_missing():
    other = ROW.replace("语文课", "数学课").replace("li", "zhao")
    UserFactory.create(username="zhao", roles=[Role.TEACHER])

    check = check_lessons(csv_of(HEAD, ROW, other))

    assert [(fault.line, fault.column) for fault in check.conflicts] == [(3, "class_groups")]
    assert "1班" in check.conflicts[0].reason


def test_lesson_that_is_changed_before_it_is_written_is_planned_anew():
    take(ROW)
    lesson = Lesson.objects.get()

    def give_it_a_title() -> None:
        change_lesson(lesson, changed(lesson, title="复习"))

    assert take(LONGER, write_in=after(give_it_a_title)) == (0, 1, 0)
    lesson.refresh_from_db()
    assert (lesson.title, lesson.ends_at.minute) == ("复习", 0)


def test_names_that_somebody_makes_before_they_are_written_are_taken():
    def make_both() -> None:
        CourseFactory.create(name="语文课")
        ClassGroupFactory.create(name="1班")

    assert take(ROW, write_in=after(make_both)) == (1, 0, 0)
    assert (Course.objects.count(), ClassGroup.objects.count()) == (1, 1)
    assert Course.objects.get().made_by is None


def test_lesson_that_is_deleted_before_it_is_written_is_new_again():
    take(ROW)
    lesson = Lesson.objects.get()

    def delete() -> None:
        delete_lessons([lesson], at=lesson.starts_at.replace(year=2098))

    assert take(LONGER, write_in=after(delete)) == (1, 0, 0)
    assert LessonChange.objects.filter(lesson=Lesson.objects.get()).count() == 1


def test_class_that_begins_before_its_lesson_is_written_is_told():
    take(ROW)
    lesson = Lesson.objects.get()

    def begin() -> None:
        begin_class(lesson)

    with pytest.raises(SheetRefused) as refused:
        take(LONGER, write_in=after(begin))
    assert [(fault.line, fault.column) for fault in refused.value.faults] == [(2, "end")]


def test_somebody_who_is_taken_before_it_is_written_is_told(li: User):
    def plan_another() -> None:
        take("数学课,li,2班,2099-09-02,8:00,8:45,0,yes,")

    with pytest.raises(SheetRefused) as refused:
        take(ROW, write_in=after(plan_another))
    assert [(fault.line, fault.column) for fault in refused.value.faults] == [(2, "teacher")]
    assert Lesson.objects.count() == 1
    assert not ClassGroup.objects.filter(name="1班").exists()


def test_teacher_who_leaves_before_it_is_written_is_told(li: User):
    def leave() -> None:
        User.objects.filter(pk=li.pk).update(is_active=False)

    with pytest.raises(SheetRefused) as refused:
        take(ROW, write_in=after(leave))
    assert [(fault.line, fault.column) for fault in refused.value.faults] == [(2, "teacher")]
    assert not Lesson.objects.exists()


def test_timetable_that_does_not_stay_as_it_is_has_the_file_imported_again():
    take(ROW)
    lesson = Lesson.objects.get()
    titles = iter("一二三")

    def give_another_title() -> None:
        change_lesson(lesson, changed(lesson, title=next(titles)))

    with pytest.raises(SheetRefused) as refused:
        take(LONGER, write_in=after(*[give_another_title] * TRIES))
    assert [fault.column for fault in refused.value.faults] == ["file"]


def test_says_how_far_it_is():
    seen: list[tuple[Phase, int, int]] = []

    with reporting_to(lambda *progress: seen.append(progress)):
        take(ROW, ROW.replace("8:", "9:"))

    phases = list(dict.fromkeys(phase for phase, _done, _total in seen))
    assert phases == [Phase.READING, Phase.COMPARING, Phase.CHECKING, Phase.WRITING]
    assert (Phase.WRITING, 2, 2) in seen
