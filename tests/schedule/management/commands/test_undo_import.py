from __future__ import annotations

from typing import Any

import pytest
from django.core.management import CommandError
from django.test import Client
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from schedule.imports.lesson_spreadsheet import import_lessons
from schedule.imports.user_spreadsheet import import_users
from schedule.imports.weekly_lesson_spreadsheet import take_weekly_lessons
from schedule.lessons.cancel import cancel_lesson
from schedule.models import ClassGroup, Course, ImportedFile, Lesson, PlanningAction, WeeklyLesson
from tests.factories.accounts import UserFactory
from tests.factories.schedule import TermFactory
from tests.support.commands import run
from tests.support.sheets import csv_of

pytestmark = pytest.mark.django_db

HEAD = "course,teacher,class_groups,date,start,end,room_type,record"
PEOPLE_HEAD = "username,display_name,role,class_groups,password"
WEEKLY_HEAD = "course,teacher,class_groups,weekday,start,end,weeks,room_type,record"
ROW = "语文课,li,1班,2099-09-02,8:00,8:45,0,yes"
OTHER = "数学课,li,1班,2099-09-02,9:00,9:45,0,yes"


@pytest.fixture(autouse=True)
def _english(settings: Any) -> None:
    settings.LANGUAGE_CODE = "en"


@pytest.fixture
def imported(planner: User) -> PlanningAction:
    UserFactory.create(username="li", display_name="李老师", roles=[Role.TEACHER])
    result = import_lessons(csv_of(HEAD, ROW, OTHER), by=planner)
    return PlanningAction.objects.get(code=result.action_code)


def test_lists_the_imports(imported: PlanningAction):
    (line,) = run("undo_import").stdout.splitlines()
    assert line.startswith(f"{imported.code} ")
    assert line.endswith(" lessons planner 2")

    run("undo_import", imported.code)

    assert run("undo_import").stdout.endswith(" planner 2 undone\n")


def test_undoes_one(imported: PlanningAction):
    outcome = run("undo_import", imported.code)

    assert outcome.stdout == "deleted=2 restored=0 left=0\n"
    assert outcome.stderr == "Courses and class groups deleted with it: 1班、数学课、语文课.\n"
    assert not Lesson.objects.exists()
    assert not Course.objects.exists()
    assert imported.undone_by.reason == "An import was undone."


def test_names_what_stays(imported: PlanningAction):
    cancel_lesson(Lesson.objects.order_by("pk")[0], reason="", at=timezone.now())

    first, last = run("undo_import", imported.code).stdout.splitlines()

    assert first.startswith("语文课 2099-09-02")
    assert first.endswith("was changed again since")
    assert last == "deleted=1 restored=0 left=1"


def test_dry_run_writes_nothing(imported: PlanningAction):
    outcome = run("undo_import", imported.code, "--dry-run")

    assert outcome.stdout == "deleted=2 restored=0 left=0\n"
    assert outcome.stderr.startswith("Courses and class groups deleted with it: ")
    assert (Lesson.objects.count(), Course.objects.count()) == (2, 2)


@pytest.mark.parametrize("option", [(), ("--dry-run",)])
def test_twice_is_an_error(imported: PlanningAction, option: tuple[str, ...]):
    run("undo_import", imported.code)

    with pytest.raises(CommandError, match="undone before"):
        run("undo_import", imported.code, *option)


def test_unknown_code_is_an_error(lesson: Lesson):
    code = lesson.changes.get().action.code

    with pytest.raises(CommandError, match="no import of this code"):
        run("undo_import", code)


@pytest.mark.parametrize("option", [(), ("--dry-run",)])
def test_says_when_nothing_is_left(imported: PlanningAction, option: tuple[str, ...]):
    for lesson in Lesson.objects.all():
        cancel_lesson(lesson, reason="", at=timezone.now())

    with pytest.raises(CommandError, match="Nothing is left"):
        run("undo_import", imported.code, *option)


class TestPeople:
    @pytest.fixture
    def file(self, planner: User) -> ImportedFile:
        rows = ("ming,王小明,student,1班,", "hong,李小红,student,1班,")
        check = import_users(csv_of(PEOPLE_HEAD, *rows), by=planner)
        return ImportedFile.objects.get(code=check.file_code)

    def test_are_listed_and_undone_as_on_the_page(self, file: ImportedFile):
        assert run("undo_import").stdout.endswith(" people planner 2\n")

        dry = run("undo_import", file.code, "--dry-run")
        assert User.objects.filter(username__in=["ming", "hong"]).count() == 2
        outcome = run("undo_import", file.code)

        assert outcome.stdout == dry.stdout == "deleted=2 restored=0 left=0\n"
        assert outcome.stderr == "Courses and class groups deleted with it: 1班.\n"
        assert not User.objects.filter(username__in=["ming", "hong"]).exists()
        assert not ClassGroup.objects.exists()
        assert run("undo_import").stdout.endswith(" people planner 2 undone\n")

    def test_who_has_signed_in_stays_and_is_named(self, file: ImportedFile):
        Client().force_login(User.objects.get(username="ming"))

        first, last = run("undo_import", file.code).stdout.splitlines()

        assert first == "王小明 (ming) · has signed in"
        assert last == "deleted=1 restored=1 left=1"

    @pytest.mark.parametrize("option", [(), ("--dry-run",)])
    def test_twice_is_an_error(self, file: ImportedFile, option: tuple[str, ...]):
        run("undo_import", file.code)

        with pytest.raises(CommandError, match="undone before"):
            run("undo_import", file.code, *option)

    @pytest.mark.parametrize("option", [(), ("--dry-run",)])
    def test_says_when_nothing_is_left(self, planner: User, option: tuple[str, ...]):
        UserFactory.create(username="li", display_name="李老师", roles=[Role.TEACHER])
        check = import_users(csv_of(PEOPLE_HEAD, "li,李明,,,"), by=planner)
        User.objects.filter(username="li").update(display_name="李大明")

        with pytest.raises(CommandError, match="Nothing is left"):
            run("undo_import", check.file_code, *option)


def test_undoes_one_of_weekly_lessons():
    UserFactory.create(username="li", display_name="李老师", roles=[Role.TEACHER])
    rows = csv_of(WEEKLY_HEAD, "数学,li,1班,1,8:00,8:45,,0,yes")
    term = TermFactory.create()
    take_weekly_lessons(rows, term, at=timezone.now(), require=lambda _check: None)
    file = ImportedFile.objects.get()

    assert run("undo_import").stdout.endswith(" weekly_lessons - 1\n")
    assert run("undo_import", file.code).stdout == "deleted=1 restored=0 left=0\n"
    assert not WeeklyLesson.objects.exists()
