"""Rooms, people and callbacks that are not in order: how many, and that the page they lead to lists them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation

from accounts.enums import IdentityState
from accounts.models import ClassroomIdentity, User
from classroom.enums import EventState
from schedule.enums import CloudStatus, LessonState
from schedule.hooks import NotInOrder
from schedule.models import Lesson, Room
from schedule.selectors.not_in_order import (
    callbacks_not_in_order,
    people_not_in_order,
    rooms_not_in_order,
)
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.factories.classroom import CallbackEventFactory
from tests.factories.schedule import LessonFactory
from tests.support.pages import read

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)


def told(maker: Callable[[dt.datetime], Iterable[NotInOrder]]) -> list[NotInOrder]:
    with translation.override("en"):
        return list(maker(timezone.now()))


def listed(client: Client, found: NotInOrder) -> int:
    """How many rows the page shows to which it leads."""
    answer = client.get(found.address)
    assert answer.status_code == 200, answer.get("Location")
    return len(read(answer.content).one("table", id="result_list").one("tbody").all("tr"))


@pytest.fixture
def office(signed_in: SignedIn, administrator: User) -> Client:
    return signed_in(administrator, "en")


class TestRooms:
    @pytest.fixture
    def room(self, lesson: Lesson) -> Room:
        return Room.objects.create(lesson=lesson, sdk_app_id=1, room_id=5)

    @pytest.mark.parametrize(
        "trouble", [{"room_id": None}, {"must_change_in_cloud": True}], ids=["unmade", "unchanged"]
    )
    def test_those_that_the_cloud_does_not_make_or_change(
        self, office: Client, room: Room, trouble: dict[str, Any]
    ):
        at = timezone.now()
        Room.objects.update(last_error="CreateRoom: refused", failed_at=at, **trouble)

        (found,) = told(rooms_not_in_order)

        assert found.sentence == "The cloud could not make or change the room of 1 lesson to come."
        assert found.since == at
        assert listed(office, found) == 1

    def test_those_that_are_not_recorded(self, office: Client, room: Room):
        for number in (6, 7):
            Room.objects.create(
                lesson=LessonFactory.create(),
                sdk_app_id=1,
                room_id=number,
                recording_refused=True,
            )

        (found,) = told(rooms_not_in_order)

        assert found.sentence.startswith("The cloud does not record 2 lessons to come")
        assert listed(office, found) == 2

    @pytest.mark.parametrize(
        "fields",
        [
            {"last_error": ""},
            {"is_current": False},
            {"cloud_status": CloudStatus.ENDED},
            {"lesson": {"state": LessonState.CANCELLED}},
            {"lesson": {"starts_at": -2 * HOUR, "ends_at": -HOUR}},
        ],
        ids=["mended", "put aside", "ended", "cancelled", "over"],
    )
    def test_others_are_in_order(self, room: Room, fields: dict[str, Any]):
        failing = {"must_change_in_cloud": True, "last_error": "refused", "recording_refused": True}
        if "last_error" in fields:
            failing["recording_refused"] = False
        of_lesson = {
            name: timezone.now() + value if isinstance(value, dt.timedelta) else value
            for name, value in fields.get("lesson", {}).items()
        }
        of_room = {name: value for name, value in fields.items() if name != "lesson"}
        Room.objects.update(**{**failing, **of_room})
        if of_lesson:
            Lesson.objects.update(**of_lesson)

        assert told(rooms_not_in_order) == []


class TestPeople:
    def test_those_whom_the_cloud_refuses(self, office: Client):
        for number, (is_active, state) in enumerate(
            [
                (True, IdentityState.FAILED),
                (True, IdentityState.FAILED),
                (True, IdentityState.UNREGISTERED),
                (True, IdentityState.REGISTERED),
                (False, IdentityState.FAILED),
            ]
        ):
            ClassroomIdentity.objects.create(
                user=UserFactory.create(is_active=is_active),
                sdk_app_id=1,
                classroom_user_id=str(number),
                state=state,
            )

        (found,) = told(people_not_in_order)

        assert found.sentence == "The cloud refuses 2 people, who cannot enter any class."
        assert listed(office, found) == 2

    def test_without_any_nothing_is_told(self, teacher: User):
        ClassroomIdentity.objects.create(user=teacher, sdk_app_id=1)

        assert told(people_not_in_order) == []


class TestCallbacks:
    def test_those_that_failed_are_for_administrators(
        self, office: Client, administrator: User, superuser: User, planner: User, supervisor: User
    ):
        CallbackEventFactory.create(state=EventState.DEAD, last_error="no answer")

        (found,) = told(callbacks_not_in_order)

        assert found.sentence == "1 callback of the cloud has failed."
        assert listed(office, found) == 1
        people = [administrator, superuser, planner, supervisor]
        assert [found.is_for(each) for each in people] == [True, True, False, False]

    def test_without_any_nothing_is_told(self):
        CallbackEventFactory.create()

        assert told(callbacks_not_in_order) == []


@pytest.mark.parametrize("maker", [rooms_not_in_order, people_not_in_order, callbacks_not_in_order])
def test_each_costs_one_query(maker: Any, django_assert_num_queries: Any):
    told(maker)

    with django_assert_num_queries(1):
        told(maker)
