"""The command on the server: what would go, the second hand, and the line for backups."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.core.management import CommandError
from django.utils import translation

from accounts.enums import Role
from accounts.models import Erasure, User
from accounts.services import registration
from classroom.client.rate_limits import Priority
from schedule.models import Course, Lesson
from tests.factories.accounts import UserFactory
from tests.factories.schedule import CourseFactory, LessonFactory, school_time
from tests.support.cloud import LocalCloud
from tests.support.commands import Outcome, run
from tests.support.erasing import ERASED, asked, erased, somebody

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_in_english")]

LINE = re.compile(r"erased=[0-9a-z]+ \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
NAME = "欧阳明月"


@pytest.fixture
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def last_line(outcome: Outcome) -> str:
    return outcome.stdout.splitlines()[-1]


def test_without_yes_nothing_changes_and_it_is_said_what_would_go():
    person = somebody(NAME, username="moonlight")
    LessonFactory.create(
        title=f"给{NAME}补课", starts_at=school_time(-9, 9), ends_at=school_time(-9, 10)
    )

    outcome = run("erase_person", "moonlight")

    assert outcome.code == 0
    assert "1  roles: its row is deleted" in outcome.stdout
    assert "3  in text of the school" in outcome.stdout
    assert "Nothing was changed" in last_line(outcome)
    assert User.objects.get(pk=person.pk).display_name == NAME
    assert not Erasure.objects.exists()


def test_without_yes_what_stands_against_it_is_said():
    teacher = UserFactory.create(username="teacher77", roles=[Role.TEACHER])
    LessonFactory.create(teacher=teacher)

    outcome = run("erase_person", "teacher77")

    assert outcome.code == 0
    assert "Against it: They teach or assist 1 lesson to come" in outcome.stdout


def test_with_yes_the_person_is_erased_here_and_in_the_cloud(local_cloud: LocalCloud):
    person = somebody(NAME, username="moonlight")
    registration.ensure_registered(person, Priority.BACKGROUND)

    outcome = run("erase_person", "moonlight", "--yes")

    assert outcome.code == 0
    assert LINE.fullmatch(last_line(outcome))
    assert local_cloud.users() == []
    assert User.objects.get(pk=person.pk).display_name == ERASED


def test_once_more_it_says_so_with_the_same_line():
    somebody(NAME, username="moonlight")
    first = run("erase_person", "moonlight", "--yes")

    for name in ("moonlight", "MOONLIGHT", Erasure.objects.get().key):
        again = run("erase_person", name, "--yes")

        assert again.code == 0
        assert "erased already" in again.stdout
        assert last_line(again) == last_line(first)


def test_it_is_the_second_hand_where_an_administrator_has_asked(administrator: User):
    person = somebody(username="moonlight")
    asked(person, by=administrator)

    run("erase_person", "moonlight", "--yes")

    erasure = Erasure.objects.get()
    assert (erasure.asked_by, erasure.confirmed_by) == (administrator, None)
    assert erasure.is_erased


def test_what_stands_against_it_ends_with_an_error_and_changes_nothing():
    teacher = UserFactory.create(username="teacher77", roles=[Role.TEACHER])
    LessonFactory.create(teacher=teacher)

    with pytest.raises(CommandError, match="hand it over first"):
        run("erase_person", "teacher77", "--yes")

    assert User.objects.get(pk=teacher.pk).is_active
    assert not Erasure.objects.exists()


def test_a_silent_cloud_ends_with_an_error_and_the_command_goes_on_later(local_cloud: LocalCloud):
    person = somebody(username="moonlight")
    registration.ensure_registered(person, Priority.BACKGROUND)
    local_cloud.switch("DeleteUser", "drop_before")

    with pytest.raises(CommandError, match="Not erased yet"):
        run("erase_person", "moonlight", "--yes")
    local_cloud.clear()

    assert LINE.fullmatch(last_line(run("erase_person", "moonlight", "--yes")))


def test_places_that_somebody_decides_about_are_named_by_their_page():
    somebody(NAME)
    person = somebody(NAME, username="moonlight")
    LessonFactory.create(title=NAME, starts_at=school_time(-9, 9), ends_at=school_time(-9, 10))

    outcome = run("erase_person", "moonlight", "--yes")

    assert outcome.code == 0
    assert f"/people/erasures/{person.code}/" in outcome.stdout
    assert Lesson.objects.get().title == NAME


def test_nobody_of_this_name_is_an_error():
    with pytest.raises(CommandError, match="nobody with the username nobody"):
        run("erase_person", "nobody")


def test_who_has_the_username_now_is_meant_and_not_who_had_it():
    erased(somebody(username="moonlight"))
    newcomer = somebody("司马青云", username="moonlight")

    run("erase_person", "moonlight", "--yes")

    assert User.objects.get(pk=newcomer.pk).display_name == ERASED


@pytest.mark.parametrize(
    ("name", "username", "course"),
    [("高数", "moonlight", "高数"), ("体育舞蹈", "moonlight", "体育舞蹈"), (NAME, "math", "Math")],
)
def test_courses_called_like_the_person_are_left_for_somebody_to_decide(
    name: str, username: str, course: str
):
    somebody(name, username=username)
    CourseFactory.create(name=course)

    outcome = run("erase_person", username, "--yes")

    assert Course.objects.get().name == course
    assert "to decide about: 1, at" in outcome.stdout
    assert LINE.fullmatch(last_line(outcome))
