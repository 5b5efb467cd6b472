"""Calls to the local cloud while nobody looks at a board: those of the alarms' minutes, and no others."""

from __future__ import annotations

import pytest
import time_machine
from django.utils import timezone

from attendance.models import RoomPresence
from attendance.presence import looking
from attendance.presence.looking import look_due
from tests.factories.schedule import ClassGroupFactory
from tests.support.cloud import LocalCloud
from tests.support.cloudcalls import make_quick
from tests.support.running_class import PeopleInside, RunningClass, running_class

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Close the board: tests that run beside this one open it in the same Valkey."""
    monkeypatch.setattr(looking, "is_board_open", lambda: False)


@pytest.fixture
def classes(local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> list[RunningClass]:
    """Three classes with their teacher and one of two students inside."""
    make_quick(monkeypatch)
    classes = [
        running_class(local_cloud, PeopleInside(), class_group=ClassGroupFactory.create())
        for _number in range(3)
    ]
    for running in classes:
        running.begin()
        at_s = int(running.at(1).timestamp())
        for person in (running.teacher(), running.student()):
            local_cloud.join(running.room.number, person.user_id, at_s=at_s)
    return classes


def looks(cloud: LocalCloud) -> int:
    return len(cloud.calls(action="DescribeCurrentMemberList"))


def test_each_class_is_looked_into_once_at_its_minutes(
    classes: list[RunningClass], local_cloud: LocalCloud
):
    looks_until: dict[float, int] = {}
    for half_minutes in range(2, 31):
        minute = half_minutes / 2
        with time_machine.travel(classes[0].at(minute + 0.1)):
            look_due(timezone.now())
        classes[-1].judge(minute + 0.1)
        looks_until[minute] = looks(local_cloud)

    assert [looks_until[minute] for minute in (4.5, 5.5, 9.5, 10.5, 14.5)] == [0, 3, 3, 6, 6]
    assert [running.alarms() for running in classes] == [{}, {}, {}]
    rows = RoomPresence.objects.all()
    assert {len(row.members) for row in rows} == {2}


@pytest.mark.parametrize(
    ("lists", "raised"),
    [
        pytest.param("all", 11, id="the cloud tells when they left"),
        pytest.param("present", 15, id="the first look without them tells"),
    ],
)
def test_teacher_who_leaves_a_class_is_missed(
    classes: list[RunningClass], local_cloud: LocalCloud, lists: str, raised: int
):
    left, *others = classes
    local_cloud.set_attendance(current=lists)
    left.judge(5.1)
    at_s = int(left.at(6).timestamp())
    local_cloud.leave(left.room.number, left.teacher().user_id, at_s=at_s)

    left.judge_every([10.1, 11.2, 15.2])

    assert left.alarms() == {"teacher_missing": (raised, "")}
    assert [running.alarms() for running in others] == [{}, {}]
