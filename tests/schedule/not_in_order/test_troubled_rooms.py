"""Rooms that are not in order: how many, since when, the page that lists them, and the button."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from schedule.enums import CloudStatus, LessonState
from schedule.models import SILENT_AFTER, Lesson, Room, RoomPolling, RoomRequest
from schedule.not_in_order.troubled_rooms import rooms_not_in_order, silence_not_in_order
from tests.cast import SignedIn
from tests.factories.schedule import UnplannedLessonFactory
from tests.support.not_in_order import listed, mended, told

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)


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

    def test_account_without_rooms_is_one_line_of_its_own(
        self, office: Client, room: Room, sent: list[str]
    ):
        at = timezone.now()
        refused = "CreateRoom: ResourceInsufficient.Room: check the usage"
        Room.objects.update(room_id=None, last_error=refused, failed_at=at)
        Room.objects.create(
            lesson=UnplannedLessonFactory.create(),
            sdk_app_id=1,
            failed_at=at,
            last_error=refused,
        )

        (found,) = told(rooms_not_in_order)

        assert found.sentence == (
            "The school's account in the cloud gets no more rooms: 2 lessons to come have none."
        )
        assert (found.since, listed(office, found)) == (at, 2)
        assert "console" in found.advice
        assert mended(rooms_not_in_order) == "A worker takes care of 2 rooms now."
        assert "schedule.make_rooms_ahead" in sent

        other = Room.objects.create(
            lesson=UnplannedLessonFactory.create(), sdk_app_id=1, last_error="CreateRoom: refused"
        )
        account, failing = told(rooms_not_in_order)
        assert (account, listed(office, account)) == (found, 2)
        assert failing.sentence.startswith(
            "The cloud could not make or change the room of 1 lesson"
        )
        assert (other.room_id, listed(office, failing)) == (None, 1)

    def test_age_is_that_of_the_first_try_not_of_the_last(self, room: Room):
        at = timezone.now()
        Room.objects.update(room_id=None, last_error="refused", failed_at=at)
        for ago in (2, 1):
            RoomRequest.objects.create(
                room=room,
                teacher_user_id="t",
                starts_at=at,
                ends_at=at + HOUR,
                sent_at=at - ago * HOUR,
            )

        (found,) = told(rooms_not_in_order)
        assert found.since == at - 2 * HOUR

        Room.objects.update(unreachable_since=at - 3 * HOUR)
        (found,) = told(rooms_not_in_order)
        assert found.since == at - 3 * HOUR

    def test_button_has_workers_try_those_that_fail_at_once(self, room: Room, sent: list[str]):
        later = timezone.now() + HOUR
        Room.objects.update(must_change_in_cloud=True, last_error="refused", due_at=later)
        other = Room.objects.create(
            lesson=UnplannedLessonFactory.create(), sdk_app_id=1, room_id=6, due_at=later
        )

        assert mended(rooms_not_in_order) == "A worker takes care of 1 room now."

        room.refresh_from_db()
        other.refresh_from_db()
        assert room.due_at is not None
        assert room.due_at <= timezone.now()
        assert other.due_at == later
        assert sent == ["schedule.make_rooms_ahead", "schedule.sync_rooms"]

    def test_button_has_refused_recordings_asked_for(self, room: Room, sent: list[str]):
        Room.objects.update(recording_refused=True)

        assert mended(rooms_not_in_order) == "A worker asks for the recordings now."

        room.refresh_from_db()
        assert (room.must_ask_for_recording, room.must_change_in_cloud) == (True, True)
        assert sent == ["schedule.sync_rooms"]

    def test_those_of_which_the_cloud_refused_a_part(self, office: Client, room: Room):
        at = timezone.now()
        Room.objects.update(left_out_fields=["name"], refused_version="a", failed_at=at)
        Room.objects.create(lesson=UnplannedLessonFactory.create(), sdk_app_id=1, room_id=6)

        (found,) = told(rooms_not_in_order)

        assert found.sentence == "The cloud refused part of the changes to 1 lesson to come."
        assert (found.since, found.remedy, listed(office, found)) == (at, None, 1)

    def test_button_has_signalling_recordings_asked_for(
        self, office: Client, room: Room, sent: list[str]
    ):
        Room.objects.update(signalling_refused=True)

        (found,) = told(rooms_not_in_order)

        assert found.sentence.startswith("The school's edition in the cloud has no signalling")
        assert listed(office, found) == 1
        assert mended(rooms_not_in_order) == "A worker asks for signalling recordings now."
        room.refresh_from_db()
        assert (room.signalling_refused, room.must_change_in_cloud) == (False, True)
        assert sent == ["schedule.sync_rooms"]

    def test_class_without_storage_is_not_said_to_be_recorded_automatically(self, room: Room):
        Room.objects.update(signalling_refused=True, recording_refused=True)

        (found,) = told(rooms_not_in_order)

        assert "its storage is full" in found.sentence

    def test_those_that_are_not_recorded(self, office: Client, room: Room):
        for number in (6, 7):
            Room.objects.create(
                lesson=UnplannedLessonFactory.create(),
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


class TestSilence:
    @pytest.fixture
    def silent(self, lesson: Lesson) -> RoomPolling:
        room = Room.objects.create(lesson=lesson, sdk_app_id=1, room_id=5)
        since = timezone.now() - SILENT_AFTER
        later = timezone.now() + HOUR
        return RoomPolling.objects.create(room=room, unreachable_since=since, due_at=later)

    def test_those_that_the_cloud_does_not_tell_of(self, office: Client, silent: RoomPolling):
        moment = Room.objects.create(
            lesson=UnplannedLessonFactory.create(), sdk_app_id=1, room_id=6
        )
        RoomPolling.objects.create(room=moment, unreachable_since=timezone.now())

        (found,) = told(silence_not_in_order)

        assert found.sentence == "The cloud does not tell how 1 class is."
        assert found.since == silent.unreachable_since
        assert listed(office, found) == 1

    def test_a_moment_s_silence_is_none(self, silent: RoomPolling):
        RoomPolling.objects.update(unreachable_since=timezone.now() - SILENT_AFTER / 2)

        assert told(silence_not_in_order) == []

    def test_button_has_the_cloud_asked_now(self, silent: RoomPolling, sent: list[str]):
        assert mended(silence_not_in_order) == "The cloud is asked about 1 class now."

        silent.refresh_from_db()
        assert silent.due_at is not None
        assert silent.due_at <= timezone.now()
        assert sent == ["schedule.poll_rooms"]
