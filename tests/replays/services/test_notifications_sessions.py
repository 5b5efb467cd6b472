"""A lesson that was opened again: one notice of all its replays, or notices that are told apart."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import translation

from accounts.models import Notice, User
from accounts.notice_kinds import sentence_of
from replays.enums import ReplayEventKind, ReplayReason, ReplayState
from replays.models import Replay, ReplayEvent
from replays.services.notifications import notify_people
from schedule.models import Lesson, Room
from tests.factories.replays import ReplayFactory
from tests.support.replays import replay_of_session
from tests.support.telling import CLASS, STAFF, be_made, be_ready, set_state, told

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("everybody", "in_china")]

MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def end(lesson: Lesson) -> dt.datetime:
    """The planned end; the class of session 1 was ended half an hour before."""
    return lesson.ends_at


@pytest.fixture
def first(lesson: Lesson, end: dt.datetime) -> Replay:
    replay = replay_of_session(lesson, 1, title="语文课")
    Room.objects.filter(replay=replay).update(real_ended_at=end - 30 * MINUTE)
    return replay


@pytest.fixture
def second(lesson: Lesson, first: Replay) -> Replay:
    return replay_of_session(lesson, 2, title="语文课", state=ReplayState.RECORDING)


def sentences(language: str = "zh-hans") -> set[str]:
    """Return what people are told of the lesson, but for when it was and who taught."""
    with translation.override(language):
        notices = Notice.objects.values_list("kind", "arguments")
        return {sentence_of(kind, {**of, "moment": "M", "teacher": "T"}) for kind, of in notices}


class TestReady:
    def test_all_of_it_are_told_of_together(
        self, lesson: Lesson, first: Replay, second: Replay, end: dt.datetime
    ):
        before = notify_people(end - MINUTE)
        be_ready(second)
        after = notify_people(end)

        assert (before, after, notify_people(end + MINUTE)) == (0, 1, 0)
        assert told() == told("replays.ready") == CLASS
        assert Notice.objects.count() == len(CLASS)
        assert sentences() == {"“语文课（第 1、2 次）”（M，T）的回放可以看了。"}
        assert sentences("en") == {"The replay of “语文课 (classes 1, 2)” on M (T) is ready."}
        addresses = Notice.objects.values_list("address", "cause").distinct()
        assert list(addresses) == [
            (f"/schedule/lessons/{lesson.code}/", f"replays.ready:{first.code}")
        ]
        steps = ReplayEvent.objects.filter(kind=ReplayEventKind.TOLD_READY)
        assert set(steps.values_list("replay", flat=True)) == {first.pk, second.pk}

    def test_one_that_is_opened_again_later_is_told_apart(
        self, lesson: Lesson, first: Replay, end: dt.datetime
    ):
        notify_people(end)
        second = replay_of_session(lesson, 2, title="语文课")

        assert notify_people(end + MINUTE) == 1
        assert sentences() == {
            "“语文课”（M，T）的回放可以看了。",
            "“语文课（第 2 次）”（M，T）的回放可以看了。",
        }
        address = Notice.objects.get(user__username="student", cause__endswith=second.code).address
        assert address == f"/replays/{second.code}/"

    @pytest.mark.parametrize(("minutes", "count"), [(29, 0), (30, 1)])
    def test_waits_no_longer_than_until_the_other_is_late(
        self, first: Replay, second: Replay, end: dt.datetime, minutes: int, count: int
    ):
        be_made(second)

        notify_people(end + minutes * MINUTE)

        assert (
            Notice.objects.filter(kind="replays.ready", user__username="student").count() == count
        )

    def test_other_lessons_do_not_wait(self, first: Replay, second: Replay, end: dt.datetime):
        be_ready(second)
        Replay.objects.filter(pk=first.pk).delete()
        ReplayFactory.create(state=ReplayState.RECORDING)

        assert notify_people(end) == 1


class TestLate:
    def test_all_of_it_are_told_of_together(
        self, first: Replay, second: Replay, teacher: User, end: dt.datetime
    ):
        be_made(first)
        be_made(second)

        assert [notify_people(end + minutes * MINUTE) for minutes in (29, 30, 31)] == [0, 1, 0]
        assert told() == told("replays.late") == STAFF | {"teacher"}
        assert Notice.objects.filter(user=teacher).count() == 1
        assert "“语文课（第 1、2 次）”" in sentences().pop()

    def test_failed_one_beside_a_ready_one_says_which(
        self, first: Replay, second: Replay, teacher: User, end: dt.datetime
    ):
        set_state(second, ReplayState.FAILED, ReplayReason.ROOM_GONE)

        notify_people(end)

        notices = Notice.objects.filter(user=teacher)
        kinds = {(notice.kind, notice.arguments["sessions"]) for notice in notices}
        assert kinds == {("replays.ready", "1"), ("replays.failed", "2")}
