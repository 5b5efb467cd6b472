"""Replays whose time is over: nobody loses one without having been warned a week before."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from replays.enums import ReplayReason, ReplayState
from replays.models import Replay, Retention
from replays.models.retention import LONGEST_DAYS
from replays.services import retention, trash
from replays.services.retention import end_due_replays, kept_until
from replays.tasks import end_due
from schedule.models import ClassGroup
from tests.cast import SignedIn
from tests.factories.replays import ReplayFactory, ReplayFileFactory
from tests.factories.schedule import ClassGroupFactory, UnplannedLessonFactory
from tests.support.pages import read
from tests.support.replays import purge_of
from tests.support.retention import is_trashed, told

pytestmark = pytest.mark.django_db

DAY, SECOND = dt.timedelta(days=1), dt.timedelta(seconds=1)


class TestEnd:
    def test_is_the_trash_a_week_after_the_warning(
        self, thirty_days: Retention, replay: Replay, made_at: dt.datetime
    ):
        end_due_replays(made_at + 23 * DAY)
        end_due_replays(made_at + 30 * DAY - SECOND)
        early = is_trashed(replay)
        end_due_replays(made_at + 30 * DAY)

        assert (early, is_trashed(replay)) == (False, True)
        assert (replay.deleted_at, replay.deleted_by) == (made_at + 30 * DAY, None)
        assert purge_of(replay).due_at == made_at + 60 * DAY

    @pytest.mark.parametrize("days_late", [0, 300])
    def test_never_comes_without_a_warning(
        self, thirty_days: Retention, replay: Replay, made_at: dt.datetime, days_late: int
    ):
        late = made_at + (30 + days_late) * DAY

        ended = []
        for days in (0, 6, 7):
            end_due_replays(late + days * DAY)
            ended.append(is_trashed(replay))

        assert ended == [False, False, True]

    def test_short_times_are_a_week_at_least(
        self, class_group: ClassGroup, replay: Replay, made_at: dt.datetime
    ):
        Retention.objects.create(class_group=class_group, days=1)

        ended = []
        for days in (0, 1, 6, 7):
            end_due_replays(made_at + days * DAY)
            ended.append(is_trashed(replay))

        assert ended == [False, False, False, True]

    def test_counts_from_the_class_where_nobody_knows_better(
        self, thirty_days: Retention, replay: Replay
    ):
        Replay.objects.update(made_at=None)

        end_due_replays(replay.planned_end + 23 * DAY)
        end_due_replays(replay.planned_end + 30 * DAY)

        assert is_trashed(replay)

    def test_brought_back_it_is_warned_of_again(
        self, thirty_days: Retention, replay: Replay, made_at: dt.datetime, planner: User
    ):
        ReplayFileFactory.create(replay=replay)
        for days in (23, 30):
            end_due_replays(made_at + days * DAY)
        replay.refresh_from_db()
        trash.restore_replays([replay], person=planner, at=made_at + 40 * DAY)

        ended = []
        for days in (41, 47, 48):
            end_due_replays(made_at + days * DAY)
            ended.append(is_trashed(replay))

        assert ended == [False, False, True]
        assert told() == ["teacher", "teacher"]

    @pytest.mark.parametrize(
        ("state", "reason"),
        [
            (ReplayState.PROCESSING, ReplayReason.ENDED),
            (ReplayState.FAILED, ReplayReason.GIVEN_UP),
            (ReplayState.DELETED, ReplayReason.VANISHED),
            (ReplayState.NONE, ReplayReason.NOT_RECORDED),
        ],
    )
    def test_is_of_what_is_there(
        self,
        thirty_days: Retention,
        replay: Replay,
        made_at: dt.datetime,
        state: ReplayState,
        reason: ReplayReason,
    ):
        Replay.objects.update(state=state, reason=reason)

        for days in (23, 30, 60):
            end_due_replays(made_at + days * DAY)

        assert (told(), is_trashed(replay)) == ([], False)

    def test_fault_with_one_keeps_none_of_the_others(
        self,
        thirty_days: Retention,
        replay: Replay,
        class_group: ClassGroup,
        made_at: dt.datetime,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ):
        others = [
            ReplayFactory.create(
                lesson=UnplannedLessonFactory.create(
                    class_groups=[class_group], starts_at=made_at + days * DAY
                ),
                made_at=made_at,
            )
            for days in (1, 2)
        ]
        end_due_replays(made_at + 23 * DAY)

        def fail_with_one(replays: list[Replay], **facts: Any) -> int:
            if others[0].pk in {each.pk for each in replays}:
                raise RuntimeError("a fault")
            return trash.trash_replays(replays, **facts)

        monkeypatch.setattr(retention, "trash_replays", fail_with_one)
        end_due_replays(made_at + 30 * DAY)

        assert [is_trashed(each) for each in (replay, *others)] == [True, False, True]
        assert f"replays whose time is over: {others[0].pk}" in caplog.text


class TestSeveralClassGroups:
    @pytest.mark.parametrize(
        ("days", "other_days", "kept"),
        [(30, 60, 60), (60, 30, 60), (30, 30, 30), (30, None, None), (None, None, None)],
    )
    def test_longest_time_counts_and_none_is_for_ever(
        self,
        replay: Replay,
        made_at: dt.datetime,
        class_group: ClassGroup,
        days: int | None,
        other_days: int | None,
        kept: int | None,
    ):
        other = ClassGroupFactory.create()
        assert replay.lesson is not None
        replay.lesson.class_groups.add(other)
        for group, chosen in ((class_group, days), (other, other_days)):
            if chosen is not None:
                Retention.objects.create(class_group=group, days=chosen)

        until = kept_until(replay, at=made_at)
        ends = []
        # Each warning, the days before and at each limit, and long after all of them.
        for day in (23, 29, 30, 53, 59, 60, 119):
            end_due_replays(made_at + day * DAY)
            if is_trashed(replay):
                ends.append(day)
                break

        assert ends == ([kept] if kept is not None else [])
        assert until == (None if kept is None else made_at + kept * DAY)

    def test_without_a_class_group_or_lesson_for_ever(
        self, thirty_days: Retention, replay: Replay, made_at: dt.datetime
    ):
        assert replay.lesson is not None
        replay.lesson.class_groups.clear()
        lost = ReplayFactory.build(lesson=None, made_at=made_at)

        for days in (23, 30, 60):
            end_due_replays(made_at + days * DAY)

        assert (told(), is_trashed(replay)) == ([], False)
        assert [kept_until(each, at=made_at) for each in (replay, lost)] == [None, None]

    @pytest.mark.parametrize("state", [each for each in ReplayState if each != ReplayState.READY])
    def test_what_cannot_be_played_has_no_time(
        self, thirty_days: Retention, replay: Replay, made_at: dt.datetime, state: ReplayState
    ):
        replay.state = state

        assert kept_until(replay, at=made_at) is None

    def test_long_over_it_is_kept_for_a_week_after_the_warning(
        self, thirty_days: Retention, replay: Replay, made_at: dt.datetime
    ):
        at = made_at + 90 * DAY
        before = kept_until(replay, at=at)
        end_due_replays(at)
        replay.refresh_from_db()

        assert (before, kept_until(replay, at=at + 3 * DAY)) == (at + 7 * DAY, at + 7 * DAY)


class TestRuns:
    def test_run_ends_in_time(
        self,
        thirty_days: Retention,
        replay: Replay,
        made_at: dt.datetime,
        monkeypatch: pytest.MonkeyPatch,
    ):
        monkeypatch.setattr(retention, "RUN_LIMIT_S", -1.0)

        end_due_replays(made_at + 23 * DAY)

        assert told() == []

    def test_portions_reach_everything(
        self,
        thirty_days: Retention,
        class_group: ClassGroup,
        monkeypatch: pytest.MonkeyPatch,
    ):
        monkeypatch.setattr(retention, "REPLAYS_A_TRANSACTION", 2)
        at = timezone.now()
        replays = [
            ReplayFactory.create(
                lesson=UnplannedLessonFactory.create(class_groups=[class_group]), made_at=at
            )
            for _number in range(5)
        ]

        end_due_replays(at + 23 * DAY)
        end_due_replays(at + 30 * DAY)

        assert [is_trashed(replay) for replay in replays] == [True] * 5
        assert len(told()) == 5

    def test_nothing_chosen_costs_little(self, replay: Replay):
        with CaptureQueriesContext(connection) as counted:
            end_due_replays(timezone.now() + 1000 * DAY)

        assert len(counted) == 3
        assert not is_trashed(replay)

    def test_clock_warns_and_ends(self, thirty_days: Retention, replay: Replay):
        Replay.objects.update(made_at=timezone.now() - 40 * DAY)
        end_due()
        Replay.objects.update(expiry_told_at=timezone.now() - 8 * DAY)

        end_due()

        assert (told(), is_trashed(replay)) == (["teacher"], True)


@pytest.mark.parametrize(
    ("days", "is_accepted"),
    [(0, False), (1, True), (LONGEST_DAYS, True), (LONGEST_DAYS + 1, False)],
)
def test_days_that_can_be_chosen(class_group: ClassGroup, days: int, is_accepted: bool):
    chosen = Retention(class_group=class_group, days=days)

    refused: list[str] = []
    try:
        chosen.full_clean()
    except ValidationError as err:
        refused = list(err.message_dict)

    assert refused == ([] if is_accepted else ["days"])


@pytest.mark.parametrize(
    ("who", "is_told"),
    [("teacher", True), ("planner", True), ("assistant", False), ("student", False)],
)
def test_page_says_how_long_it_is_kept(
    request: pytest.FixtureRequest,
    signed_in: SignedIn,
    thirty_days: Retention,
    replay: Replay,
    made_at: dt.datetime,
    who: str,
    is_told: bool,
):
    client = signed_in(request.getfixturevalue(who), "en")

    page = read(client.get(f"/replays/{replay.code}/").content)

    day = timezone.localdate(made_at + 30 * DAY)
    sentence = f"It is moved there automatically after {day}, when its class groups' retention ends; its teacher is warned a week before."
    assert (sentence in page.text) == is_told
