"""The cause that kept the cloud's answer away is told as what it was: silence, a refusal, or a fault of ours."""

from __future__ import annotations

import datetime as dt
import re

import pytest
import time_machine
from django.utils import timezone, translation

from classroom.client.errors import CloudRejected, CloudUnavailable
from edu_platform.lib.formatting import moment_text
from replays.enums import ReplayEventKind
from replays.models import Replay
from replays.polling_times import GIVE_UP_AFTER
from replays.selectors.history import history_of
from replays.services.polling import ask_for_missing
from replays.services.unanswered import note_silence, pause, put_off
from replays.wording import explain, short_reason
from schedule.models import Lesson, Room
from tests.support.classes import ended_room
from tests.support.cloud import LocalCloud
from tests.support.replays import replay_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("impatient")]

MINUTE = dt.timedelta(minutes=1)
HOUR = dt.timedelta(hours=1)
TIME = re.compile(r"(\d{4}-\d\d-\d\d )?\d\d:\d\d")


@pytest.fixture
def room(lesson: Lesson, local_cloud: LocalCloud) -> Room:
    """Create that of a class that was held, and of which nobody has asked for the recording yet."""
    return ended_room(lesson, local_cloud)


def told(replay: Replay, at: dt.datetime | None = None) -> list[str]:
    """The trail's sentences in English, in their order."""
    with translation.override("en"):
        return [step.text for step in history_of(replay, at=at or timezone.now()).entries]


def test_refusal_ends_a_silence(room, local_cloud):
    start = timezone.now()
    ways: list[tuple[str, dict[str, str]]] = [
        ("http500", {}),
        ("fail", {"code": "UnauthorizedOperation"}),
        ("http500", {}),
    ]
    for number, (kind, options) in enumerate(ways):
        local_cloud.clear()
        local_cloud.switch("*", kind, **options)
        with time_machine.travel(start + number * 20 * MINUTE):
            ask_for_missing(timezone.now())
    replay = replay_of(room)
    refused = replay.steps.get(kind=ReplayEventKind.REFUSED)
    until = f"{timezone.localtime(refused.at):%H:%M}"

    assert told(replay, refused.at)[2:5] == [
        f"Until {until} checks were not possible",
        "The check was refused (UnauthorizedOperation)",
        "Since then checks have not been possible",
    ]
    local_cloud.clear()
    with time_machine.travel(start + HOUR):
        ask_for_missing(timezone.now())
    assert told(replay_of(room))[4].endswith("checks were not possible")
    assert "Checks are possible again" not in told(replay_of(room))


def test_cloud_that_answers_after_a_refusal(room, local_cloud):
    start = timezone.now()
    for minutes, kind, options in (
        (0, "http500", {}),
        (20, "fail", {"code": "UnauthorizedOperation"}),
    ):
        local_cloud.clear()
        local_cloud.switch("*", kind, **options)
        with time_machine.travel(start + minutes * MINUTE):
            ask_for_missing(timezone.now())
    local_cloud.clear()
    with time_machine.travel(start + HOUR):
        ask_for_missing(timezone.now())

    texts = told(replay_of(room))
    assert texts[3:6] == [
        "The check was refused (UnauthorizedOperation)",
        "Checks are possible again",
        "File 1 was found",
    ]


