from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from courseware.models import Courseware
from localcloud.media import office as office_programs
from schedule.models import Lesson, Room
from tests.cast import SignedIn
from tests.factories.courseware import CoursewareFactory
from tests.localcloud.converter import Converter
from tests.support.binding import in_cloud
from tests.support.classes import make_room
from tests.support.cloud import LocalCloud
from tests.support.cloudcalls import make_quick
from tests.support.pages import Element, read


@pytest.fixture
def storage(settings: Any, tmp_path: Path) -> Path:
    """The files' place, this test's own."""
    settings.MEDIA_ROOT = str(tmp_path)
    return tmp_path


@pytest.fixture
def courseware(teacher: User) -> Courseware:
    """The cast's teacher's own, private, ready, and used in no lesson."""
    return CoursewareFactory.create(owner=teacher, name="第一讲.pdf")


@pytest.fixture
def cloud(
    local_cloud: LocalCloud, live_server: Any, settings: Any, storage: Path, monkeypatch: Any
) -> LocalCloud:
    """A local cloud that fetches files from us, and for whose answers nobody waits long."""
    make_quick(monkeypatch, read_timeout_s=5)
    settings.PUBLIC_BASE_URL = live_server.url
    return local_cloud


@pytest.fixture
def stuck(cloud: LocalCloud) -> LocalCloud:
    """The same, and no transcode begins."""
    cloud.set_transcoding(stuck=True)
    return cloud


@pytest.fixture
def converter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Converter:
    """The local cloud converts files of Office."""
    folder = tmp_path / "converter"
    folder.mkdir()
    made = Converter(folder)
    monkeypatch.setattr(office_programs, "_PROGRAMS", (str(made.path),))
    return made


@pytest.fixture
def room(lesson: Lesson, local_cloud: LocalCloud) -> Room:
    return make_room(lesson)


@pytest.fixture
def ready(room: Room, teacher: User) -> list[Courseware]:
    """a.png, b.png and c.png, which the cloud has and need no transcoding."""
    return [in_cloud(teacher, f"{letter}.png") for letter in "abc"]


@pytest.fixture
def office(signed_in: SignedIn, planner: User) -> Client:
    """A planner's browser: all courseware is theirs to look after."""
    return signed_in(planner)


def document_of(client: Client, courseware: Courseware) -> Element:
    """The page of one piece of courseware, its head and scripts too."""
    response = client.get(f"/courseware/{courseware.code}/")
    assert response.status_code == 200
    return read(response.content)


def page_of(client: Client, courseware: Courseware) -> Element:
    return document_of(client, courseware).one("main")


def forms_of(page: Element) -> list[str]:
    """Return what can be done on the page: the last words of the addresses of its forms."""
    return [form.attrs["action"].rsplit("/", 2)[-2] for form in page.all("form")]
