from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.models import User
from classroom.client.rate_limits import Priority
from replays.models import Replay, ReplayFile, Retention
from replays.services.trash import trash_replays
from schedule.enums import CloudStatus, RoomReason
from schedule.models import ClassGroup, Lesson, Room
from tests.cast import SignedIn
from tests.factories.replays import ReplayFactory, ReplayFileFactory
from tests.factories.schedule import school_time
from tests.support.classes import room_with_recording
from tests.support.cloud import LocalCloud
from tests.support.sharing import Make, make_link


@pytest.fixture
def replay(lesson: Lesson) -> Replay:
    """The replay of the cast's lesson: ready, made at 08:46:14, without a file yet."""
    return ReplayFactory.create(lesson=lesson, made_at=school_time(1, 8, 46).replace(second=14))


@pytest.fixture
def file(replay: Replay) -> ReplayFile:
    """The only file of `replay`."""
    return ReplayFileFactory.create(replay=replay, number=1, size_bytes=354_073_313)


@pytest.fixture
def made_at(replay: Replay) -> dt.datetime:
    assert replay.made_at is not None
    return replay.made_at


@pytest.fixture
def thirty_days(class_group: ClassGroup) -> Retention:
    """For so long the replays of the cast's class group are kept."""
    return Retention.objects.create(class_group=class_group, days=30)


# --- People, and links to replays ---------------------------------------------------------------


@pytest.fixture
def everybody(
    student: User,
    outsider: User,
    other_teacher: User,
    supervisor: User,
    planner: User,
    administrator: User,
    superuser: User,
) -> None:
    """All of the cast is there, so that each of them could be told."""


@pytest.fixture
def office(signed_in: SignedIn, planner: User) -> Client:
    """A planner's browser: all replays are listed."""
    return signed_in(planner)


@pytest.fixture
def guest() -> Client:
    """A browser in which nobody ever signed in; English, and with Django's checks of forms."""
    client = Client(enforce_csrf_checks=True)
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def make(planner: User, file: ReplayFile) -> Make:
    """The path of a new link to the replay of `file`."""

    def make_path(**changes: Any) -> str:
        return f"/replays/shared/{make_link(file.replay, planner, **changes).token}/"

    return make_path


# --- Rooms, and the cloud -----------------------------------------------------------------------


@pytest.fixture
def room(lesson: Lesson) -> Room:
    """The room of the cast's lesson after a class from 08:02 to 08:46; no cloud knows it."""
    Room.objects.filter(lesson=lesson).delete()
    return Room.objects.create(
        lesson=lesson,
        room_id=106_101_309,
        sdk_app_id=1,
        reason=RoomReason.AHEAD,
        cloud_status=CloudStatus.ENDED,
        real_started_at=school_time(1, 8, 2),
        real_ended_at=school_time(1, 8, 46),
    )


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch, settings: Any, local_cloud: LocalCloud) -> None:
    """Waits for the cloud are short, and its files may be asked for."""
    monkeypatch.setattr("classroom.client.transport.FIRST_WAIT_S", 0.01)
    monkeypatch.setattr("classroom.client.transport.READ_TIMEOUT_S", dict.fromkeys(Priority, 1.0))
    settings.REPLAY_HOSTS = [local_cloud.url.removeprefix("http://")]


@pytest.fixture
def held(lesson: Lesson, local_cloud: LocalCloud) -> Room:
    """A class that was held, recorded, and whose recording was found."""
    return room_with_recording(lesson, local_cloud)


@pytest.fixture
def a_month_later() -> Iterator[dt.datetime]:
    """From then on whatever was trashed before the test travelled there is due."""
    at = timezone.now() + dt.timedelta(days=30, minutes=1)
    with time_machine.travel(at):
        yield at


@pytest.fixture
def due(held: Room, request: pytest.FixtureRequest) -> Replay:
    """The replay of `held` when it has been in the bin for its time."""
    replay = Replay.objects.get(room=held)
    trash_replays([replay], person=None, at=timezone.now())
    request.getfixturevalue("a_month_later")
    return replay
