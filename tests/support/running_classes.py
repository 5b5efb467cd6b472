"""Classes of this hour in tests, as rows: their rooms, who is inside, their alarms and recordings."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.test import Client
from django.utils import timezone

from accounts.models import User
from attendance.enums import AlarmKind, MemberRole
from attendance.models import Alarm, RoomPresence
from schedule.enums import CloudStatus
from schedule.models import Lesson, Room
from tests.factories.attendance import cloud_id
from tests.support.cloud import SDK_APP_ID
from tests.support.pages import Element, read
from tests.support.today import MINUTE

BOARD = "/schedule/now/"


def begin_class(lesson: Lesson, *, late_min: int = 0, **fields: Any) -> Room:
    """Make the lesson's room, in which the class runs, begun so late."""
    values = {
        "cloud_status": CloudStatus.RUNNING,
        "real_started_at": lesson.starts_at + late_min * MINUTE,
        "asked_at": timezone.now(),
        "room_id": 800_000_000 + lesson.pk,
    } | fields
    return Room.objects.create(lesson=lesson, sdk_app_id=SDK_APP_ID, **values)


def await_class(lesson: Lesson) -> Room:
    """Make the lesson's room, which the cloud says nobody has begun."""
    return begin_class(lesson, cloud_status=CloudStatus.NOT_STARTED, real_started_at=None)


def look_into(room: Room, *people: User, teaching: User | None = None) -> RoomPresence:
    """Have a look show these students inside, and this teacher."""
    members = [[cloud_id(person), MemberRole.STUDENT, person.display_name] for person in people]
    if teaching is not None:
        members.append([cloud_id(teaching), MemberRole.TEACHER, teaching.display_name])
    at = timezone.now()
    values = {"looked_at": at, "changed_at": at, "members": members}
    presence, _is_new = RoomPresence.objects.update_or_create(room=room, defaults=values)
    return presence


def raise_alarm(lesson: Lesson, kind: AlarmKind, **fields: Any) -> Alarm:
    at = timezone.now()
    return Alarm.objects.create(
        lesson=lesson, kind=kind, **({"certain_at": at, "raised_at": at} | fields)
    )


def board_of(client: Client, query: str = "") -> Element:
    answer = client.get(f"{BOARD}{query}")
    assert answer.status_code == 200
    return read(answer.content).one("main")


def tiles_of(page: Element) -> dict[str, Element]:
    """Return the tiles by the class group that each names, in their order."""
    return {tile.one("b", "day-groups").text: tile for tile in page.all("li", "now-tile")}


def states_of(tile: Element) -> list[str]:
    return [mark.text for mark in tile.one("p", "now-states").all("span", "mark")]


def ago(minutes: int) -> dt.datetime:
    return timezone.now() - minutes * MINUTE
