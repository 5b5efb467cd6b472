"""The running mark: which rooms get it, when, and what becomes of a refusal."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from accounts.models import SchoolSettings
from schedule.enums import CloudStatus
from schedule.models import Room, RoomMarquee
from schedule.not_in_order.marquees import marquees_not_in_order
from schedule.rooms.ahead import make_rooms_ahead
from schedule.rooms.marquees import set_marquees
from tests.factories.schedule import UnplannedLessonFactory
from tests.support.classes import make_room
from tests.support.cloud import LocalCloud
from tests.support.cloudcalls import make_quick

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    make_quick(monkeypatch, read_timeout_s=5)


def choose(*, marquee: bool = True) -> None:
    SchoolSettings.objects.update_or_create(pk=1, defaults={"shows_marquee": marquee})


def run(after: dt.timedelta = dt.timedelta()) -> None:
    with time_machine.travel(timezone.now() + after):
        set_marquees(timezone.now())


def marked(cloud: LocalCloud) -> set[int]:
    return {room["RoomId"] for room in cloud.rooms() if cloud.marquee(room["RoomId"])}


def lines() -> list[str]:
    return [line.advice for line in marquees_not_in_order(timezone.now())]


def test_rooms_made_before_and_after_it_was_chosen_get_it_once(local_cloud: LocalCloud) -> None:
    before = make_room(UnplannedLessonFactory.create())
    run()
    assert marked(local_cloud) == set()
    choose()
    after = make_room(UnplannedLessonFactory.create())
    assert RoomMarquee.objects.filter(room=after, due_at__isnull=False).exists()

    for _time in range(2):
        run()

    assert marked(local_cloud) == {before.room_id, after.room_id}
    assert len(local_cloud.calls(action="SetMarquee")) == 2
    assert lines() == []


def test_class_that_has_begun_is_left_alone(local_cloud: LocalCloud) -> None:
    known, unknown = (make_room(UnplannedLessonFactory.create()) for _number in range(2))
    for room in (known, unknown):
        local_cloud.change_room(room.number, "start")
    Room.objects.filter(pk=known.pk).update(cloud_status=CloudStatus.RUNNING)
    choose()

    run()
    run(2 * HOUR)

    (call,) = local_cloud.calls(action="SetMarquee")
    assert call["params"]["RoomId"] == unknown.room_id
    assert not RoomMarquee.objects.filter(due_at__isnull=False).exists()
    assert lines() == []


def test_edition_without_it_is_asked_once_until_somebody_says_so(local_cloud: LocalCloud) -> None:
    for _number in range(3):
        UnplannedLessonFactory.create()
    make_rooms_ahead(timezone.now())
    local_cloud.lack_marquees()
    choose()

    for hours in (0, 1, 48):
        run(hours * HOUR)

    assert len(local_cloud.calls(action="SetMarquee")) == 1
    (advice,) = lines()
    assert "UnsupportedOperation.Version" in advice
    choose(marquee=False)
    assert lines() == []
    choose()

    (line,) = marquees_not_in_order(timezone.now())
    assert line.remedy is not None
    assert line.remedy.run is not None
    line.remedy.run(timezone.now())
    assert lines() == []
    run()
    assert len(local_cloud.calls(action="SetMarquee")) == 2
    assert len(lines()) == 1


def test_edition_that_was_bought_marks_all_of_them(local_cloud: LocalCloud) -> None:
    rooms = [make_room(UnplannedLessonFactory.create()) for _number in range(2)]
    local_cloud.switch("SetMarquee", "fail", code="UnsupportedOperation.Version", times=1)
    choose()
    run()

    (line,) = marquees_not_in_order(timezone.now())
    assert line.remedy is not None
    assert line.remedy.run is not None
    line.remedy.run(timezone.now())
    run()

    assert marked(local_cloud) == {room.room_id for room in rooms}


def test_silent_cloud_is_asked_again(local_cloud: LocalCloud) -> None:
    room = make_room(UnplannedLessonFactory.create())
    choose()
    local_cloud.switch("SetMarquee", "http500")
    run()
    assert lines() == []
    local_cloud.clear()

    run(HOUR)

    assert marked(local_cloud) == {room.room_id}
