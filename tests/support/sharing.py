"""Links to replays: made here or by a browser, and what the page of their replay shows of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.test import Client
from django.utils import timezone

from accounts.models import User
from replays.models import Replay, ReplayFile, Share
from replays.services import shares
from tests.support.pages import Element, read

Make = Callable[..., str]


def make_link(replay: Replay, person: User, **changes: Any) -> shares.NewLink:
    wish: dict[str, Any] = {"days": 7, "password": "", "may_download": False}
    return shares.share(replay, person=person, **{**wish, "at": timezone.now(), **changes})


def page_of(replay: Replay) -> str:
    return f"/replays/{replay.code}/"


def share_by(client: Client, replay: Replay, **data: str) -> Any:
    return client.post(f"{page_of(replay)}share/", data)


def section(client: Client, replay: Replay) -> Element:
    return read(client.get(page_of(replay)).content).one("section", id="share")


def new_address(client: Client, replay: Replay) -> str:
    return read(client.get(page_of(replay)).content).one("input", id="new-link").attrs["value"]


def rows(client: Client, replay: Replay) -> list[str]:
    links = section(client, replay).all("ul", "links")
    return [row.text for row in links[0].all("li")] if links else []


def used(file: ReplayFile) -> tuple[int, int, int, int]:
    """Count how often the replay was played and downloaded, and how often by its only link."""
    file.replay.refresh_from_db()
    link = Share.objects.get()
    return file.replay.views, file.replay.downloads, link.views, link.downloads
