"""A local cloud on a free port, the vendor's own client for it, and its control interface."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
import requests
from tencentcloud.common import credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.lcic.v20220817 import lcic_client

from localcloud.cloud import Cloud
from localcloud.config import Config
from localcloud.http.server import RunningCloud, start
from localcloud.media import recording_files
from localcloud.state import documents, recordings, scripted_outcomes, transcode_settings
from tests.localcloud.converter import Converter
from tests.localcloud.filesite import Site
from tests.localcloud.receiver import Receiver

SDK_APP_ID = 3520371
SECRET_ID = "AKIDlocal"
SECRET_KEY = "local-secret-key"
HOUR_S = 3600


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
        query = {"classid": room_id, "userid": user["UserId"], "token": user["Token"], **more}
        return requests.get(f"{self.base_url}/class.html", params=query, timeout=10)

    def press(
        self, verb: str, room_id: object, user: dict[str, Any], **more: str
    ) -> requests.Response:
        fields = {"classid": room_id, "userid": user["UserId"], "token": user["Token"], **more}
        return requests.post(f"{self.base_url}/class/{verb}", data=fields, timeout=10)


T = TypeVar("T")
MAKING = threading.Lock()


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


@pytest.fixture
def start_cloud(tmp_path: Path, quick_recordings: None) -> Iterator[Callable[..., RunningCloud]]:
    """Start clouds on one state file, for tests of stops, restarts and fresh state; all are stopped at the end."""
    running: list[RunningCloud] = []

    def start_one(**more: Any) -> RunningCloud:
        config = Config(tmp_path / "cloud.sqlite3", SDK_APP_ID, SECRET_ID, SECRET_KEY, **more)
        running.append(start(config))
        return running[-1]

    yield start_one
    for each in running:
        each.stop()


@pytest.fixture(scope="session")
def shared_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    path = tmp_path_factory.mktemp("localcloud") / "cloud.sqlite3"
    running = start(Config(path, SDK_APP_ID, SECRET_ID, SECRET_KEY))
    yield running
    running.stop()


@pytest.fixture
def cloud(shared_cloud: RunningCloud, quick_recordings: None) -> Iterator[RunningCloud]:
    """An empty cloud that other tests have used before: numbers of rows go on where they left off."""
    yield shared_cloud
    eventually(lambda: shared_cloud.cloud, is_idle)
    shared_cloud.cloud.reset()


def is_idle(cloud: Cloud) -> bool:
    """Return whether the background threads have done all that is due."""
    with cloud.lock:
        stuck = {each.name for each in scripted_outcomes.all_outcomes(cloud) if each.stuck}
        due = [each.fields["DocumentName"] for each in documents.waiting(cloud)]
        is_transcoding = not transcode_settings.load(cloud).stuck and bool(set(due) - stuck)
        return not is_transcoding and not recordings.waiting(cloud)


@pytest.fixture
def real_recordings() -> None:
    """Have every recording made for itself, as its class was."""


@pytest.fixture(scope="session")
def made_recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("recordings")


@pytest.fixture
def quick_recordings(
    made_recordings: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """Make one real recording of each format, of three seconds, and copy it for all tests but those of the files."""
    if "real_recordings" in request.fixturenames:
        return
    write = recording_files.write

    def copy(path: Path, *, has_ranges: bool = False, **how: Any) -> int:
        made = made_recordings / f"{path.stem}-{has_ranges}" / path.name
        with MAKING:
            if not made.is_file():
                write(made, has_ranges=has_ranges, **{**how, "duration_s": 3})
        shutil.copytree(made.parent, path.parent, dirs_exist_ok=True)
        return sum(each.stat().st_size for each in path.parent.iterdir())

    monkeypatch.setattr(recording_files, "write", copy)


@pytest.fixture
def api(cloud: RunningCloud) -> Api:
    return Api(cloud.base_url)


@pytest.fixture
def control(cloud: RunningCloud) -> Control:
    return Control(cloud.base_url)


@pytest.fixture
def class_page(cloud: RunningCloud) -> ClassPage:
    return ClassPage(cloud.base_url)


@pytest.fixture
def teacher(api: Api) -> dict[str, Any]:
    return api.register("王老师", OriginId="teacher")


@pytest.fixture
def student(api: Api) -> dict[str, Any]:
    return api.register("小明", OriginId="student")


@pytest.fixture
def room_id(api: Api, teacher: dict[str, Any]) -> int:
    return api.create_room(TeacherId=teacher["UserId"])


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as listening:
        yield listening


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as serving:
        yield serving


@pytest.fixture
def converter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Converter:
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return Converter(folder)
