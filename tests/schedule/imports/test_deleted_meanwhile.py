"""Pages that name a course or class group which goes, with the import that made it, before they are saved."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from schedule.imports.lesson_spreadsheet import import_lessons
from schedule.imports.undo import undo_import
from schedule.models import (
    Channel,
    CheckedFile,
    ClassGroup,
    Course,
    PlanningAction,
    Term,
    WeeklyLesson,
)
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.factories.schedule import TermFactory
from tests.support.pages import main
from tests.support.sheets import csv_of
from tests.support.threads import done_during

pytestmark = pytest.mark.django_db(transaction=True)

LESSONS = "course,teacher,class_groups,date,start,end,room_type,record"
LESSON = "语文课,li,1班,2099-09-02,8:00,8:45,0,yes"
WEEKLY_LESSONS = "课程,老师,班级,星期,开始,结束,周次,课堂类型,录制"
WEEKLY_LESSON = "语文课,li,1班,周一,8:00,8:45,,,"
REASON = "A related entry was deleted or used in the meantime: check again."


@pytest.fixture
def imported(transactional_db: None) -> PlanningAction:
    """The import that brought the course and the class group with its only lesson."""
    if connection.vendor == "sqlite":
        pytest.skip("on SQLite transactions that write come one after the other anyway")
    UserFactory.create(username="li", roles=[Role.TEACHER])
    result = import_lessons(csv_of(LESSONS, LESSON))
    return PlanningAction.objects.get(code=result.action_code)


@pytest.fixture
def term(imported: PlanningAction) -> Term:
    return TermFactory.create()


@pytest.fixture
def client(signed_in: SignedIn, planner: User) -> Client:
    return signed_in(planner, "en")


def while_it_is_undone(imported: PlanningAction, send: Callable[[], Any]) -> Any:
    def undo() -> None:
        undo_import(imported, action=PlanningAction(at=timezone.now()))

    return done_during(undo, send)


def assert_refused(answer: Any, status: int) -> None:
    assert answer.status_code == status
    assert REASON in main(answer).text
    assert not Course.objects.exists()


def test_weekly_lesson(imported: PlanningAction, term: Term, client: Client):
    sent = {"course": "语文课", "teacher": "li", "class_groups": "1班", "weekday": "1"}
    sent |= {"start": "8:00", "end": "8:45", "weeks": "1-4", "room_type": "0", "record": "yes"}
    page = f"/schedule/terms/{term.code}/weekly/new/"

    answer = while_it_is_undone(imported, lambda: client.post(page, sent))

    assert_refused(answer, 422)
    assert not WeeklyLesson.objects.exists()


def test_file_of_weekly_lessons(imported: PlanningAction, term: Term, client: Client):
    page = f"/schedule/terms/{term.code}/import/"
    file = SimpleUploadedFile("课程.csv", csv_of(WEEKLY_LESSONS, WEEKLY_LESSON))
    client.post(page, {"file": file, "check": ""})
    sent = {"kept": CheckedFile.objects.get().code, "take": ""}

    answer = while_it_is_undone(imported, lambda: client.post(page, sent))

    assert_refused(answer, 409)
    assert not WeeklyLesson.objects.exists()


def test_robot_of_a_class_group(imported: PlanningAction, client: Client):
    address = (
        "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7000-4bc4-97a0-0ec2sifa5aaa"
    )
    sent = {"name": "家长群", "address": address, "class_group": ClassGroup.objects.get().code}

    answer = while_it_is_undone(imported, lambda: client.post("/schedule/channels/new/", sent))

    assert_refused(answer, 422)
    assert not Channel.objects.exists()
