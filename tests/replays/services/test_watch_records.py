"""The cloud is asked who watched a signalling replay after one was opened, where the school wants it to know."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.utils import timezone

from accounts.models import ClassroomIdentity, SchoolSettings, User
from replays.enums import ReplayState, UseKind
from replays.models import Progress, Replay, ReplayFile, WatchQuestion
from replays.polling_times import next_watch_question
from replays.services.playback import playback_address
from replays.services.watch_records import ask_who_watched
from replays.services.watching import count_use
from schedule.hooks import watched_listeners
from schedule.models import Lesson
from tests.factories.replays import ReplayFactory, ReplayFileFactory
from tests.factories.schedule import school_time
from tests.support.cloud import LocalCloud

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("impatient")]

MINUTE = dt.timedelta(minutes=1)
HOUR = dt.timedelta(hours=1)
Watch = Callable[..., None]


@pytest.fixture(autouse=True)
def keeps_records() -> None:
    SchoolSettings.objects.update_or_create(pk=1, defaults={"keeps_watch_records": True})


@pytest.fixture
def file(lesson: Lesson, local_cloud: LocalCloud) -> ReplayFile:
    """The signalling replay of a class that was held yesterday."""
    start_s = int(school_time(-1, 8).timestamp())
    room_id = local_cloud.add_history("语文课", start_s, start_s + 2700, DisableRecord=3)
    local_cloud.playbacks(room_id)
    replay = ReplayFactory.create(lesson=lesson, room_number=room_id)
    return ReplayFileFactory.create(replay=replay, number=1, url="", file_format="", video_id="")


@pytest.fixture
def watch(file: ReplayFile, local_cloud: LocalCloud) -> Watch:
    """Open it, as its page does, and play for so long."""

    def open_and_play(person: User, played_s: int) -> None:
        address = playback_address(file.replay, person)
        count_use(file, UseKind.PLAY, at=timezone.now(), user=person)
        local_cloud.watch(address, played_s=played_s)

    return open_and_play


def asked(cloud: LocalCloud) -> int:
    return len(cloud.calls(action="DescribePlayRecords"))


def seconds_of(person: User) -> int:
    rows = Progress.objects.filter(user=person)
    return sum(end - begin for row in rows for begin, end in row.watched)


@pytest.fixture
def later() -> Iterator[Callable[[dt.timedelta], dt.datetime]]:
    """Let the platform's clock go on; that of the cloud stays, as its records are of before."""
    with time_machine.travel(timezone.now(), tick=True) as traveller:

        def go_on(wait: dt.timedelta) -> dt.datetime:
            traveller.shift(wait)
            return timezone.now()

        yield go_on


class TestAsking:
    def test_opened_replay_is_asked_about_and_its_viewers_are_told(
        self, watch, file, student, teacher, local_cloud, later
    ):
        told: list[tuple[int, int, int]] = []
        watch(student, 300)
        watch(teacher, 40)

        with watched_listeners.only(lambda *what: told.append(what)):
            early = ask_who_watched(later(14 * MINUTE))
            in_time = ask_who_watched(later(2 * MINUTE))

        assert (early, in_time, asked(local_cloud)) == (0, 1, 1)
        assert (seconds_of(student), seconds_of(teacher)) == (300, 40)
        lesson_id = file.replay.lesson_id
        assert sorted(told) == sorted([(lesson_id, student.pk, 300), (lesson_id, teacher.pk, 40)])

    def test_is_asked_again_for_a_day_and_then_no_more(
        self, watch, student, local_cloud, later, file
    ):
        watch(student, 60)
        done = [ask_who_watched(later(wait)) for wait in (16 * MINUTE, HOUR, 4 * HOUR, 24 * HOUR)]
        question = WatchQuestion.objects.get()

        assert (done, asked(local_cloud)) == ([1, 1, 1, 1], 4)
        assert (question.due_at, question.lease_token, question.attempts) == (None, "", 0)
        assert ask_who_watched(later(240 * HOUR)) == 0

        # Opened once more.
        count_use(file, UseKind.PLAY, at=timezone.now(), user=student)
        assert ask_who_watched(later(16 * MINUTE)) == 1
        assert seconds_of(student) == 60

    def test_many_who_open_it_ask_no_more_often(self, file, student, teacher, local_cloud, later):
        opened_at = timezone.now()
        count_use(file, UseKind.PLAY, at=opened_at, user=student)
        count_use(file, UseKind.PLAY, at=opened_at + 10 * MINUTE, user=teacher)

        question = WatchQuestion.objects.get()
        assert (question.due_at, question.opened_at) == (
            opened_at + 15 * MINUTE,
            opened_at + 10 * MINUTE,
        )
        # While it is being asked, whoever opens it is asked about afterwards.
        WatchQuestion.objects.update(leased_until=opened_at + 40 * MINUTE, lease_token="x")
        count_use(file, UseKind.PLAY, at=opened_at + 35 * MINUTE, user=student)
        assert WatchQuestion.objects.get().due_at == opened_at + 50 * MINUTE

    @pytest.mark.parametrize(
        ("after", "expected"),
        [
            (dt.timedelta(0), 15 * MINUTE),
            (15 * MINUTE, HOUR),
            (59 * MINUTE, HOUR),
            (5 * HOUR, 24 * HOUR),
            (24 * HOUR, None),
        ],
    )
    def test_times(self, after, expected):
        opened_at = timezone.now()

        due_at = next_watch_question(opened_at, at=opened_at + after)

        assert due_at == (None if expected is None else opened_at + expected)


