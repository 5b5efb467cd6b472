"""The session of its lesson that a replay is of, where a lesson was opened again."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone, translation

from replays.enums import ReplayState
from replays.models import Replay
from replays.models.sessions import title_of, titled, with_sessions
from schedule.models import Lesson
from tests.factories.replays import ReplayFactory
from tests.support.replays import replay_of_session

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases("a subquery that groups")]


def sessions() -> dict[str, int | None]:
    replays = with_sessions(Replay.objects.exclude(room=None).order_by("room"))
    return {replay.state: replay.session for replay in replays}


def test_only_one_has_no_number(lesson: Lesson):
    replay_of_session(lesson, 1)
    ReplayFactory.create()

    assert sessions() == {"ready": None}


def test_numbers_follow_the_rooms_and_those_in_the_trash_keep_theirs(lesson: Lesson):
    states = [ReplayState.DELETED, ReplayState.FAILED, ReplayState.READY, ReplayState.RECORDING]
    for number, state in enumerate(states, start=1):
        replay_of_session(lesson, number, state=state)

    assert sessions() == {"deleted": 1, "failed": 2, "ready": 3, "recording": 4}


@pytest.mark.parametrize("state", [ReplayState.EXPECTED, ReplayState.NONE])
def test_a_room_in_which_no_class_was_recorded_does_not_count(lesson: Lesson, state: ReplayState):
    replay_of_session(lesson, 1)
    replay_of_session(lesson, 2, state=state)

    assert sessions() == {"ready": None, state.value: None}


@pytest.mark.parametrize(
    ("language", "second", "both"),
    [
        ("zh-hans", "语文课（第 2 次）", "语文课（第 1、2 次）"),
        ("en", "语文课 (class 2)", "语文课 (classes 1, 2)"),
    ],
)
def test_titles_say_which(lesson: Lesson, language: str, second: str, both: str):
    replay_of_session(lesson, 1, title="语文课")
    replay_of_session(lesson, 2, title="语文课")

    with translation.override(language):
        assert title_of(with_sessions(Replay.objects.order_by("-room"))[0]) == second
        assert titled("语文课", [1, 2]) == both
        assert titled("语文课", [None]) == "语文课"


def test_pages_tell_them_apart(office: Client, lesson: Lesson):
    at = timezone.now()
    for number in (1, 2):
        replay = replay_of_session(
            lesson, number, title="语文课", state=ReplayState.FAILED, planned_end=at, state_since=at
        )

    both = {"语文课（第 1 次）", "语文课（第 2 次）"}
    expected = {
        "/replays/": both,
        "/replays/late/": both,
        "/replays/export/?format=csv": both,
        f"/replays/{replay.code}/": {"语文课（第 2 次）"},
        f"/replays/delete/?code={replay.code}": {"语文课（第 2 次）"},
    }
    for address, names in expected.items():
        response = office.get(address)

        page = b"".join(response).decode()
        assert response.status_code == 200, address
        assert {name for name in both if name in page} >= names, address
