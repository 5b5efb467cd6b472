"""The player of signalling replays."""

from __future__ import annotations

import time
from typing import Any

import requests

from localcloud.http.server import RunningCloud
from tests.localcloud.clients import HOUR_S, SDK_APP_ID, Api, ClassPage, Control, visit
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


def told_by(page: requests.Response) -> str:
    """The address by which an open page says how long it has played."""
    return read(page.content).one("script").attrs["data-report-url"]


def watch_records(api: Api, room_id: int, **more: Any) -> dict[str, Any]:
    at = int(time.time())
    period = {"StartTime": at - HOUR_S, "EndTime": at + HOUR_S, "Page": 1, "PageSize": 200}
    wanted = {"SdkAppId": SDK_APP_ID, "RoomId": room_id, **period, **more}
    return api.call("DescribePlayRecords", **wanted)


def test_visits_are_recorded_while_they_play(cloud: RunningCloud, api: Api, held_id: int) -> None:
    for user_id, played in (("u1", [2_000, 5_500, 4_000]), ("u1", [900]), ("", [3_000])):
        who = {"UserId": user_id} if user_id else {}
        token = playback_token(api, held_id, ExpireSeconds=60, **who)
        page = visit(cloud, PAGES[0], classid=held_id, token=token, report="true")
        for ms in played:
            answer = requests.post(f"{cloud.base_url}{told_by(page)}&ms={ms}", timeout=10)
            assert answer.status_code == 204

    records = watch_records(api, held_id)

    assert records["Total"] == 3
    assert sorted((each["UserId"], each["Duration"]) for each in records["Records"]) == [
        ("", 3_000),
        ("u1", 900),
        ("u1", 5_500),
    ]
    longest = max(records["Records"], key=lambda each: each["Duration"])
    assert 2 <= longest["PlayEndTime"] - longest["PlayBeginTime"] <= 10
    assert watch_records(api, held_id, UserId="u1")["Total"] == 2
    assert len(watch_records(api, held_id, Page=2, PageSize=2)["Records"]) == 1
    assert watch_records(api, held_id, StartTime=1, EndTime=2)["Total"] == 0
    assert watch_records(api, 1)["Total"] == 0


def test_visit_without_ticket_or_time_is_not_recorded(
    cloud: RunningCloud, api: Api, held_id: int
) -> None:
    token = playback_token(api, held_id, ExpireSeconds=60)
    page = visit(cloud, PAGES[0], classid=held_id, token=token, report="true")
    sound = f"{cloud.base_url}{told_by(page)}"

    codes = [
        requests.post(address, timeout=10).status_code
        for address in (sound, f"{sound}&ms=-1", f"{sound.replace(token, 'x')}&ms=5")
    ]

    assert codes == [400, 400, 403]
    assert watch_records(api, held_id)["Total"] == 0


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