class TestNotAsked:
    def test_where_the_school_keeps_none(self, file, student, local_cloud, later):
        SchoolSettings.objects.update(keeps_watch_records=False)
        count_use(file, UseKind.PLAY, at=timezone.now(), user=student)
        assert WatchQuestion.objects.count() == 0

        # It was switched off in between.
        WatchQuestion.objects.create(file=file, opened_at=timezone.now(), due_at=timezone.now())
        assert ask_who_watched(later(MINUTE)) == 0
        assert (WatchQuestion.objects.get().due_at, asked(local_cloud)) == (None, 0)

    def test_about_films_downloads_and_visitors(self, file, student):
        count_use(file, UseKind.PLAY, at=timezone.now(), visitor="somebody")
        ReplayFile.objects.update(url="https://1.vod2.myqcloud.com/f0.mp4")
        file.refresh_from_db()
        count_use(file, UseKind.PLAY, at=timezone.now(), user=student)

        assert WatchQuestion.objects.count() == 0

    def test_about_a_replay_that_is_none_any_more(self, watch, student, local_cloud, later):
        watch(student, 60)
        Replay.objects.update(state=ReplayState.DELETED)

        assert ask_who_watched(later(HOUR)) == 1
        assert (WatchQuestion.objects.get().due_at, asked(local_cloud)) == (None, 0)


class TestAnswers:
    def test_of_strangers_and_of_other_applications_nothing_is_kept(
        self, watch, student, teacher, later
    ):
        watch(student, 60)
        watch(teacher, 60)
        ClassroomIdentity.objects.filter(user=teacher).update(sdk_app_id=1)
        ClassroomIdentity.objects.filter(user=student).update(classroom_user_id="somebody else")

        assert ask_who_watched(later(HOUR)) == 1
        assert Progress.objects.count() == 0

    def test_two_windows_at_once_count_once_and_places_of_films_stay(self, watch, student, later):
        watch(student, 60)
        watch(student, 100)

        ask_who_watched(later(HOUR))

        assert 100 <= seconds_of(student) <= 105
        assert Progress.objects.get().position_s == 0

    @pytest.mark.parametrize(
        ("kind", "more"), [("http500", {}), ("fail", {"code": "InternalError"})]
    )
    def test_silence_puts_it_off_and_loses_nothing(
        self, watch, student, local_cloud, later, kind, more
    ):
        watch(student, 60)
        local_cloud.switch("DescribePlayRecords", kind, **more)

        done = [ask_who_watched(later(HOUR))]
        question = WatchQuestion.objects.get()
        local_cloud.clear()
        done += [ask_who_watched(later(4 * MINUTE)), ask_who_watched(later(2 * MINUTE))]

        assert question.last_error.startswith("CloudUnavailable")
        assert (done, seconds_of(student)) == ([0, 0, 1], 60)
        assert WatchQuestion.objects.get().last_error == ""

    def test_refusal_is_given_up_after_a_week(self, watch, student, local_cloud, later):
        watch(student, 60)
        local_cloud.switch("DescribePlayRecords", "fail", code="InvalidParameter")

        ask_who_watched(later(HOUR))
        put_off = WatchQuestion.objects.get().due_at
        ask_who_watched(later(200 * HOUR))

        assert put_off is not None
        assert WatchQuestion.objects.get().due_at is None
