"""A morning with classes, at which somebody of the office looks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from attendance.now import views, writing_tiles
from schedule.models import ClassGroup, Lesson
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.factories.schedule import ClassGroupFactory, MembershipFactory
from tests.support.today import NOW, plan


@pytest.fixture(autouse=True)
def _now(in_china: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """It is Wednesday, 10:00; whether a board is open is a matter of Redis, and of other tests."""
    monkeypatch.setattr(views, "open_board", lambda: None)
    writing_tiles.forget_tiles()
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def office(signed_in: SignedIn, planner: User) -> Client:
    return signed_in(planner, "en")


@pytest.fixture
def group(db: None) -> ClassGroup:
    return ClassGroupFactory.create(name="三年级1班")


@pytest.fixture
def pupils(group: ClassGroup) -> list[User]:
    made = [UserFactory.create(display_name=name) for name in ("王小明", "刘小红", "陈小刚")]
    for pupil in made:
        MembershipFactory.create(user=pupil, class_group=group)
    return made


@pytest.fixture
def running(group: ClassGroup, teacher: User) -> Lesson:
    """A lesson from 9:50 to 10:35; nothing is known of a room yet."""
    return plan("语文课", -10, class_groups=[group], teacher=teacher)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, str]]:
    """The messages that the cloud took."""
    messages: list[tuple[int, str]] = []

    def take(room_id: int, text: str, _priority: Any) -> None:
        messages.append((room_id, text))

    monkeypatch.setattr("attendance.now.messages.send_to_class", take)
    return messages
