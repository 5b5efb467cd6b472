"""Classes that go on at this moment, and a script of who is inside each room."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import time_machine
from django.utils import timezone

from accounts.models import User
from accounts.services.registration import ensure_registered
from attendance.alarms.watching import watch_due
from attendance.enums import MemberRole
from attendance.models import Alarm
from classroom.client.errors import CloudUnavailable
from classroom.client.members import ClassOver, CurrentMember
from classroom.client.rate_limits import Priority
from schedule.models import ClassGroup, Lesson, Room
from schedule.rooms.polling import poll_rooms
from tests.factories.schedule import ClassGroupFactory, LessonFactory, MembershipFactory
from tests.support.classes import make_room
from tests.support.cloud import LocalCloud

MINUTE = dt.timedelta(minutes=1)


@dataclass(slots=True)
class PeopleInside:
    """The cloud's answers about who is inside, and how often each room was asked for."""

    members: dict[int, list[CurrentMember]] = field(default_factory=dict)
    asked: Counter[int] = field(default_factory=Counter)
    priorities: list[Priority] = field(default_factory=list)
    over: set[int] = field(default_factory=set)
    is_silent: bool = False

    def answer(self, number: int, priority: Priority) -> tuple[CurrentMember, ...]:
        self.asked[number] += 1
        self.priorities.append(priority)
        if self.is_silent:
            raise CloudUnavailable("DescribeCurrentMemberList", "silent", outcome_is_known=True)
        if number in self.over:
            raise ClassOver("DescribeCurrentMemberList", "FailedOperation.ClassEnded", "over")
        return tuple(self.members.get(number, ()))


def member(
    user_id: str,
    role: MemberRole = MemberRole.STUDENT,
    *,
    is_inside: bool = True,
    left_at: dt.datetime | None = None,
) -> CurrentMember:
    return CurrentMember(user_id, f"n-{user_id}", role, is_inside, None, left_at)


@dataclass(slots=True)
class RunningClass:
    """A class of 45 minutes in the local cloud; times are minutes of it."""

    cloud: LocalCloud
    people: PeopleInside
    lesson: Lesson
    room: Room
    students: list[User]

    def at(self, minutes: float) -> dt.datetime:
        return self.lesson.starts_at + minutes * MINUTE

    def begin(self, minutes: float = 0) -> None:
        with time_machine.travel(self.at(minutes)):
            self.cloud.change_room(self.room.number, "start")
            poll_rooms(timezone.now())

    def end(self, minutes: float) -> None:
        with time_machine.travel(self.at(minutes)):
            self.cloud.change_room(self.room.number, "end")
            poll_rooms(timezone.now())

    def let_in(self, *members: CurrentMember) -> None:
        """Have exactly these inside from now on."""
        self.people.members[self.room.number] = list(members)

    def teacher(self) -> CurrentMember:
        return member(user_id_of(self.lesson.teacher), MemberRole.TEACHER)

    def student(self, number: int = 0) -> CurrentMember:
        return member(user_id_of(self.students[number]))

    def judge(self, minutes: float) -> None:
        """Let a worker judge the classes of the hour at that minute."""
        with time_machine.travel(self.at(minutes)):
            watch_due(timezone.now())

    def judge_every(self, minutes: Iterable[float]) -> None:
        for minute in minutes:
            self.judge(minute)

    def alarms(self) -> dict[str, tuple[float, str]]:
        """Return when each alarm was raised, by its kind, and how it ended."""
        return {
            alarm.kind: ((alarm.raised_at - self.lesson.starts_at) // MINUTE, alarm.end)
            for alarm in Alarm.objects.filter(lesson=self.lesson)
        }

    @property
    def looks(self) -> int:
        return self.people.asked[self.room.number]


def user_id_of(person: User) -> str:
    return ensure_registered(person, Priority.BACKGROUND).classroom_user_id


def running_class(
    cloud: LocalCloud,
    people: PeopleInside,
    *,
    class_group: ClassGroup | None = None,
    **more: object,
) -> RunningClass:
    """A class that begins at this moment, and that nobody has begun yet."""
    starts_at = timezone.now().replace(microsecond=0) + dt.timedelta(seconds=1)
    group = class_group or ClassGroupFactory.create()
    times = {"starts_at": starts_at, "ends_at": starts_at + 45 * MINUTE}
    lesson = LessonFactory.create(class_groups=[group], **{**times, **more})
    students = [MembershipFactory.create(class_group=group).user for _ in range(2)]
    return RunningClass(cloud, people, lesson, make_room(lesson), students)
