"""Faults that tests switch on, and the limits per second."""

from __future__ import annotations

import json
import threading
import time

import pytest
import requests

from localcloud.http.server import RunningCloud
from tests.localcloud.clients import (
    NETWORK_ERROR,
    SDK_APP_ID,
    Api,
    Control,
    create_refusal,
)


def rooms_made(control: Control) -> int:
    return len(control.get("/state")["rooms"])


def test_hang_holds_the_connection_then_closes_without_effect(api: Api, control: Control) -> None:
    control.switch("hang", seconds=0.3, times=1)
    started = time.monotonic()

    assert create_refusal(api) == NETWORK_ERROR

    assert time.monotonic() - started >= 0.3
    assert rooms_made(control) == 0
    assert control.codes() == ["hang"]


def test_late_takes_effect_at_once_and_answers_later(api: Api, control: Control) -> None:
    control.switch("late", seconds=3, times=1)
    answers: list[int] = []
    caller = threading.Thread(target=lambda: answers.append(api.create_room()))
    caller.start()

    while rooms_made(control) == 0:
        time.sleep(0.02)
    answered_before_it_was_made = list(answers)
    caller.join()

    assert answered_before_it_was_made == []
    assert answers == [300000000]
    assert control.codes() == ["late"]


def test_held_call_does_not_hold_up_others(api: Api, control: Control) -> None:
    control.switch("hang", action="CreateRoom", seconds=60, times=1)
    threading.Thread(target=lambda: create_refusal(api), daemon=True).start()
    while control.codes() != ["hang"]:
        time.sleep(0.02)
    started = time.monotonic()

    api.register()

    assert time.monotonic() - started < 30


@pytest.mark.parametrize("shape", ["truncated", "text", "foreign"])
def test_garble_takes_effect_and_answers_no_envelope(
    api: Api, control: Control, shape: str
) -> None:
    control.switch("garble", code=shape, times=1)

    with pytest.raises((ValueError, KeyError)):
        api.create_room()

    assert rooms_made(control) == 1
    assert control.codes() == ["garble"]


def test_switch_meets_only_its_action(api: Api, control: Control) -> None:
    control.switch("fail", action="GetRooms")

    assert api.create_room()
    assert api.refusal("GetRooms", SdkAppId=SDK_APP_ID) == "InternalError"


def test_oldest_switch_comes_first(api: Api, control: Control) -> None:
    control.switch("fail", code="OperationDenied", times=1)
    control.switch("fail", action="CreateRoom", code="LimitExceeded", times=1)

    assert [create_refusal(api), create_refusal(api)] == ["OperationDenied", "LimitExceeded"]


def test_badly_signed_call_does_not_use_a_switch_up(cloud: RunningCloud, control: Control) -> None:
    control.switch("fail", times=1)

    Api(cloud.base_url, secret_key="other").refusal("GetRooms", SdkAppId=SDK_APP_ID)

    assert control.get("/state")["switches"][0]["times"] == 1


def test_http500_answers_html(cloud: RunningCloud, control: Control) -> None:
    # The signature needs a secret, so the raw answer is seen through the client's own session.
    control.switch("http500", times=1)
    seen: list[requests.Response] = []
    api = Api(cloud.base_url)
    session = api.client.request.conn._session
    session.hooks["response"].append(lambda response, **_: seen.append(response))

    create_refusal(api)

    assert seen[0].status_code == 500
    assert seen[0].headers["Content-Type"].startswith("text/html")
    with pytest.raises(json.JSONDecodeError):
        seen[0].json()


@pytest.mark.parametrize(
    ("switch", "refusal", "logged", "made"),
    [
        ({"kind": "fail", "code": "ResourceInsufficient.Room"}, None, None, 0),
        ({"kind": "fail"}, "InternalError", None, 0),
        ({"kind": "rate_limit"}, "RequestLimitExceeded", None, 0),
        ({"kind": "http500"}, "ServerNetworkError", "http500", 0),
        ({"kind": "drop_before"}, NETWORK_ERROR, "drop_before", 0),
        ({"kind": "drop_after"}, NETWORK_ERROR, "drop_after", 1),
    ],
)
def test_fault_is_seen_and_logged_and_has_its_effect_or_not(
    api: Api,
    control: Control,
    switch: dict[str, str],
    refusal: str | None,
    logged: str | None,
    made: int,
) -> None:
    control.switch(**switch, action="CreateRoom", times=1)
    expected = refusal or switch["code"]

    assert create_refusal(api) == expected
    assert rooms_made(control) == made
    assert control.codes() == [logged or expected]


def test_fault_counts_down_and_is_gone(api: Api, control: Control) -> None:
    control.switch("fail", action="CreateRoom", times=2)

    create_refusal(api)
    left = control.get("/state")["switches"]
    create_refusal(api)

    assert [switch["times"] for switch in left] == [1]
    assert control.get("/state")["switches"] == []
    assert api.create_room()


def test_fault_without_times_lasts_until_it_or_all_are_cleared(api: Api, control: Control) -> None:
    first, _ = control.switch("fail", times=None), control.switch("http500")
    for _ in range(3):
        create_refusal(api)

    cleared = [control.delete(f"/switches/{first}").status_code for _ in range(2)]

    assert (cleared, create_refusal(api)) == ([200, 404], "ServerNetworkError")
    assert control.delete("/switches").status_code == 200
    assert api.create_room()
