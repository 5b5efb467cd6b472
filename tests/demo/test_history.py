"""The demo school's past: made in the local cloud, and found as a real school's would be."""

from __future__ import annotations

import datetime as dt
import io
from collections import Counter
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.management import call_command

from edu_platform.demo.history import OLD_SLOTS
from replays.enums import ReplayReason, ReplayState
from replays.models import Replay, ReplayFile
from schedule.models import Lesson, Room
from tests.support.cloud import LocalCloud

pytestmark = pytest.mark.django_db

# Before the first lesson of the week is over: only earlier weeks have a past.
MONDAY_MORNING = dt.datetime(2026, 3, 2, 8, 20, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def monday(settings, local_cloud: LocalCloud) -> Iterator[LocalCloud]:
    settings.REPLAY_HOSTS = [local_cloud.url.removeprefix("http://")]
    with time_machine.travel(MONDAY_MORNING):
        yield local_cloud


def seed() -> tuple[list[str], str]:
    stdout, stderr = io.StringIO(), io.StringIO()
    call_command("seed_demo", stdout=stdout, stderr=stderr)
    return stdout.getvalue().splitlines(), stderr.getvalue()


def past_standings() -> Counter[tuple[str, str]]:
    past = Replay.objects.filter(planned_end__lt=MONDAY_MORNING)
    return Counter(past.values_list("state", "reason"))


def test_past_has_replays_in_all_states_that_the_past_can_have(monday):
    seed()

    assert past_standings() == {
        (ReplayState.READY, ReplayReason.FOUND): 9,
        (ReplayState.PROCESSING, ReplayReason.ENDED): 1,
        (ReplayState.NONE, ReplayReason.NOT_RECORDED): 1,
        (ReplayState.NONE, ReplayReason.NEVER_HELD): 1,
        (ReplayState.FAILED, ReplayReason.GIVEN_UP): 1,
        (ReplayState.DELETED, ReplayReason.VANISHED): 1,
    }
    assert past_standings().total() == len(OLD_SLOTS)


def test_class_that_was_recorded_twice_has_two_files_that_play(monday):
    seed()

    replay = Replay.objects.get(title__endswith="Animals", planned_end__lt=MONDAY_MORNING)
    urls = [file["RecordUrl"] for file in monday.recordings(replay.room_number)]
    assert list(replay.files.order_by("number").values_list("url", flat=True)) == urls
    assert len(urls) == 2


def test_second_start_adds_nothing(monday):
    seed()
    models = (Replay, ReplayFile, Room, Lesson)
    before = [model._default_manager.count() for model in models], past_standings()

    seed()

    assert ([model._default_manager.count() for model in models], past_standings()) == before


def test_school_is_filled_without_a_past_when_no_local_cloud_answers(settings):
    settings.LCIC_ENDPOINT = "http://127.0.0.1:9"

    lines, complaint = seed()

    assert [line.split()[0] for line in lines] == ["sign-in:"] * 6
    assert "127.0.0.1" in complaint
    assert not Replay.objects.filter(
        planned_end__lt=dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    ).exists()
