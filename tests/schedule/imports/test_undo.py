"""Imports that are taken back: what goes, what returns, and what stays as it is."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import AuditKind, Role
from accounts.models import AuditEntry, Notice, RoleGrant, User
from edu_platform.lib.versions import NotAsShown
from schedule.absences.writing import stand_in
from schedule.changes import telling
from schedule.class_groups.writing import archive_class_groups
from schedule.enums import ActionOrigin, ChangeKind, CloudStatus, RecordMode, RoomType
from schedule.imports.lesson_spreadsheet import import_lessons
from schedule.imports.made_names import unused_names
from schedule.imports.undo import (
    AlreadyUndone,
    LeftReason,
    Undoing,
    UndoRefused,
    undo_import,
    undoing_of,
)
from schedule.lessons.cancel import cancel_lesson
from schedule.lessons.change import change_lesson, publish_lesson
from schedule.lessons.delete import delete_lessons
from schedule.models import (
    ClassGroup,
    Course,
    DeletedLesson,
    FetName,
    Lesson,
    LessonChange,
    PlannedLesson,
    PlanningAction,
    Room,
    Substitution,
)
from schedule.terms.planning import term_plan
from tests.factories.accounts import UserFactory
from tests.factories.schedule import (
    ChannelFactory,
    ClassGroupFactory,
    CourseFactory,
    LessonFactory,
    MembershipFactory,
    TermFactory,
    WeeklyLessonFactory,
)
from tests.support.lessons import changed
from tests.support.sheets import csv_of
from tests.support.threads import all_at_once

pytestmark = pytest.mark.django_db

HEAD = "course,teacher,class_groups,date,start,end,room_type,record,title,assistants"
ROW = "语文课,li,1班,2099-09-02,8:00,8:45,0,yes,,"
OTHER = "数学课,li,1班,2099-09-02,9:00,9:45,0,yes,,"
# The first one, with everything another that a row can change.
CHANGED = "语文课,zhao,1班,2099-09-02,8:00,9:00,1,no,复习,li"


@pytest.fixture(autouse=True)
def li() -> User:
    return UserFactory.create(username="li", display_name="李老师", roles=[Role.TEACHER])


@pytest.fixture(autouse=True)
def zhao() -> User:
    return UserFactory.create(username="zhao", display_name="赵老师", roles=[Role.TEACHER])


def take(*rows: str, **options: Any) -> PlanningAction:
    result = import_lessons(csv_of(HEAD, *rows), **options)
    return PlanningAction.objects.get(code=result.action_code)


def undo(imported: PlanningAction, **columns: Any) -> Undoing:
    action = PlanningAction(origin=ActionOrigin.PAGE, **columns)
    return undo_import(imported, action=action)


def look(imported: PlanningAction) -> Undoing:
    return undoing_of(imported, at=timezone.now())


def shape() -> list[tuple[Any, ...]]:
    """All that a row can change of each lesson, and what follows from it."""
    return [
        (
            *(lesson.title, lesson.teacher_id, lesson.ends_at, lesson.room_type),
            *(lesson.record_mode, lesson.state, lesson.students_may_download),
            sorted(lesson.assistants.values_list("pk", flat=True)),
            sorted(
                lesson.occupations.values_list("person", "class_group", "ends_at", "is_active"),
                key=str,
            ),
        )
        for lesson in Lesson.objects.order_by("pk")
    ]


class TestUndone:
    def test_planned_lessons_are_deleted_and_calendars_hear_of_it(self, planner: User):
        imported = take(ROW, OTHER)

        undoing = undo(imported, by=planner, reason="导错了")

        assert len(undoing.deleted) == 2
        assert not Lesson.objects.exists()
        assert DeletedLesson.objects.count() == 2
        # The history has one action that names the import.
        made = LessonChange.objects.order_by("-pk")[0]
        assert made.kinds == [ChangeKind.DELETED]
        assert (made.action.by, made.action.origin, made.action.reason) == (
            *(planner, ActionOrigin.PAGE),
            "导错了",
        )
        assert made.action.undoes == imported
        entry = AuditEntry.objects.latest("pk")
        assert (entry.kind, entry.actor) == (AuditKind.LESSONS_IMPORT_UNDONE, planner)
        assert entry.details == {"deleted": 2, "restored": 0, "left": 0}

    def test_drafts_vanish_without_a_trace(self):
        undo(take(ROW, as_draft=True))

        assert not Lesson.objects.exists()
        assert not DeletedLesson.objects.exists()

    def test_drafts_that_were_published_since_are_deleted_too(self):
        imported = take(ROW, as_draft=True)
        publish_lesson(Lesson.objects.get())

        undo(imported)

        assert not Lesson.objects.exists()
        assert DeletedLesson.objects.count() == 1

    def test_changed_lessons_become_what_they_were(self):
        take(ROW, OTHER)
        Lesson.objects.update(students_may_download=True)
        before = shape()
        imported = take(CHANGED)
        assert shape() != before

        undo(imported)

        assert shape() == before

    def test_lessons_that_were_recorded_by_hand_are_so_again(self):
        take(ROW)
        Lesson.objects.update(record_mode=RecordMode.MANUAL)
        imported = take(ROW.replace("yes", "no"))

        undo(imported)

        assert Lesson.objects.get().record_mode == RecordMode.MANUAL

    def test_cancelled_lessons_that_were_changed_too(self):
        take(ROW)
        cancel_lesson(Lesson.objects.get(), reason="", at=timezone.now())
        before = shape()
        imported = take(CHANGED)

        undo(imported)

        assert shape() == before

    def test_lessons_may_swap_back(self):
        take(ROW, ROW.replace("li,1班", "zhao,2班"))
        before = shape()
        imported = take(ROW.replace("li,1班", "zhao,1班"), ROW.replace("li,1班", "li,2班"))

        undo(imported)

        assert shape() == before

    def test_lesson_that_a_new_one_had_driven_out_gets_its_teacher_back(self):
        take(ROW)
        before = shape()
        imported = take(ROW.replace("li", "zhao"), ROW.replace("1班", "2班"))

        undo(imported)

        assert shape() == before

    def test_twice_is_once(self):
        take(ROW)
        imported = take(CHANGED)
        undo(imported)
        count = LessonChange.objects.count()

        with pytest.raises(AlreadyUndone):
            undo(imported)

        assert LessonChange.objects.count() == count

    def test_imports_are_undone_one_after_the_other_and_taken_again(self):
        first = take(ROW)
        second = take(CHANGED)

        undo(second)
        undo(first)

        assert not Lesson.objects.exists()
        take(ROW)
        assert Lesson.objects.count() == 1

    def test_plan_of_the_term_looks_after_its_lessons_again(self, li: User):
        imported = take(row_of_planned_lesson(li))
        assert PlannedLesson.objects.get().is_edited

        undo(imported)

        assert not PlannedLesson.objects.get().is_edited

    def test_substitute_whom_the_import_sent_home_stands_in_again(self, li: User, zhao: User):
        take(ROW)
        lesson = Lesson.objects.get()
        stand_in([(lesson, zhao)], action=PlanningAction(origin=ActionOrigin.PAGE))
        imported = take(ROW)
        assert not Substitution.objects.exists()

        undo(imported)

        made = Substitution.objects.get()
        lesson.refresh_from_db()
        assert (lesson.teacher, made.lesson, made.absent_teacher) == (zhao, lesson, li)


def row_of_planned_lesson(teacher: User) -> str:
    """Plan a term of one lesson, and return a row that gives it another teacher."""
    term = TermFactory.create(weeks=1)
    weekly_lesson = WeeklyLessonFactory.create(term=term, teacher=teacher)
    term_plan.plan_term(
        term, action=PlanningAction(), options=term_plan.PlanOptions(at=timezone.now())
    )
    start = timezone.localtime(Lesson.objects.get().starts_at)
    (group,) = weekly_lesson.class_groups.all()
    return f"{weekly_lesson.course.name},zhao,{group.name},{start:%Y-%m-%d},8:00,8:45,0,yes,,"


class TestLeftAlone:
    def test_lesson_whose_groups_somebody_let_overlap_before_stays_out_of_the_plan(self, li: User):
        row = row_of_planned_lesson(li)
        lesson = Lesson.objects.get()
        change_lesson(lesson, changed(lesson, overlap_reason="两个小组"))

        undo(take(row))

        assert PlannedLesson.objects.get().is_edited
        assert Lesson.objects.get().overlap_reason == "两个小组"

    def test_lesson_whose_groups_somebody_let_overlap_since_stays_as_it_is(self, li: User):
        imported = take(row_of_planned_lesson(li))
        lesson = Lesson.objects.get()
        change_lesson(lesson, changed(lesson, overlap_reason="两个小组"))

        assert [each.reason for each in look(imported).left_alone] == [LeftReason.CHANGED]

    def test_what_was_changed_since_stays_and_is_named(self):
        take(ROW)
        imported = take(CHANGED, OTHER)
        for lesson in Lesson.objects.all():
            change_lesson(lesson, changed(lesson, room_type=RoomType.ROUND_TABLE))
        before = shape()

        undoing = look(imported)

        assert [each.reason for each in undoing.left_alone] == [LeftReason.CHANGED] * 2
        with pytest.raises(UndoRefused):
            undo(imported)
        assert shape() == before

    def test_what_was_changed_back_since_is_undone(self):
        imported = take(ROW)
        lesson = Lesson.objects.get()
        change_lesson(lesson, changed(lesson, room_type=RoomType.LECTURE))
        change_lesson(lesson, changed(lesson, room_type=RoomType.INTERACTIVE))

        assert [each.pk for each in look(imported).deleted] == [lesson.pk]

    def test_what_was_cancelled_or_deleted_since_stays_so(self):
        imported = take(ROW, OTHER, ROW.replace("2099-09-02", "2099-09-03"))
        first, second, _third = Lesson.objects.order_by("pk")
        cancel_lesson(first, reason="", at=timezone.now())
        delete_lessons([second], at=timezone.now())

        undoing = undo(imported)

        assert [each.reason for each in undoing.left_alone] == [LeftReason.CHANGED, LeftReason.GONE]
        assert [lesson.pk for lesson in Lesson.objects.all()] == [first.pk]

    @pytest.mark.parametrize("lost", ["role", "account"])
    def test_lesson_of_somebody_who_can_no_longer_teach_stays_and_says_who(self, li: User, lost):
        take(ROW, OTHER)
        imported = take(ROW.replace("li", "zhao"), OTHER.replace("9:45", "9:50"))
        if lost == "role":
            RoleGrant.objects.filter(user=li).delete()
        else:
            User.objects.get_queryset().filter(pk=li.pk).update(is_active=False)

        undoing = undo(imported)

        (left,) = undoing.left_alone
        assert (left.reason, left.who) == (LeftReason.PEOPLE, ("李老师",))
        # Who teaches a lesson now goes on teaching it.
        assert len(undoing.restored) == 1

    def test_courses_and_class_groups_that_were_there_stay_and_are_named(
        self, class_group: ClassGroup
    ):
        LessonFactory.create(class_groups=[class_group])
        MembershipFactory.create(class_group__name="有学生")
        for name in ("数学课", "语文课"):
            CourseFactory.create(name=name)
        ClassGroupFactory.create(name="1班")
        rows = (ROW, OTHER.replace("1班", f"{class_group.name};有学生"))
        imported = take(*rows)

        assert unused_names(look(imported).deleted) == ["1班", "数学课", "语文课"]
        assert undo(imported).made.names == []

        assert ClassGroup.objects.filter(name="1班").exists()


class TestMadeByTheImport:
    def test_courses_and_class_groups_go_with_its_lessons(self):
        imported = take(ROW, OTHER)

        assert look(imported).made.names == ["1班", "数学课", "语文课"]
        assert undo(imported).made.names == ["1班", "数学课", "语文课"]

        assert not Course.objects.exists()
        assert not ClassGroup.objects.exists()
        # The history has their names.
        names = [
            change.before["course"][1] for change in LessonChange.objects.all() if change.before
        ]
        assert names == ["语文课", "数学课"]

    def test_what_something_else_uses_by_now_stays(self):
        imported = take(*(f"{n}课,li,{n}班,2099-09-0{n + 1},8:00,8:45,0,yes,," for n in range(6)))
        group = {each.name: each for each in ClassGroup.objects.all()}
        MembershipFactory.create(class_group=group["0班"])
        WeeklyLessonFactory.create(
            class_groups=[group["1班"]], course=Course.objects.get(name="1课")
        )
        LessonFactory.create(class_groups=[group["2班"]], course=Course.objects.get(name="2课"))
        ChannelFactory.create(class_group=group["3班"])
        FetName.objects.create(kind="students", name="4a", class_group=group["4班"])
        archive_class_groups([group["5班"]], at=timezone.now(), by=None)

        undoing = undo(imported)

        assert undoing.made.names == ["0课", "3课", "4课", "5课"]
        assert ClassGroup.objects.filter(name__in=group).count() == len(group)

    def test_what_lessons_that_stay_need_stays(self):
        imported = take(ROW, OTHER)
        lesson = Lesson.objects.order_by("pk")[0]
        cancel_lesson(lesson, reason="", at=timezone.now())

        assert undo(imported).made.names == ["数学课"]


class TestRefused:
    def refused(self, imported: PlanningAction) -> Undoing:
        before = shape()
        with pytest.raises(UndoRefused) as err:
            undo(imported)
        assert shape() == before
        assert not PlanningAction.objects.exclude(undoes=None).exists()
        return err.value.undoing

    def test_once_a_class_has_begun(self):
        imported = take(ROW, OTHER)
        lesson = Lesson.objects.order_by("pk")[0]
        Room.objects.create(
            lesson=lesson, room_id=1, sdk_app_id=1, cloud_status=CloudStatus.RUNNING
        )

        assert [each.pk for each in self.refused(imported).begun] == [lesson.pk]

    def test_of_history(self):
        imported = take(ROW.replace("2099", "2024"), OTHER)

        assert len(self.refused(imported).begun) == 1

    def test_when_somebody_is_taken_meanwhile(self, li: User):
        take(ROW)
        imported = take(CHANGED.replace(",li", ","))
        lesson = Lesson.objects.get()
        other = LessonFactory.create(
            teacher=li, starts_at=lesson.starts_at, ends_at=lesson.starts_at + dt.timedelta(hours=1)
        )

        (conflict,) = self.refused(imported).conflicts

        assert (conflict.who, conflict.other.pk) == ("李老师", other.pk)
        assert conflict.restored.lesson.pk == lesson.pk

    def test_when_it_would_do_another_thing_than_was_seen(self):
        imported = take(ROW, OTHER)
        known = look(imported).version
        cancel_lesson(Lesson.objects.order_by("pk")[0], reason="", at=timezone.now())

        with pytest.raises(NotAsShown) as err:
            undo_import(imported, action=PlanningAction(), known=known)

        assert err.value.now.version != known
        undo_import(imported, action=PlanningAction(), known=err.value.now.version)
        assert Lesson.objects.get().is_cancelled

    def test_when_it_is_no_import(self, lesson: Lesson):
        action = lesson.changes.get().action

        with pytest.raises(PlanningAction.DoesNotExist):
            undo(action)


class TestTold:
    @pytest.fixture
    def ming(self) -> User:
        return MembershipFactory.create(class_group__name="1班").user

    def test_who_has_not_heard_of_the_import_hears_of_neither(self, ming: User):
        imported = take(ROW, OTHER)
        telling.tell_changes(timezone.now())
        assert Notice.objects.filter(user=ming).count() == 1

        undo(imported)
        telling.tell_changes(timezone.now())

        assert not Notice.objects.filter(user=ming).exists()

    def test_who_has_heard_of_the_import_hears_of_the_undo_once(self, ming: User):
        imported = take(ROW, OTHER)
        telling.tell_changes(timezone.now())
        Notice.objects.update(read_at=timezone.now())

        undo(imported)
        telling.tell_changes(timezone.now())

        assert Notice.objects.filter(user=ming, read_at=None).count() == 1


def test_many_lessons_take_few_statements():
    rows = [
        f"课{number % 12},t{number % 20},{number % 20}班,2099-09-{1 + number // 200:02},"
        f"{8 + number // 20 % 10}:00,{8 + number // 20 % 10}:45,0,yes,,"
        for number in range(40)
    ]
    for number in range(20):
        UserFactory.create(username=f"t{number}", roles=[Role.TEACHER])

    def statements(count: int) -> int:
        take(*rows[:count])
        imported = take(
            *[row.replace("45,0,yes", "50,0,yes") for row in rows[: count // 2]],
            *[row.replace("2099-09", "2099-10") for row in rows[:count]],
        )
        with CaptureQueriesContext(connection) as counted:
            undo(imported)
        # Replays follow by their own service.
        own = [query for query in counted.captured_queries if "replays_" not in query["sql"]]
        return sum("SAVEPOINT" not in query["sql"] for query in own)

    few = statements(10)
    assert statements(40) < few + 20


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_undoes_it():
    if connection.vendor == "sqlite":
        pytest.skip("on SQLite transactions that write come one after the other anyway")
    imported = take(ROW, OTHER)

    def work(_number: int) -> str:
        try:
            undo(imported)
        except AlreadyUndone:
            return "already"
        return "undone"

    assert sorted(all_at_once(work, range(3))) == ["already", "already", "undone"]
    assert PlanningAction.objects.filter(undoes=imported).count() == 1