@pytest.mark.parametrize(
    ("trouble", "step", "sentence", "line"),
    [
        (
            CloudRejected("DescribeRecord", "UnauthorizedOperation", "no"),
            "The check was refused (UnauthorizedOperation)",
            "Since TIME the platform has not been allowed to look for the recording; the next check is at TIME. Whether there is one is unknown.",
            "checks have not been allowed since TIME; the next check is at TIME",
        ),
        (
            ValueError("a fault of ours"),
            "Since then an error of the platform has prevented checks",
            "No check could be completed since TIME, most recently because of an error of the platform; the next try is at TIME. Nothing is lost: what was recorded is kept.",
            "no answer saved since TIME, most recently because of an error of the platform; the next check is at TIME",
        ),
        (
            CloudUnavailable("DescribeRecord", "slow", outcome_is_known=True),
            "Since then checks have not been possible",
            "The classroom service could not be reached since TIME; the next try is at TIME. Nothing is lost: what was recorded is kept.",
            "the classroom service could not be reached since TIME; the next check is at TIME",
        ),
    ],
    ids=["refusal", "fault", "silence"],
)
def test_each_trouble_is_told_as_what_it_is(room, local_cloud, trouble, step, sentence, line):
    replay = replay_of(room)
    at = timezone.now()

    put_off(replay.pk, trouble, at, began_at=at)

    replay = replay_of(room)
    assert told(replay)[2] == step
    with translation.override("en"):
        silence = explain(replay, at).silence
        reason = short_reason(replay, at)
    assert TIME.sub("TIME", silence) == sentence
    assert TIME.sub("TIME", reason).partition(" · ")[2] == line


def test_question_of_before_the_last_answer_tells_of_no_trouble(room):
    began_at = timezone.now()
    ask_for_missing(timezone.now())
    before = told(replay_of(room))

    put_off(replay_of(room).pk, SILENCE, timezone.now(), began_at=began_at)

    replay = replay_of(room)
    assert (replay.unreachable_since, replay.last_error) == (None, "")
    assert told(replay)[:3] == before[:3]


def test_fault_of_ours_is_told_with_its_end(room):
    start = timezone.now()
    put_off(replay_of(room).pk, ValueError("a fault of ours"), start, began_at=start)
    with time_machine.travel(start + HOUR):
        ask_for_missing(timezone.now())

    assert TIME.sub("TIME", told(replay_of(room))[2]) == (
        "Until TIME an error of the platform prevented checks"
    )


REFUSAL = CloudRejected("DescribeRecord", "UnauthorizedOperation", "no")
SILENCE = CloudUnavailable("DescribeRecord", "slow", outcome_is_known=True)


def test_silence_after_a_refusal_counts_from_where_it_began(room):
    pk, start = replay_of(room).pk, timezone.now()
    for minutes, trouble in ((0, REFUSAL), (40, SILENCE), (50, SILENCE)):
        put_off(pk, trouble, start + minutes * MINUTE, began_at=start + minutes * MINUTE)

    replay, at = replay_of(room), start + 51 * MINUTE
    began = moment_text(start + 40 * MINUTE, at)
    with translation.override("en"):
        assert explain(replay, at).silence.startswith(
            f"The classroom service could not be reached since {began}"
        )
        assert f"the classroom service could not be reached since {began}" in short_reason(
            replay, at
        )


def test_trouble_that_changes_its_kind_is_asked_about_as_seldom(room):
    pk, start = replay_of(room).pk, timezone.now()
    for minutes, trouble in ((0, SILENCE), (40, REFUSAL), (50, SILENCE)):
        put_off(pk, trouble, start + minutes * MINUTE, began_at=start + minutes * MINUTE)

    assert replay_of(room).due_at == start + 60 * MINUTE


def test_silence_of_a_whole_run_counts_as_silence(room):
    start = timezone.now()
    note_silence(start)
    put_off(replay_of(room).pk, SILENCE, start + 10 * MINUTE, began_at=start + 10 * MINUTE)

    assert replay_of(room).silent_since == start


def test_error_is_kept_without_addresses_and_as_every_database_takes_it(room, caplog):
    fault = ValueError("odd\0\ud800 at https://1.vod2.myqcloud.com/f0.mp4?sign=secret")
    put_off(replay_of(room).pk, fault, timezone.now(), began_at=timezone.now())

    replay = replay_of(room)
    assert (replay.last_error, replay.is_held_up_by_fault) == ("ValueError: odd? at …", True)
    assert "secret" not in caplog.text


def test_month_of_refusals_is_fewer_than_four_hundred_questions():
    start = at = timezone.now()
    replay = Replay(unreachable_since=start)
    refusal = CloudRejected("DescribeRecord", "UnauthorizedOperation", "no")
    asks = 0
    while at < start + GIVE_UP_AFTER:
        asks += 1
        at += pause(replay, refusal, at)

    assert 100 < asks < 400
