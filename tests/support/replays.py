"""Replays, and the pages that show them, as tests look at them."""

from __future__ import annotations

from typing import Any

from django.test import Client
from django.utils import timezone, translation

from replays.enums import ReplayState
from replays.models import Replay, ReplayPurge
from replays.selectors.history import history_of
from schedule.enums import CloudStatus, RoomReason
from schedule.models import Lesson, Room
from tests.factories.replays import ReplayFactory
from tests.support.pages import Element, read

LIST = "/replays/"


def standing(replay: Replay) -> tuple[str, str]:
    replay.refresh_from_db()
    return replay.state, replay.reason


def purge_of(replay: Replay) -> ReplayPurge:
    """Return how the replay's deletion in the cloud stands now."""
    return ReplayPurge.objects.get(replay=replay)


def steps(replay: Replay) -> list[str]:
    return list(replay.steps.order_by("at", "pk").values_list("kind", flat=True))


def list_page(client: Client, query: str = "") -> Element:
    response = client.get(f"{LIST}{query}")
    assert response.status_code == 200
    return read(response.content).one("main")


def titles(page: Element) -> list[str]:
    return [cell.all("a")[0].text for cell in page.all("td", "replay-title")]


def document_of(client: Client, replay: Replay, query: str = "") -> Element:
    """The page of one replay, its head and scripts too."""
    response = client.get(f"/replays/{replay.code}/{query}")
    assert response.status_code == 200
    return read(response.content)


def page_of(client: Client, replay: Replay, query: str = "") -> Element:
    return document_of(client, replay, query).one("main")


def replay_of(room: Room) -> Replay:
    """The replay of the room's class, read as its page reads it."""
    return Replay.objects.select_related("room__polling").get(room=room)


def replay_of_session(lesson: Lesson, number: int, **fields: Any) -> Replay:
    """The replay of a class of this lesson in another room than those before: it was opened again."""
    room = Room.objects.create(
        lesson=lesson,
        room_id=300_000_000 + number,
        sdk_app_id=1,
        generation=number,
        is_current=False,
        reason=RoomReason.AHEAD if number == 1 else RoomReason.REOPENED,
        cloud_status=CloudStatus.ENDED,
    )
    # The first room takes the replay that waits for one.
    Replay.objects.filter(lesson=lesson, room=None, state=ReplayState.EXPECTED).delete()
    return ReplayFactory.create(lesson=lesson, room=room, **fields)


def story_of(replay: Replay) -> list[str]:
    """The trail of a replay as its page tells it, then what is said beside."""
    with translation.override("en"):
        trail = history_of(replay, at=timezone.now())
        return [*(step.text for step in trail.entries), *trail.remarks]
