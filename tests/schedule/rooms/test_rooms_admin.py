from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from schedule.models import Lesson, Room

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english(settings: Any) -> None:
    settings.LANGUAGE_CODE = "en"


@pytest.fixture
def staff(planner: User) -> Client:
    client = Client()
    client.force_login(planner)
    return client


def test_rooms_are_looked_at_only(staff: Client, lesson: Lesson) -> None:
    room = Room.objects.create(
        lesson=lesson, room_id=300000007, sdk_app_id=1, last_error="the cloud said no"
    )
    address = f"/admin/schedule/room/{room.pk}"

    body = staff.get("/admin/schedule/room/?q=300000007").content.decode()

    assert "the cloud said no" in body
    assert staff.get(f"{address}/change/").status_code == 200
    assert staff.post(f"{address}/change/", {"room_id": 1}).status_code == 403
    assert staff.get("/admin/schedule/room/add/").status_code == 403


def test_pages_keep_the_content_policy(staff: Client, lesson: Lesson) -> None:
    for address in ("/admin/schedule/room/", "/admin/accounts/user/add/", "/admin/"):
        response = staff.get(address)

        body = response.content.decode()
        assert "style-src 'self'" in response["Content-Security-Policy"], address
        marks = ("<style", " style=", "onclick=", "<script>")
        assert (address, [mark for mark in marks if mark in body]) == (address, [])
