"""Faults that tests switch on, and the limits per second."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException

from localcloud.http.server import RunningCloud
from localcloud.rate_limits import RateLimiter
from tests.localcloud.conftest import SDK_APP_ID, Api, Control, room_fields

NETWORK_ERROR = "ClientNetworkError"


def rooms_made(control: Control) -> int:
    return len(control.get("/state")["rooms"])


def create_refusal(api: Api) -> str:
    return api.refusal("CreateRoom", **room_fields())


def test_fail_answers_the_code_without_effect(api: Api, control: Control) -> None:
    control.switch("fail", action="CreateRoom", code="ResourceInsufficient.Room", times=1)

    assert create_refusal(api) == "ResourceInsufficient.Room"
    assert rooms_made(control) == 0
    assert control.codes() == ["ResourceInsufficient.Room"]


def test_fail_without_a_code_is_an_internal_error(api: Api, control: Control) -> None:
    control.switch("fail", times=1)

    assert create_refusal(api) == "InternalError"


def test_rate_limit_answers_its_code_without_effect(api: Api, control: Control) -> None:
    control.switch("rate_limit", times=1)

    assert create_refusal(api) == "RequestLimitExceeded"
    assert rooms_made(control) == 0
    assert control.codes() == ["RequestLimitExceeded"]


def test_http500_has_a_page_and_no_effect(api: Api, control: Control) -> None:
    control.switch("http500", times=1)

    assert create_refusal(api) == "ServerNetworkError"
    assert rooms_made(control) == 0
    assert control.codes() == ["http500"]


@pytest.mark.parametrize(("kind", "made"), [("drop_before", 0), ("drop_after", 1)])
def test_dropped_connection_has_its_effect_or_not(
    api: Api, control: Control, kind: str, made: int
) -> None:
    control.switch(kind, times=1)

    assert create_refusal(api) == NETWORK_ERROR
    assert rooms_made(control) == made
    assert control.codes() == [kind]


def test_hang_holds_the_connection_then_closes_without_effect(api: Api, control: Control) -> None:
    control.switch("hang", seconds=0.3, times=1)
    started = time.monotonic()

    assert create_refusal(api) == NETWORK_ERROR

    assert time.monotonic() - started >= 0.3
    assert rooms_made(control) == 0
    assert control.codes() == ["hang"]


def test_late_takes_effect_at_once_and_answers_later(api: Api, control: Control) -> None:
    control.switch("late", seconds=0.6, times=1)
    answers: list[int] = []
    caller = threading.Thread(target=lambda: answers.append(api.create_room()))
    caller.start()
    deadline = time.monotonic() + 0.5

    while rooms_made(control) == 0 and time.monotonic() < deadline:
        time.sleep(0.02)
    made_before_answer = (rooms_made(control), len(answers))
    caller.join()

    assert made_before_answer == (1, 0)
    assert answers == [300000000]
    assert control.codes() == ["late"]


def test_held_call_does_not_hold_up_others(api: Api, control: Control) -> None:
    control.switch("hang", action="CreateRoom", seconds=5, times=1)
    threading.Thread(target=lambda: create_refusal(api), daemon=True).start()
    while control.codes() != ["hang"]:
        time.sleep(0.02)
    started = time.monotonic()

    api.register()

    assert time.monotonic() - started < 1


@pytest.mark.parametrize("shape", ["truncated", "text", "foreign"])
def test_garble_takes_effect_and_answers_no_envelope(
    api: Api, control: Control, shape: str
) -> None:
    control.switch("garble", code=shape, times=1)

    with pytest.raises((ValueError, KeyError)):
        api.create_room()

    assert rooms_made(control) == 1
    assert control.codes() == ["garble"]


def test_switch_counts_down_and_is_gone(api: Api, control: Control) -> None:
    control.switch("fail", action="CreateRoom", times=2)

    create_refusal(api)
    left = control.get("/state")["switches"]
    create_refusal(api)

    assert [switch["times"] for switch in left] == [1]
    assert control.get("/state")["switches"] == []
    assert api.create_room()


def test_switch_without_times_lasts_until_cleared(api: Api, control: Control) -> None:
    number = control.switch("fail", times=None)
    for _ in range(3):
        create_refusal(api)

    assert control.delete(f"/switches/{number}").status_code == 200

    assert api.create_room()
    assert control.delete(f"/switches/{number}").status_code == 404


def test_switch_meets_only_its_action(api: Api, control: Control) -> None:
    control.switch("fail", action="GetRooms")

    assert api.create_room()
    assert api.refusal("GetRooms", SdkAppId=SDK_APP_ID) == "InternalError"


def test_oldest_switch_comes_first(api: Api, control: Control) -> None:
    control.switch("fail", code="OperationDenied", times=1)
    control.switch("fail", action="CreateRoom", code="LimitExceeded", times=1)

    assert [create_refusal(api), create_refusal(api)] == ["OperationDenied", "LimitExceeded"]


def test_clearing_all_switches_leaves_none(api: Api, control: Control) -> None:
    control.switch("fail")
    control.switch("http500")

    assert control.delete("/switches").status_code == 200
    assert api.create_room()


def test_badly_signed_call_does_not_use_a_switch_up(cloud: RunningCloud, control: Control) -> None:
    control.switch("fail", times=1)

    Api(cloud.base_url, secret_key="other").refusal("GetRooms", SdkAppId=SDK_APP_ID)

    assert control.get("/state")["switches"][0]["times"] == 1


@pytest.mark.parametrize(
    "switch",
    [
        {},
        {"kind": "explode"},
        {"kind": "fail", "action": "Nope"},
        {"kind": "fail", "times": 0},
        {"kind": "fail", "times": "2"},
        {"kind": "fail", "code": 1},
        {"kind": "garble", "code": "x"},
        {"kind": "late", "seconds": -1},
        {"kind": "late", "seconds": "1"},
        {"kind": "fail", "colour": "red"},
    ],
)
def test_switch_of_a_wrong_form_is_refused(control: Control, switch: dict[str, Any]) -> None:
    answer = control.post("/switches", **switch)

    assert answer.status_code == 400
    assert answer.json()["error"]
    assert control.get("/state")["switches"] == []


def test_stop_does_not_wait_for_held_calls(
    start_cloud: Callable[[], RunningCloud],
) -> None:
    running = start_cloud()
    control, api = Control(running.base_url), Api(running.base_url)
    control.switch("hang", seconds=60)
    refusals: list[str] = []
    caller = threading.Thread(target=lambda: refusals.append(create_refusal(api)))
    caller.start()
    while control.codes() != ["hang"]:
        time.sleep(0.02)
    started = time.monotonic()

    running.stop()
    caller.join(timeout=5)

    assert time.monotonic() - started < 2
    assert refusals == [NETWORK_ERROR]


@pytest.mark.parametrize(
    ("action", "params", "per_second"),
    [
        ("GetRooms", {"SdkAppId": SDK_APP_ID}, 20),
        ("DescribeRoom", {"RoomId": 1}, 50),
        ("BatchRegister", {"Users": [{"SdkAppId": SDK_APP_ID}]}, 10),
    ],
)
def test_enforced_limit_is_per_action_and_second(
    cloud: RunningCloud,
    api: Api,
    control: Control,
    action: str,
    params: dict[str, Any],
    per_second: int,
) -> None:
    seconds = [0.0]
    cloud.cloud.limiter = RateLimiter(now_s=lambda: seconds[0])
    control.post("/limits", enforce=True)

    for _ in range(per_second):
        assert _code(api, action, params) != "RequestLimitExceeded"

    assert _code(api, action, params) == "RequestLimitExceeded"
    assert control.codes()[-1] == "RequestLimitExceeded"
    assert _code(api, "LoginUser", {"UserId": "u"}) == "ResourceNotFound.User"
    seconds[0] = 1.0
    assert _code(api, action, params) != "RequestLimitExceeded"


def _code(api: Api, action: str, params: dict[str, Any]) -> str:
    try:
        api.call(action, **params)
    except TencentCloudSDKException as error:
        return str(error.code)
    return ""


def test_limits_are_off_until_switched_on(api: Api, control: Control) -> None:
    for _ in range(25):
        api.call("GetRooms", SdkAppId=SDK_APP_ID)

    assert set(control.codes()) == {""}
    assert control.get("/state")["limits_enforced"] is False


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
