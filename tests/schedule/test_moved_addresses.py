"""Addresses of the administration that lead to pages of planners."""

from __future__ import annotations

import pytest

from accounts.models import User
from schedule.models import Lesson, LessonChange, PlanningAction
from tests.cast import SignedIn

pytestmark = pytest.mark.django_db

ADMIN = "/admin/schedule/"


@pytest.fixture
def moved(lesson: Lesson) -> dict[str, str]:
    change = LessonChange.objects.get(lesson=lesson)
    action = PlanningAction.objects.get(pk=change.action_id)
    page = f"/schedule/lessons/{lesson.code}/"
    return {
        "lesson/": "/schedule/lessons/",
        "lesson/?trouble=draft&day=today&x=1": "/schedule/lessons/?day=today&trouble=draft",
        "lesson/?state__exact=draft&teacher=7": "/schedule/lessons/?state=draft",
        "lesson/add/": "/schedule/lessons/new/",
        f"lesson/{lesson.pk}/change/": f"{page}change/",
        f"lesson/{lesson.pk}/delete/": f"{page}delete/",
        f"lesson/{lesson.pk}/history/": f"{page}changes/",
        f"lessonchange/?q={lesson.code}": f"/schedule/changes/?q={lesson.code}",
        f"lessonchange/{change.pk}/change/": f"{page}changes/",
        "planningaction/?origin__exact=import": "/schedule/changes/?origin=import",
        f"planningaction/{action.pk}/change/": f"/schedule/changes/{action.code}/",
    }


def test_they_lead_to_pages_that_are_there(
    signed_in: SignedIn, planner: User, moved: dict[str, str]
):
    client = signed_in(planner)

    answers = {path: client.get(ADMIN + path) for path in moved}

    assert {path: answer["Location"] for path, answer in answers.items()} == moved
    assert {answer.status_code for answer in answers.values()} == {302}
    assert {client.get(address).status_code for address in moved.values()} == {200}


def test_row_that_is_not_there_is_missing(signed_in: SignedIn, planner: User):
    client = signed_in(planner)

    for path in ("lesson/999/change/", f"lesson/{9**40}/history/", "planningaction/999/change/"):
        assert client.get(ADMIN + path).status_code == 404


def test_others_are_turned_away_as_by_all_of_the_administration(
    signed_in: SignedIn, teacher: User, supervisor: User, moved: dict[str, str]
):
    for user in (teacher, supervisor):
        client = signed_in(user)
        answers = [client.get(ADMIN + path) for path in moved]
        assert {answer.status_code for answer in answers} == {302}
        assert all(answer["Location"].startswith("/admin/login/") for answer in answers)


def test_nothing_is_sent_there(signed_in: SignedIn, planner: User, moved: dict[str, str]):
    assert {signed_in(planner).post(ADMIN + path).status_code for path in moved} == {405}
