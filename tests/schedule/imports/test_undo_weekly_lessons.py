"""Weekly lessons of before are put back, as long as they are as the import left them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import AuditKind, Role
from accounts.models import AuditEntry, User
from edu_platform.lib.versions import NotAsShown
from schedule.imports.fet.importing import meanings_of, read_file, save_fet
from schedule.imports.fet.meanings import Directory, Meaning, State
from schedule.imports.records import FileSource
from schedule.imports.undo_files import NothingToUndo, undo_file, undoing_of_file
from schedule.imports.weekly_lesson_spreadsheet import import_weekly_lessons, take_weekly_lessons
from schedule.models import (
    ClassGroup,
    Course,
    ImportedFile,
    Lesson,
    PlannedLesson,
    PlanningAction,
    Term,
    WeeklyLesson,
)
from schedule.terms.bells.bell_times import read_bells
from schedule.terms.planning.term_plan import PlanOptions, plan_term
from schedule.terms.term_versions import touch
from schedule.terms.weekly_lessons.kept_plans import WeeklyLeftReason
from schedule.terms.writing import set_bell_times
from tests.factories.accounts import UserFactory
from tests.factories.schedule import TermFactory, WeeklyLessonFactory
from tests.support.bell_lists import add_list
from tests.support.sheets import csv_of

HEAD = "course,teacher,class_groups,weekday,start,end,weeks,room_type,record"
FET_HEAD = "Activity Id,Day,Hour,Students Sets,Subject,Teachers,Activity Tags,Room,Comments"
MATHS = "数学,li,1班,1,8:00,8:45,,0,yes"
CHINESE = "语文,li,1班,2,8:00,8:45,,0,yes"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def term() -> Term:
    term: Term = TermFactory.create(weeks=4)
    return term


@pytest.fixture(autouse=True)
def li() -> User:
    user: User = UserFactory.create(username="li", display_name="李老师", roles=[Role.TEACHER])
    return user


def taken(*rows: str) -> ImportedFile:
    """Take a file as its page does, which leaves the lessons alone."""
    take_weekly_lessons(
        csv_of(HEAD, *rows), Term.objects.get(), at=timezone.now(), require=lambda _check: None
    )
    return ImportedFile.objects.latest("pk")


def weekly() -> list[tuple[str, int, str, str]]:
    rows = WeeklyLesson.objects.order_by("course__name", "weekday", "starts")
    return [(each.course.name, each.weekday, f"{each.starts:%H:%M}", each.source) for each in rows]


def undone(file: ImportedFile) -> tuple[int, int, int, list[WeeklyLeftReason]]:
    done = undo_file(file, by=None).weekly_lessons
    left = [each.reason for each in done.left_alone]
    return len(done.deleted), len(done.restored), len(done.made_again), left


def test_new_ones_go_with_the_names_that_came_with_them():
    file = taken(MATHS, CHINESE)

    assert undone(file) == (2, 0, 0, [])

    assert weekly() == []
    assert list(AuditEntry.objects.order_by("pk").values_list("kind", "details__added")) == [
        (AuditKind.WEEKLY_LESSONS_IMPORTED, 2),
        (AuditKind.WEEKLY_LESSONS_IMPORT_UNDONE, None),
    ]
    assert not Course.objects.exists()
    assert not ClassGroup.objects.exists()


def test_moved_and_removed_ones_are_as_before():
    taken(MATHS, CHINESE)
    before = weekly()
    file = taken(MATHS.replace("8:00,8:45", "9:00,9:45"))
    assert weekly() == [("数学", 1, "09:00", "file")]

    assert undone(file) == (0, 1, 1, [])
    assert weekly() == before
    assert list(WeeklyLesson.objects.values_list("class_groups__name", flat=True)) == ["1班"] * 2


def test_one_of_a_page_that_was_taken_over_is_of_the_page_again(term: Term, li: User):
    course = Course.objects.create(name="数学")
    group = ClassGroup.objects.create(name="1班")
    WeeklyLessonFactory.create(
        term=term, course=course, teacher=li, class_groups=[group], starts=dt.time(8)
    )
    file = taken(MATHS.replace("8:45", "8:50"))
    assert weekly() == [("数学", 1, "08:00", "file")]

    undone(file)

    assert weekly() == [("数学", 1, "08:00", "page")]
    assert WeeklyLesson.objects.get().ends == dt.time(8, 45)


def test_what_somebody_changed_since_stays(term: Term):
    file = taken(MATHS, CHINESE)
    WeeklyLesson.objects.filter(course__name="数学").update(starts=dt.time(7))
    touch(term)

    assert undone(file) == (1, 0, 0, [WeeklyLeftReason.CHANGED])
    assert weekly() == [("数学", 1, "07:00", "file")]
    assert [course.name for course in Course.objects.all()] == ["数学"]


def test_what_a_later_file_changed_stays_until_that_is_undone():
    first = taken(MATHS)
    second = taken(MATHS.replace("8:45", "8:50"))

    with pytest.raises(NothingToUndo):
        undo_file(first, by=None)
    undone(second)

    assert undone(first) == (1, 0, 0, [])


def test_place_that_somebody_has_by_now_is_not_taken(term: Term, li: User):
    taken(MATHS)
    file = taken(MATHS.replace("8:00,8:45", "9:00,9:45"))
    WeeklyLessonFactory.create(term=term, teacher=li, starts=dt.time(8), ends=dt.time(8, 45))

    with pytest.raises(NothingToUndo) as refused:
        undo_file(file, by=None)

    (left,) = refused.value.undoing.weekly_lessons.left_alone
    assert left.reason is WeeklyLeftReason.TAKEN


def test_those_of_a_teacher_who_left_stay(li: User):
    UserFactory.create(username="zhao", display_name="赵老师", roles=[Role.TEACHER])
    taken(MATHS)
    file = taken(MATHS.replace("li", "zhao"))
    User.objects.get_queryset().filter(pk=li.pk).update(is_active=False)

    with pytest.raises(NothingToUndo) as refused:
        undo_file(file, by=None)

    (left,) = refused.value.undoing.weekly_lessons.left_alone
    assert left.reason is WeeklyLeftReason.LEFT


def test_lessons_follow_with_the_plan_and_removed_ones_have_theirs_back(term: Term):
    taken(MATHS, CHINESE)
    plan_term(term, action=PlanningAction(), options=PlanOptions(at=timezone.now()))
    lessons = set(Lesson.objects.values_list("pk", flat=True))
    file = taken(MATHS)
    assert PlannedLesson.objects.filter(weekly_lesson=None).count() == 4

    undone(file)
    term.refresh_from_db()
    plan_term(term, action=PlanningAction(), options=PlanOptions(at=timezone.now()))

    assert not PlannedLesson.objects.filter(weekly_lesson=None).exists()
    assert set(Lesson.objects.values_list("pk", flat=True)) == lessons


class TestSeveralBellLists:
    """Class group 1 has other bell times than the term's own."""

    @pytest.fixture(autouse=True)
    def _lists(self, term: Term) -> None:
        set_bell_times(term, read_bells("08:00-08:45,09:00-09:45"))
        group = ClassGroup.objects.create(name="1班")
        add_list(term, "08:20-09:05,09:15-10:00", class_groups=[group])

    def starts(self, term: Term) -> set[str]:
        plan_term(term, action=PlanningAction(), options=PlanOptions(at=timezone.now()))
        rows = Lesson.objects.filter(planned__term=term)
        return {f"{timezone.localtime(lesson.starts_at):%H:%M}" for lesson in rows}

    @pytest.mark.parametrize("hours", ["1,1", "8:00,8:45"])
    def test_lessons_follow_to_the_list_that_holds(self, term: Term, hours: str):
        taken(MATHS.replace("8:00,8:45", hours))
        before = self.starts(term)
        file = taken(MATHS.replace("8:00,8:45", "2,2"))

        assert (before, self.starts(term)) == ({"08:20"}, {"09:15"})
        assert undone(file) == (0, 1, 0, [])
        assert self.starts(term) == before

    @pytest.mark.parametrize(
        ("starts", "ends", "left"),
        [
            ("08:50", "09:05", [WeeklyLeftReason.TAKEN]),
            ("08:00", "08:20", []),
        ],
    )
    def test_place_counts_as_taken_at_its_times_of_that_list(
        self, term: Term, li: User, starts: str, ends: str, left: list[WeeklyLeftReason]
    ):
        taken(MATHS)
        file = taken(MATHS.replace("1,8:00", "4,8:00"), CHINESE)
        hours = {"starts": dt.time.fromisoformat(starts), "ends": dt.time.fromisoformat(ends)}
        WeeklyLessonFactory.create(term=term, teacher=li, weekday=1, **hours)

        assert undone(file)[3] == left


