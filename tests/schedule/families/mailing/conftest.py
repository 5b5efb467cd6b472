"""Let mails be sent, and make a family that is mailed at once."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from accounts.models import User
from schedule.changes.telling import tell_changes
from schedule.lessons.change import change_lesson
from schedule.lessons.plan import plan_of
from schedule.models import FamilyAddress, FamilyLink, Lesson, PlanningAction
from tests.support.family_mails import confirmed_address, family_link

MINUTE = dt.timedelta(minutes=1)
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def _mail_is_sent(settings: Any) -> None:
    settings.SENDS_MAIL = True
    settings.PUBLIC_BASE_URL = "https://school.example"


@pytest.fixture
def only_new_changes(lesson: Lesson, student: User) -> None:
    """Leave nothing to be told of the lesson of the cast but what a test changes."""
    PlanningAction.objects.update(due_at=None, at=timezone.now() - 30 * DAY)


@pytest.fixture
def link(student: User) -> FamilyLink:
    return family_link([student])


@pytest.fixture
def at_once(link: FamilyLink) -> FamilyAddress:
    return confirmed_address(link)


def move(lesson: Lesson, by: dt.timedelta, **columns: Any) -> None:
    """Move a lesson, and give its people their notices."""
    now = Lesson.objects.get(pk=lesson.pk)
    plan = dataclasses.replace(plan_of(now), starts_at=now.starts_at + by, ends_at=now.ends_at + by)
    assert change_lesson(now, plan, action=PlanningAction(**columns))
    tell_changes(timezone.now())


def in_turn(minutes: float) -> Any:
    """Go so many minutes ahead, to when it is the turn of a mail."""
    return time_machine.travel(timezone.now() + minutes * MINUTE)
