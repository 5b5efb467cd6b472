"""The vendor's client, the control interface and a browser, against one local cloud."""

from __future__ import annotations

import html
import time
from collections.abc import Callable
from typing import Any, TypeVar

import pytest
import requests
from tencentcloud.common import credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.lcic.v20220817 import lcic_client

from localcloud.http.server import RunningCloud

SDK_APP_ID = 3520371
SECRET_ID = "AKIDlocal"
SECRET_KEY = "local-secret-key"
HOUR_S = 3600
NETWORK_ERROR = "ClientNetworkError"
T = TypeVar("T")


class Api:
    """The vendor's client against one local cloud."""

    def __init__(
        self, base_url: str, *, secret_id: str = SECRET_ID, secret_key: str = SECRET_KEY
    ) -> None:
        http = HttpProfile(endpoint=base_url.removeprefix("http://"), reqTimeout=10)
        http.scheme = "http"
        self.client = lcic_client.LcicClient(
            credential.Credential(secret_id, secret_key), "", ClientProfile(httpProfile=http)
        )

    def call(self, action: str, **params: Any) -> dict[str, Any]:
        response: dict[str, Any] = self.client.call_json(action, params)["Response"]
        return response

    def refusal(self, action: str, **params: Any) -> str:
        """Return the error code that the call is refused with."""
        with pytest.raises(TencentCloudSDKException) as refused:
            self.call(action, **params)
        return str(refused.value.code)

    def register(self, name: str = "", **params: Any) -> dict[str, Any]:
        return self.call("RegisterUser", SdkAppId=SDK_APP_ID, Name=name, **params)

    def create_room(self, **changes: Any) -> int:
        return int(self.call("CreateRoom", **room_fields(**changes))["RoomId"])

    def status(self, room_id: int) -> int:
        return int(self.call("DescribeRoom", RoomId=room_id)["Status"])


class Control:
    """The control interface of one local cloud."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url

    def get(self, path: str) -> dict[str, Any]:
        content: dict[str, Any] = requests.get(f"{self.base_url}/control{path}", timeout=10).json()
        return content

    def post(self, path: str, **body: Any) -> requests.Response:
        return requests.post(f"{self.base_url}/control{path}", json=body, timeout=10)

    def delete(self, path: str) -> requests.Response:
        return requests.delete(f"{self.base_url}/control{path}", json={}, timeout=10)

    def switch(self, kind: str, **more: Any) -> int:
        return int(self.post("/switches", kind=kind, **more).json()["id"])

    def room(self, room_id: int) -> dict[str, Any]:
        return next(room for room in self.get("/state")["rooms"] if room["RoomId"] == room_id)

    def members(self, room_id: int) -> dict[str, str]:
        return {each["UserId"]: each["Role"] for each in self.room(room_id)["Members"]}

    def codes(self) -> list[str]:
        return [call["code"] for call in self.get("/calls")["calls"]]

    def recordings(self, room_id: int) -> list[dict[str, Any]]:
        return list(self.room(room_id)["Recordings"])

    def recorded(self, room_id: int, count: int = 1) -> list[dict[str, Any]]:
        """Wait until so many recordings of the room are ready, and return them."""
        return eventually(
            lambda: [each for each in self.recordings(room_id) if each["State"] == "ready"],
            lambda ready: len(ready) == count,
        )

    def deliveries(self) -> list[dict[str, Any]]:
        return list(self.get("/deliveries")["deliveries"])

    def delivered(self, count: int) -> list[dict[str, Any]]:
        """Wait until there are so many deliveries and none of them waits, and return them."""
        return eventually(
            self.deliveries,
            lambda all_: len(all_) == count and all(each["outcome"] != "waiting" for each in all_),
        )

    def shift_clock(self, offset_s: float) -> None:
        assert self.post("/clock", offset_s=offset_s).status_code == 200


class ClassPage:
    """A browser without scripts at the class page."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url

    def visit(self, room_id: object, user: dict[str, Any], **more: str) -> requests.Response:
        query = {**class_fields(room_id, user), **more}
        return requests.get(f"{self.base_url}/class.html", params=query, timeout=10)

    def press(
        self, verb: str, room_id: object, user: dict[str, Any], **more: str
    ) -> requests.Response:
        fields = {**class_fields(room_id, user), **more}
        return requests.post(f"{self.base_url}/class/{verb}", data=fields, timeout=10)


def class_fields(room_id: object, user: dict[str, Any]) -> dict[str, str]:
    """Return what the class page has to be told."""
    return {
        "schoolid": str(SDK_APP_ID),
        "classid": str(room_id),
        "userid": user["UserId"],
        "token": user["Token"],
    }


def eventually(look: Callable[[], T], is_right: Callable[[T], bool], *, within_s: float = 15) -> T:
    """Look until it is right, and return what was seen."""
    until_s = time.monotonic() + within_s
    while not is_right(seen := look()):
        assert time.monotonic() < until_s, seen
        time.sleep(0.02)
    return seen


def room_fields(**changes: Any) -> dict[str, Any]:
    """Return what CreateRoom needs: a class from in a minute until in an hour."""
    now_s = int(time.time())
    fields = {
        "SdkAppId": SDK_APP_ID,
        "Name": "语文课",
        "StartTime": now_s + 60,
        "EndTime": now_s + HOUR_S,
        "Resolution": 1,
        "MaxMicNumber": 6,
        "SubType": "videodoc",
    }
    return {**fields, **changes}


def get(url: str) -> requests.Response:
    return requests.get(url, timeout=10)


def visit(cloud: RunningCloud, path: str, **query: int | str) -> requests.Response:
    return requests.get(f"{cloud.base_url}{path}", params=query, timeout=10)


def submit(cloud: RunningCloud, path: str, **fields: str) -> requests.Response:
    return requests.post(
        f"{cloud.base_url}/console/{path}",
        data=fields,
        headers={"Origin": cloud.base_url},
        allow_redirects=False,
        timeout=10,
    )


def console_text(cloud: RunningCloud) -> str:
    answer = requests.get(f"{cloud.base_url}/", timeout=10)
    assert (answer.url, answer.status_code) == (f"{cloud.base_url}/console", 200)
    return html.unescape(answer.text)


def create_refusal(api: Api) -> str:
    return api.refusal("CreateRoom", **room_fields())
