"""Fixtures: a local cloud on a free port, what speaks to it, and what it speaks to."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from localcloud.cloud import Cloud
from localcloud.config import Config
from localcloud.http.server import RunningCloud, start
from localcloud.state import documents, recordings, scripted_outcomes, transcode_settings
from tests.localcloud import coursefiles
from tests.localcloud.clients import (
    SDK_APP_ID,
    SECRET_ID,
    SECRET_KEY,
    Api,
    ClassPage,
    Control,
    eventually,
)
from tests.localcloud.converter import Converter
from tests.localcloud.coursefiles import GREEN, RED
from tests.localcloud.courseware import create, done
from tests.localcloud.filesite import Site
from tests.localcloud.receiver import Receiver
from tests.localcloud.recording import held_class, playbacks


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


@pytest.fixture
def static(api: Api, teacher: dict[str, Any], site: Site) -> dict[str, Any]:
    return done(api, create(api, teacher, site.put("a.pdf", coursefiles.pdf(RED, GREEN))))


@pytest.fixture
def dynamic(
    api: Api,
    teacher: dict[str, Any],
    site: Site,
    converter: Converter,
) -> dict[str, Any]:
    url = site.put("a.pptx", coursefiles.slides())
    return done(api, create(api, teacher, url, DocumentName="<诗经>"))


@pytest.fixture
def held_id(api: Api, control: Control) -> int:
    room_id = held_class(api, control, DisableRecord=3)
    playbacks(control, room_id)
    return room_id
