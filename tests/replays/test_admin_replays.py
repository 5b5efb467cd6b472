"""The replays in the administration: for looking, without an address of the cloud."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from replays.enums import ReplayState
from replays.models import Replay, ReplayFile
from tests.factories.replays import ReplayFactory, ReplayFileFactory
from tests.support.pages import read

pytestmark = pytest.mark.django_db

LIST = "/admin/replays/replay/"
SECRET = "https://me:word@video.school.example/secret/f0.mp4?t=secret"


@pytest.fixture(params=["planner", "administrator", "superuser"])
def staff(request: pytest.FixtureRequest) -> Client:
    client = Client()
    client.force_login(request.getfixturevalue(request.param))
    return client


@pytest.fixture
def superuser_client(superuser: User) -> Client:
    client = Client()
    client.force_login(superuser)
    return client


def rows(client: Client, query: str = "") -> list[str]:
    page = read(client.get(f"{LIST}{query}").content)
    return [cell.text for cell in page.all("th", "field-title")]


def test_list_is_searched_and_filtered(staff: Client, replay: Replay):
    Replay.objects.update(room_number=106_101_309, title="第一讲")
    failed = ReplayFactory.create(title="第二讲", state=ReplayState.FAILED)

    assert rows(staff, "?q=第二") == ["第二讲"]
    assert rows(staff, "?q=106101309") == ["第一讲"]
    assert rows(staff, f"?q={failed.code}") == ["第二讲"]
    assert rows(staff, "?state__exact=failed") == ["第二讲"]
    assert rows(staff, "?reason__exact=found") == ["第一讲"]


def test_files_that_there_are_are_counted(superuser_client: Client, file: ReplayFile):
    ReplayFileFactory.create(replay=file.replay, number=2)
    ReplayFileFactory.create(replay=file.replay, number=3, gone_at=file.first_seen_at)

    page = read(superuser_client.get(LIST).content)

    assert page.one("td", "field-file_count").text == "2"


def test_no_page_shows_an_address(staff: Client, file: ReplayFile):
    ReplayFile.objects.update(url=SECRET)

    page = staff.get(f"{LIST}{file.replay.pk}/change/")

    text = page.content.decode()
    assert page.status_code == 200
    assert read(page.content).one("td", "field-host").text == "video.school.example"
    assert read(page.content).one("td", "field-video_id").text == file.video_id
    assert "secret" not in text
    assert "me:word" not in text


def test_nothing_is_written_by_hand(staff: Client, file: ReplayFile):
    change = f"{LIST}{file.replay.pk}/change/"

    answers = [
        staff.get(f"{LIST}add/"),
        staff.post(change, {"title": "other"}),
        staff.post(f"{LIST}{file.replay.pk}/delete/", {"post": "yes"}),
    ]

    assert [answer.status_code for answer in answers] == [403] * 3
    assert list(Replay.objects.values_list("title", flat=True)) == [file.replay.title]
    assert read(staff.get(change).content).all("input", name="title") == []


def test_many_rows_take_no_more_queries_than_one(
    superuser_client: Client, file: ReplayFile, django_assert_max_num_queries: Any
):
    with django_assert_max_num_queries(12) as one:
        assert len(rows(superuser_client)) == 1
    for _number in range(10):
        ReplayFileFactory.create(replay=ReplayFactory.create(), number=1)

    with django_assert_max_num_queries(len(one.captured_queries)):
        assert len(rows(superuser_client)) == 11
