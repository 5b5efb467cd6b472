from __future__ import annotations

from typing import Any

import pytest
from django.core.management import CommandError
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from schedule.imports.lesson_spreadsheet import import_lessons
from schedule.lessons.cancel import cancel_lesson
from schedule.models import Course, Lesson, PlanningAction
from tests.factories.accounts import UserFactory
from tests.support.commands import run
from tests.support.sheets import csv_of

pytestmark = pytest.mark.django_db

HEAD = "course,teacher,class_groups,date,start,end,room_type,record"
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
    assert line.endswith(" planner 2")

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