def test_of_the_command_too(term: Term):
    import_weekly_lessons(csv_of(HEAD, MATHS), term, at=timezone.now(), file_name="课表.csv")
    file = ImportedFile.objects.get()

    assert (file.origin, file.file_name, file.term) == ("command", "课表.csv", term)
    assert undone(file)[0] == 1
    # Courses and class groups have lessons until the term is planned.
    assert Course.objects.exists()


def test_of_a_term_that_is_gone_nothing_is_left(term: Term):
    file = taken(MATHS)
    name = term.name
    WeeklyLesson.objects.all().delete()
    Term.objects.all().delete()
    file.refresh_from_db()

    undoing = undoing_of_file(file, by=None)

    assert (file.term, file.term_name) == (None, name)
    assert undoing.is_term_gone
    # What it made, and nothing uses any more, goes all the same.
    assert undo_file(file, by=None).made.names == ["1班", "数学"]


class TestFet:
    @pytest.fixture
    def file(self, term: Term) -> ImportedFile:
        data = csv_of(FET_HEAD, "1,Monday,8:00-8:45,9b,Maths,Mr New,,,")
        directory, read = Directory.read(), read_file(data)
        meanings = meanings_of(read, term, directory)
        meanings.teachers["Mr New"] = Meaning(State.NEW)
        meanings.students["9b"] = Meaning(State.NEW)
        save_fet(read, meanings, term, directory, source=FileSource("timetable.csv"))
        return ImportedFile.objects.get()

    def test_its_teachers_go_with_it(self, file: ImportedFile):
        undoing = undoing_of_file(file, by=None)
        assert [user.display_name for user in undoing.people.deleted] == ["Mr New"]
        assert undoing.made.names == ["9b", "Maths"]

        done = undo_file(file, by=None, known=undoing.version)

        assert (len(done.weekly_lessons.deleted), len(done.people.deleted)) == (1, 1)
        assert not User.objects.filter(display_name="Mr New").exists()
        assert not ClassGroup.objects.exists()

    def test_teacher_who_teaches_something_else_stays(self, term: Term, file: ImportedFile):
        WeeklyLessonFactory.create(
            term=term, teacher=User.objects.get(display_name="Mr New"), weekday=5
        )

        done = undo_file(file, by=None)

        assert len(done.weekly_lessons.deleted) == 1
        assert User.objects.filter(display_name="Mr New").exists()


