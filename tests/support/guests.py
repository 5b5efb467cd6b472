"""Guests in tests, as the door leaves them once they are in."""

from __future__ import annotations

from itertools import count
from typing import Any

from schedule.models import Guest, Lesson
from tests.factories.accounts import UserFactory
from tests.support.cloud import SDK_APP_ID

_numbers = count(1)


def guest_of(lesson: Lesson, name: str = "客人甲", user_id: str = "", **fields: Any) -> Guest:
    """Make a guest of the lesson; with the cloud's id of them they have come to its door."""
    in_cloud = {
        "sdk_app_id": SDK_APP_ID,
        "classroom_user_id": user_id,
        "sent_nickname": name,
        "entered_at": lesson.starts_at,
    }
    values = {
        "lesson": lesson,
        "name": name,
        "token_digest": f"digest-{next(_numbers)}",
        **(in_cloud if user_id else {}),
        **fields,
    }
    if "invited_by" not in values:
        values["invited_by"] = UserFactory.create()
    return Guest.objects.create(**values)
