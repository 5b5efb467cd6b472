from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pytest
import time_machine
from django.utils import timezone

from accounts.models import User
from accounts.services.registration import ensure_registered
from attendance.models import RoomStatistics, Stay
from classroom.client.rate_limits import Priority
from schedule.models import Lesson, Room
from schedule.rooms.polling import poll_rooms
from tests.factories.schedule import (
    ClassGroupFactory,
    LessonFactory,
    MembershipFactory,
)
from tests.support.classes import make_room
from tests.support.cloud import LocalCloud
from tests.support.cloudcalls import make_quick

MINUTE = dt.timedelta(minutes=1)
LENGTH = 45 * MINUTE


@dataclass(slots=True)
class HeldClass:
    """A class of 45 minutes in the local cloud, and who is in it; times are minutes of it."""

    cloud: LocalCloud
    lesson: Lesson
    room: Room
    ids: dict[User, str]

    @property
    def people(self) -> list[User]:
        """The teacher and two students."""
        return list(self.ids)

    @property
    def began_at(self) -> dt.datetime:
        return self.lesson.starts_at

    @property
    def ended_at(self) -> dt.datetime:
        return self.lesson.ends_at

    def at(self, minutes: float) -> dt.datetime:
        return self.began_at + minutes * MINUTE

    def stay(self, person: User, first_min: float, last_min: float | None = None) -> None:
        """Let somebody come, and leave unless they stay to the end."""
        user_id = self.ids[person]
        self.cloud.join(self.room.number, user_id, at_s=_seconds(self.at(first_min)))
        if last_min is not None:
            self.cloud.leave(self.room.number, user_id, at_s=_seconds(self.at(last_min)))

    def end(self) -> None:
        """End the class at its planned end, and have that known here."""
        with time_machine.travel(self.ended_at):
            self.cloud.change_room(self.room.number, "end")
            poll_rooms(timezone.now())

    def statistics(self) -> RoomStatistics:
        return RoomStatistics.objects.get(room=self.room)

    def stays(self) -> set[tuple[str, float, float]]:
        """Return who was there from which minute to which; as long as the class, where no event ended it."""
        names = {user_id: person.username for person, user_id in self.ids.items()}
        return {
            (
                names[stay.classroom_user_id],
                self._minute(stay.joined_at),
                self._minute(stay.left_at or self.ended_at),
            )
            for stay in Stay.objects.filter(statistics=self.room.pk)
        }

    def sums(self) -> dict[str, int]:
        """Return the seconds of each by the statistics."""
        names = {user_id: person.username for person, user_id in self.ids.items()}
        records = self.statistics().members.all()
        return {names[record.classroom_user_id]: record.present_s for record in records}

    def _minute(self, moment: dt.datetime) -> float:
        return (moment - self.began_at) / MINUTE


def _seconds(moment: dt.datetime) -> int:
    return int(moment.timestamp())


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    make_quick(monkeypatch)


@pytest.fixture
def held(local_cloud: LocalCloud, impatient: None) -> HeldClass:
    """A class that runs, with a teacher and two students, of whom nobody has come yet."""
    began_at = timezone.now().replace(microsecond=0)
    class_group = ClassGroupFactory.create()
    lesson = LessonFactory.create(
        class_groups=[class_group], starts_at=began_at, ends_at=began_at + LENGTH
    )
    students = [MembershipFactory.create(class_group=class_group).user for _ in range(2)]
    ids = {
        person: ensure_registered(person, Priority.BACKGROUND).classroom_user_id
        for person in (lesson.teacher, *students)
    }
    room = make_room(lesson)
    local_cloud.change_room(room.number, "start")
    return HeldClass(local_cloud, lesson, room, ids)
