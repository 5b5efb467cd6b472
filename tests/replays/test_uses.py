"""What counts as a view and as a download."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from accounts.models import User
from replays.enums import UseKind
from replays.models import Replay, ReplayFile, Use
from replays.services.uses import count_use
from tests.factories.replays import ReplayFileFactory
from tests.support.threads import all_at_once

MINUTE = dt.timedelta(minutes=1)
DAY = dt.timedelta(days=1)


def counters() -> tuple[int, int]:
    replay = Replay.objects.get()
    return replay.views, replay.downloads


@pytest.mark.django_db
class TestCountUse:
    def test_view_is_counted_and_kept(self, file: ReplayFile, student: User):
        at = timezone.now()

        assert count_use(student, file, UseKind.PLAY, at=at)

        use = Use.objects.get()
        assert (use.file, use.user, use.kind, use.at) == (file, student, UseKind.PLAY, at)
        assert counters() == (1, 0)

    @pytest.mark.parametrize(("minutes", "expected"), [(0, 1), (29, 1), (30, 2), (31, 2)])
    def test_same_person_and_file_count_once_a_half_hour(
        self, file: ReplayFile, student: User, minutes: int, expected: int
    ):
        at = timezone.now()

        count_use(student, file, UseKind.PLAY, at=at)
        count_use(student, file, UseKind.PLAY, at=at + minutes * MINUTE)

        assert counters() == (expected, 0)
        assert Use.objects.count() == expected

    def test_use_of_an_old_replay_has_the_cloud_asked_whether_it_is_still_there(
        self, file: ReplayFile, student: User
    ):
        at = timezone.now()
        Replay.objects.update(asked_at=at - 2 * DAY, next_ask_at=None)

        count_use(student, file, UseKind.PLAY, at=at)

        assert Replay.objects.get().next_ask_at == at

    def test_use_of_a_replay_that_was_looked_at_lately_asks_nothing(
        self, file: ReplayFile, student: User
    ):
        at = timezone.now()
        Replay.objects.update(asked_at=at - 2 * MINUTE, next_ask_at=None)

        count_use(student, file, UseKind.PLAY, at=at)

        assert Replay.objects.get().next_ask_at is None

    def test_repetitions_do_not_put_the_next_view_off(self, file: ReplayFile, student: User):
        at = timezone.now()

        for minutes in (0, 20, 40):
            count_use(student, file, UseKind.PLAY, at=at + minutes * MINUTE)

        assert counters() == (2, 0)

    def test_persons_files_and_kinds_count_apart(
        self, file: ReplayFile, student: User, teacher: User
    ):
        at = timezone.now()
        second = ReplayFileFactory.create(replay=file.replay, number=2)

        for user in (student, teacher):
            count_use(user, file, UseKind.PLAY, at=at)
        count_use(student, second, UseKind.PLAY, at=at)
        count_use(student, file, UseKind.DOWNLOAD, at=at)

        assert counters() == (3, 1)


@pytest.mark.django_db(transaction=True)
def test_several_at_once_count_once(file: ReplayFile, student: User):
    at = timezone.now()

    counted = all_at_once(lambda user: count_use(user, file, UseKind.PLAY, at=at), [student] * 8)

    assert sorted(counted) == [False] * 7 + [True]
    assert counters() == (1, 0)
    assert Use.objects.count() == 1
