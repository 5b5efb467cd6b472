"""Rate limits of the API."""

from __future__ import annotations

from typing import Any

import pytest
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException

from localcloud.http.server import RunningCloud
from localcloud.rate_limits import RateLimiter
from tests.localcloud.clients import SDK_APP_ID, Api, Control


@pytest.mark.parametrize(
    ("action", "params", "per_second"),
    [
        ("GetRooms", {"SdkAppId": SDK_APP_ID}, 20),
        ("DescribeCurrentMemberList", {"RoomId": 1, "Page": 1, "Limit": 1}, 20),
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