def test_only_as_shown(term: Term):
    file = taken(MATHS, CHINESE)
    known = undoing_of_file(file, by=None).version
    WeeklyLesson.objects.filter(course__name="数学").update(starts=dt.time(7))
    touch(term)

    with pytest.raises(NotAsShown):
        undo_file(file, by=None, known=known)

    assert WeeklyLesson.objects.count() == 2


def test_many_cost_hardly_more_than_one(li: User):
    counts = []
    for number in (1, 12):
        rows: list[Any] = [
            f"课{each},li,{each}班,{1 + each % 5},{8 + each // 5}:00,{8 + each // 5}:45,,0,yes"
            for each in range(number)
        ]
        file = taken(*rows)
        with CaptureQueriesContext(connection) as queries:
            undoing_of_file(file, by=None)
        counts.append(len(queries))
        undo_file(file, by=None)

    assert counts[1] <= counts[0] + 1


def test_many_come_back_with_their_lessons_by_as_many_queries_as_one(term: Term):
    counts = []
    for number in (1, 20):
        times = [
            f"{8 + each // 4}:{each % 4 * 15:02},{8 + each // 4}:{each % 4 * 15 + 10}"
            for each in range(number)
        ]
        taken(CHINESE, *(f"数学,li,1班,1,{time},,0,yes" for time in times))
        plan_term(term, action=PlanningAction(), options=PlanOptions(at=timezone.now()))
        term.refresh_from_db()
        file = taken(CHINESE)
        with CaptureQueriesContext(connection) as queries:
            assert undone(file) == (0, 0, number, [])
        counts.append(len(queries))

    assert counts[1] <= counts[0] + 2
    assert not PlannedLesson.objects.filter(weekly_lesson=None).exists()
