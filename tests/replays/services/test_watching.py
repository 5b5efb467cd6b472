"""The count of views and of downloads."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from replays import tasks
from replays.enums import UseKind
from replays.models import PlaybackUse, Progress, Replay, ReplayFile, Share
from replays.services.watching import KEPT, count_use, forget_old_uses, keep_progress
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

        assert count_use(file, UseKind.PLAY, user=student, at=at)

        use = PlaybackUse.objects.get()
        assert (use.file, use.user, use.kind, use.at) == (file, student, UseKind.PLAY, at)
        assert counters() == (1, 0)

    @pytest.mark.parametrize(("minutes", "expected"), [(0, 1), (29, 1), (30, 2), (31, 2)])
    def test_same_person_and_file_count_once_a_half_hour(
        self, file: ReplayFile, student: User, minutes: int, expected: int
    ):
        at = timezone.now()

        count_use(file, UseKind.PLAY, user=student, at=at)
        count_use(file, UseKind.PLAY, user=student, at=at + minutes * MINUTE)

        assert counters() == (expected, 0)
        assert PlaybackUse.objects.count() == expected

    @pytest.mark.parametrize("kind", UseKind)
    @pytest.mark.parametrize(
        ("duration_s", "minutes", "expected"),
        [
            (2700, 31, 1),
            (2700, 74, 1),
            (2700, 75, 2),
            (60, 31, 2),
            (None, 149, 1),
            (None, 150, 2),
        ],
    )
    def test_later_part_counts_when_the_film_cannot_last_so_long(
        self, file: ReplayFile, student: User, kind, duration_s, minutes, expected
    ):
        at = timezone.now()
        file.duration_s = duration_s

        count_use(file, kind, user=student, at=at)
        later = at + minutes * MINUTE
        counted = count_use(file, kind, user=student, at=later, is_later_part=True)

        assert (sum(counters()), counted) == (expected, expected == 2)

    def test_later_part_counts_when_nobody_has_begun_the_film(
        self, file: ReplayFile, student: User
    ):
        assert count_use(file, UseKind.PLAY, user=student, at=timezone.now(), is_later_part=True)

    def test_use_of_an_old_replay_has_the_cloud_asked_whether_it_is_still_there(
        self, file: ReplayFile, student: User
    ):
        at = timezone.now()
        Replay.objects.update(asked_at=at - 2 * DAY, due_at=None)

        count_use(file, UseKind.PLAY, user=student, at=at)

        assert Replay.objects.get().due_at == at

    def test_use_of_a_replay_that_was_looked_at_lately_asks_nothing(
        self, file: ReplayFile, student: User
    ):
        at = timezone.now()
        Replay.objects.update(asked_at=at - 2 * MINUTE, due_at=None)

        count_use(file, UseKind.PLAY, user=student, at=at)

        assert Replay.objects.get().due_at is None

    def test_repetitions_do_not_put_the_next_view_off(self, file: ReplayFile, student: User):
        at = timezone.now()

        for minutes in (0, 20, 40):
            count_use(file, UseKind.PLAY, user=student, at=at + minutes * MINUTE)

        assert counters() == (2, 0)

    def test_persons_files_and_kinds_count_apart(
        self, file: ReplayFile, student: User, teacher: User
    ):
        at = timezone.now()
        second = ReplayFileFactory.create(replay=file.replay, number=2)

        for user in (student, teacher):
            count_use(file, UseKind.PLAY, user=user, at=at)
        count_use(second, UseKind.PLAY, user=student, at=at)
        count_use(file, UseKind.DOWNLOAD, user=student, at=at)

        assert counters() == (3, 1)


@pytest.mark.django_db
class TestVisitors:
    @pytest.fixture
    def share(self, file: ReplayFile, teacher: User) -> Share:
        now = timezone.now()
        return Share.objects.create(
            replay=file.replay, token_digest="0" * 64, created_by=teacher, expires_at=now + DAY
        )

    def test_each_counts_once_on_the_replay_and_on_the_link(self, file: ReplayFile, share: Share):
        at = timezone.now()

        counted = [
            count_use(file, kind, at=at, visitor=visitor, share=share)
            for visitor, kind in (
                ("one", UseKind.PLAY),
                ("one", UseKind.PLAY),
                ("two", UseKind.PLAY),
                ("two", UseKind.DOWNLOAD),
            )
        ]

        share.refresh_from_db()
        assert counted == [True, False, True, True]
        assert counters() == (2, 1)
        assert (share.views, share.downloads, share.last_used_at) == (2, 1, at)

    def test_are_told_apart_from_people(self, file: ReplayFile, share: Share, student: User):
        at = timezone.now()

        count_use(file, UseKind.PLAY, at=at, visitor="one", share=share)
        count_use(file, UseKind.PLAY, at=at, user=student)

        share.refresh_from_db()
        assert (counters(), share.views) == ((2, 0), 1)

    def test_somebody_used_it(self, file: ReplayFile, student: User):
        nobody_or_two: list[dict[str, Any]] = [{}, {"user": student, "visitor": "one"}]
        for who in nobody_or_two:
            with pytest.raises(ValueError, match="a person's or a visitor's"):
                count_use(file, UseKind.PLAY, at=timezone.now(), **who)


@pytest.mark.django_db
class TestForgetting:
    @pytest.fixture(autouse=True)
    def _small_portions(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("replays.services.watching.FORGOTTEN_AT_ONCE", 2)

    def test_who_used_it_long_ago_is_forgotten_and_the_counts_stay(
        self, file: ReplayFile, student: User
    ):
        at = timezone.now()
        for days in (185, 184, 183, 182, 181, 179):
            count_use(file, UseKind.PLAY, at=at - days * DAY, user=student)
        keep_progress(student, file, position_s=9, is_seen=False, at=at - 181 * DAY)

        tasks.forget_old_uses()

        assert [use.at for use in PlaybackUse.objects.all()] == [at - 179 * DAY]
        assert Progress.objects.count() == 0
        assert counters() == (6, 0)

    def test_where_people_are_is_kept_while_they_come_back(self, file: ReplayFile, student: User):
        at = timezone.now()
        keep_progress(student, file, position_s=9, is_seen=False, at=at - 300 * DAY)
        keep_progress(student, file, position_s=10, is_seen=False, at=at - 179 * DAY)

        assert forget_old_uses(at, KEPT) == 0
        assert Progress.objects.get().position_s == 10


@pytest.mark.django_db(transaction=True)
def test_several_at_once_count_once(file: ReplayFile, student: User):
    at = timezone.now()

    counted = all_at_once(
        lambda user: count_use(file, UseKind.PLAY, user=user, at=at), [student] * 8
    )

    assert sorted(counted) == [False] * 7 + [True]
    assert counters() == (1, 0)
    assert PlaybackUse.objects.count() == 1
