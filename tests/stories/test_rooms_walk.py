"""Random days of planning while the cloud loses answers, refuses values and lacks modes: in the end it has what the lessons say.

ROOM_WALKS says how many walks are gone; each has its own seed.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import os
import random
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from accounts.enums import Role
from accounts.models import ClassroomIdentity, User
from schedule.absences.writing import stand_in
from schedule.enums import CloudStatus, LessonState, RecordMode, RoomType
from schedule.lessons.cancel import LessonIsDraft, LessonOver, cancel_lesson, restore_lesson
from schedule.lessons.change import LessonFrozen, change_lesson, publish_lesson, schedule_lesson
from schedule.lessons.delete import LessonBegun, delete_lessons
from schedule.lessons.moving import LessonIsCancelled, NothingToSwap, swap
from schedule.lessons.plan import LessonPlan, plan_of
from schedule.lessons.taking import LessonOverlaps
from schedule.models import ClassGroup, Course, Lesson, PlanningAction, Room
from schedule.rooms.ahead import make_rooms_ahead
from schedule.rooms.plans import CLOUD_ROOM_TYPE
from schedule.rooms.retries import ask_for_signalling_again
from schedule.rooms.sync import sync_rooms
from schedule.rooms.unknown_rooms import remove_orphan_rooms
from tests.factories.accounts import UserFactory
from tests.factories.schedule import ClassGroupFactory, CourseFactory
from tests.support.cloud import LocalCloud

pytestmark = pytest.mark.django_db

WALKS = int(os.environ.get("ROOM_WALKS", "6"))
STEPS = 60
ULTIMATE = 4
REFUSALS = (
    LessonOverlaps,
    LessonIsDraft,
    LessonOver,
    LessonFrozen,
    LessonBegun,
    NothingToSwap,
    LessonIsCancelled,
)
RECORD_MODES = (RecordMode.AUTOMATIC, RecordMode.NONE, RecordMode.SIGNALLING)
CHANGED_TOGETHER = ("teacher", "assistants", "title", "course", "room_type", "record_mode")
WORKING = ("make", "make", "sync", "sync", "sync", "sync", "trouble", "trouble", "trouble")
# The type that no room is ever changed to is wanted more often than the others.
ROOM_TYPES = (*RoomType, RoomType.ROUND_TABLE, RoomType.ROUND_TABLE)
LOSSES = ("drop_before", "drop_after", "http500")
# Values that the cloud refuses of a change, whatever they are.
REFUSED_CODES = (
    "InvalidParameterValue",
    "InvalidParameter.DisableRecord",
    "InvalidParameter.MaxMicNumber",
    "InvalidParameter.StartTime",
    "InvalidParameter.EndTime",
    "InvalidParameter.RoomTypeInvalid",
    "FailedOperation.ClassTooLong",
    "FailedOperation",
)
# More than the longest chain: a lost room is found, changed, replaced, made, and the old one deleted.
RUNS_UNTIL_QUIET = 8


class Walk:
    """A school of four teachers whose planners do one random thing after the other."""

    def __init__(self, seed: int, cloud: LocalCloud) -> None:
        self.random = random.Random(seed)
        self.cloud = cloud
        self.teachers: list[User] = UserFactory.create_batch(4, roles=[Role.TEACHER])
        self.groups: list[ClassGroup] = ClassGroupFactory.create_batch(4)
        self.courses: list[Course] = CourseFactory.create_batch(2)
        self.plans_before: dict[int, LessonPlan] = {}

    def go(self) -> None:
        for _lesson in range(7):
            with contextlib.suppress(*REFUSALS):
                self.plan()
        self.work("make")
        planning: dict[str, Callable[[Lesson], object]] = {
            "plan": lambda _lesson: self.plan(),
            "change": self.change,
            "change back": self.change_back,
            "lose a change": self.lose_a_change,
            "cancel": lambda lesson: cancel_lesson(lesson, reason="", at=timezone.now()),
            "restore": restore_lesson,
            "delete": lambda lesson: delete_lessons([lesson], at=timezone.now()),
            "publish": publish_lesson,
            "stand in": self.stand_in,
            "swap": lambda lesson: swap(lesson, self.any_lesson(), action=PlanningAction()),
        }
        for _step in range(STEPS):
            name = self.random.choice(
                [*planning, "change", "change", "change", "change", "change back", *WORKING]
            )
            with contextlib.suppress(*REFUSALS):
                if name in planning:
                    planning[name](self.any_lesson())
                else:
                    self.work(name)

    def work(self, name: str) -> None:
        if name == "make":
            make_rooms_ahead(timezone.now())
        elif name == "sync":
            sync_rooms(timezone.now())
        else:
            self.trouble()

    def trouble(self) -> None:
        """Let the cloud lose or refuse the next call of a kind, or lose or gain the ultimate edition."""
        action = self.random.choice(["CreateRoom", "ModifyRoom", "DeleteRoom", "edition"])
        if action == "edition":
            self.cloud.set_edition(self.random.choice([ULTIMATE - 1, ULTIMATE]))
        elif action == "ModifyRoom" and self.random.random() < 0.5:
            code = self.random.choice(REFUSED_CODES)
            self.cloud.switch(action, "fail", code=code, times=self.random.choice([1, 2]))
        else:
            kind = self.random.choice(LOSSES)
            self.cloud.switch(action, kind, times=self.random.choice([1, 4]))

    def any_lesson(self) -> Lesson:
        if not Lesson.objects.exists():
            self.plan()
        return self.random.choice(list(Lesson.objects.order_by("pk")))

    def a_plan(self) -> LessonPlan:
        choose = self.random.choice
        teacher, helper = self.random.sample(self.teachers, 2)
        hour = timezone.now().replace(minute=0, second=0, microsecond=0)
        starts_at = hour + dt.timedelta(hours=30 + self.random.randrange(40))
        return LessonPlan(
            course=choose(self.courses),
            teacher=teacher,
            class_groups=(choose(self.groups),),
            starts_at=starts_at,
            ends_at=starts_at + dt.timedelta(minutes=choose([45, 60])),
            assistants=(helper,) if choose([True, False]) else (),
            title=choose(["", "复习"]),
            room_type=choose(ROOM_TYPES),
            record_mode=choose(RECORD_MODES),
        )

    def plan(self) -> None:
        schedule_lesson(self.a_plan(), is_draft=self.random.random() < 0.2)

    def change(self, lesson: Lesson) -> None:
        wanted = self.a_plan()
        names = self.random.sample(CHANGED_TOGETHER, self.random.choice([1, 2, 3]))
        if self.random.random() < 0.5:
            names += ["starts_at", "ends_at"]
        values: dict[str, Any] = {name: getattr(wanted, name) for name in names}
        plan = dataclasses.replace(plan_of(lesson), **values)
        others = tuple(person for person in plan.assistants if person != plan.teacher)
        self.plans_before[lesson.pk] = plan_of(lesson)
        change_lesson(lesson, dataclasses.replace(plan, assistants=others))

    def change_back(self, lesson: Lesson) -> None:
        if lesson.pk in self.plans_before:
            change_lesson(lesson, self.plans_before.pop(lesson.pk))

    def lose_a_change(self, lesson: Lesson) -> None:
        """The cloud takes a change without an answer, and a planner takes it back."""
        self.change(lesson)
        lost = self.cloud.switch("ModifyRoom", "drop_after")
        self.work("sync")
        self.cloud.clear(lost)
        self.change_back(Lesson.objects.get(pk=lesson.pk))

    def stand_in(self, lesson: Lesson) -> None:
        stand_in([(lesson, self.random.choice(self.teachers))], action=PlanningAction())

    def end_troubles(self) -> None:
        """The cloud answers again and takes all, the edition is bought, and what was refused is changed once more."""
        self.cloud.clear()
        self.cloud.set_edition(ULTIMATE)
        self.work_until_quiet()
        for room in Room.objects.current().exclude(left_out_fields=[]).select_related("lesson"):
            assert room.lesson is not None
            change_lesson(room.lesson, dataclasses.replace(plan_of(room.lesson), title="改过"))
        ask_for_signalling_again()
        self.work_until_quiet()
        remove_orphan_rooms(timezone.now() + dt.timedelta(hours=3))

    def work_until_quiet(self) -> None:
        for _run in range(RUNS_UNTIL_QUIET):
            now = timezone.now()
            Room.objects.filter(due_at__isnull=False).update(due_at=now)
            Room.objects.update(leased_until=None, lease_token="")
            make_rooms_ahead(now)
            sync_rooms(now)


def in_cloud(cloud: LocalCloud) -> dict[int, dict[str, Any]]:
    """Return what the cloud has of each room that a class may be held in."""
    return {
        room["RoomId"]: {
            "name": room["Name"],
            "starts_s": room["StartTime"],
            "ends_s": room["EndTime"],
            "teacher": room["TeacherId"],
            "assistants": sorted(room["Assistants"]),
            "room_type": room["RoomType"],
            "record_mode": room["DisableRecord"],
            "has_one_seat": room["MaxMicNumber"] == 1,
        }
        for room in cloud.rooms()
        if room["Status"] == CloudStatus.NOT_STARTED
    }


def wanted() -> dict[int | None, dict[str, Any]]:
    """Return what the lessons say of their rooms."""
    ids = dict(ClassroomIdentity.objects.values_list("user_id", "classroom_user_id"))
    published = Lesson.objects.filter(state=LessonState.PUBLISHED)
    return {
        Room.objects.current().get(lesson=lesson).room_id: {
            "name": lesson.title,
            "starts_s": int(lesson.starts_at.timestamp()),
            "ends_s": int(lesson.ends_at.timestamp()),
            "teacher": ids[lesson.teacher_id],
            "assistants": sorted(ids[person.pk] for person in lesson.assistants.all()),
            "room_type": CLOUD_ROOM_TYPE[RoomType(lesson.room_type)],
            "record_mode": lesson.record_mode,
            "has_one_seat": lesson.room_type in {RoomType.ONE_TO_ONE, RoomType.LECTURE},
        }
        for lesson in published.prefetch_related("assistants")
    }


@pytest.mark.parametrize("seed", range(WALKS))
def test_cloud_has_what_the_lessons_say_after_all_troubles(
    seed: int, local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("classroom.client.transport.FIRST_WAIT_S", 0.01)
    walk = Walk(seed, local_cloud)

    walk.go()
    walk.end_troubles()

    assert in_cloud(local_cloud) == wanted()
    left = Room.objects.current()
    assert not left.exclude(left_out_fields=[]).exists()
    assert not left.filter(signalling_refused=True).exists()
    assert not Room.objects.to_sync().exists()
