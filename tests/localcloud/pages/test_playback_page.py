"""The player of signalling replays."""

from __future__ import annotations

from typing import Any

import requests

from localcloud.http.server import RunningCloud
from tests.localcloud.clients import Api, ClassPage, Control, visit
from tests.localcloud.recording import held_class, listed_playbacks, playback_token
from tests.support.pages import read

PAGES = ("/playback/index.html", "/playback/class.mp4")


def test_player_plays_to_anybody_with_a_token(cloud: RunningCloud, api: Api, held_id: int) -> None:
    token = playback_token(api, held_id, ExpireSeconds=60, UserId="somebody")

    page = visit(cloud, PAGES[0], classid=held_id, token=token, title="<复习>")

    film = visit(cloud, read(page.content).one("video", css_class="video").attrs["src"])
    assert (page.status_code, film.status_code) == (200, 200)
    assert read(page.content).one("h1").text == "<复习>"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert film.headers["Content-Type"] == "video/mp4"
    assert film.content[4:8] == b"ftyp"


def test_player_says_that_it_keeps_a_record_when_it_is_told_to(
    cloud: RunningCloud, api: Api, held_id: int
) -> None:
    token = playback_token(api, held_id, ExpireSeconds=60)

    pages = [
        visit(cloud, PAGES[0], classid=held_id, token=token, **more)
        for more in ({}, {"report": "false"}, {"report": "true"})
    ]

    assert ["data-report" in page.text for page in pages] == [False, False, True]


def test_address_of_the_list_plays_too(api: Api, held_id: int) -> None:
    url = listed_playbacks(api, RoomId=held_id)["Items"][0]["PlaybackUrl"]

    page = requests.get(url, timeout=10)

    assert (page.status_code, read(page.content).one("h1").text) == (200, "语文课")


def test_wrong_token_opens_neither_page_nor_film(
    cloud: RunningCloud, api: Api, control: Control, held_id: int, teacher: dict[str, Any]
) -> None:
    other = held_class(api, control, DisableRecord=3)
    login = api.call("LoginUserWithRoom", UserId=teacher["UserId"], RoomId=held_id)
    expired = playback_token(api, held_id, ExpireSeconds=60)
    control.shift_clock(61)
    tokens = {
        "expired": expired,
        "of another room": playback_token(api, other, ExpireSeconds=60),
        "of a class": login["Token"],
        **{f"forged {each}": each for each in ("", "x", "a.b.c", "课")},
    }

    for path in PAGES:
        found = {
            name: visit(cloud, path, classid=held_id, token=token).status_code
            for name, token in tokens.items()
        }
        assert set(found.values()) == {403}, found
        assert visit(cloud, path).status_code == 403


def test_room_without_a_replay_has_neither_page_nor_film(
    cloud: RunningCloud, api: Api, room_id: int
) -> None:
    token = playback_token(api, room_id, ExpireSeconds=60)

    assert [visit(cloud, path, classid=room_id, token=token).status_code for path in PAGES] == [
        404,
        404,
    ]


def test_token_of_a_replay_opens_no_class(
    api: Api, class_page: ClassPage, room_id: int, teacher: dict[str, Any]
) -> None:
    token = playback_token(api, room_id, UserId=teacher["UserId"], ExpireSeconds=60)

    entered = class_page.visit(room_id, {"UserId": teacher["UserId"], "Token": token})

    assert entered.status_code == 403
    assert class_page.visit(room_id, teacher).status_code == 200
