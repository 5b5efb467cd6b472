"""The places where people left off: kept for each of them and file, and offered by the player."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from replays.models import Progress, Replay, ReplayFile
from replays.selectors.details import player_of
from replays.services.watching import keep_progress
from tests.cast import SignedIn
from tests.factories.replays import ReplayFileFactory
from tests.support.pages import read
from tests.support.threads import all_at_once

NOW = dt.datetime(2026, 9, 1, 8, tzinfo=dt.UTC)


def path_of(replay: Replay) -> str:
    return f"/replays/{replay.code}/progress/"


def positions() -> list[tuple[str, int, int]]:
    rows = Progress.objects.order_by("user__username", "file__number")
    return list(rows.values_list("user__username", "file__number", "position_s"))


@pytest.mark.django_db
class TestPost:
    def test_position_of_a_file_is_kept(self, signed_in: SignedIn, student: User, file: ReplayFile):
        second = ReplayFileFactory.create(replay=file.replay, number=2)
        client = signed_in(student)

        answers = [
            client.post(path_of(file.replay), {"file": number, "position_s": seconds})
            for number, seconds in ((1, "12.9"), (2, "30"), (1, "700"))
        ]

        assert [answer.status_code for answer in answers] == [204] * 3
        name = student.username
        assert positions() == [(name, file.number, 700), (name, second.number, 30)]

    def test_parts_that_were_watched_are_kept(
        self, signed_in: SignedIn, student: User, file: ReplayFile
    ):
        client = signed_in(student)

        for told in ("0-9.8,31.2-40", "9.8-15", "2700-9000"):
            data = {"file": 1, "position_s": "15", "watched": told}
            assert client.post(path_of(file.replay), data).status_code == 204

        assert Progress.objects.get().watched == [[0, 15], [31, 40]]

    def test_people_are_kept_apart(
        self, signed_in: SignedIn, student: User, teacher: User, file: ReplayFile
    ):
        for who, seconds in ((student, 10), (teacher, 20)):
            data = {"file": 1, "position_s": seconds}
            assert signed_in(who).post(path_of(file.replay), data).status_code == 204

        expected = sorted([(student.username, 1, 10), (teacher.username, 1, 20)])
        assert positions() == expected

    def test_nonsense_is_refused(self, signed_in: SignedIn, student: User, file: ReplayFile):
        client = signed_in(student)
        nonsense: list[dict[str, Any]] = [
            {},
            {"file": 1},
            {"position_s": 1},
            {"file": "x", "position_s": 1},
            {"file": 0, "position_s": 1},
            {"file": 1, "position_s": "-1"},
            {"file": 1, "position_s": "nan"},
            {"file": 1, "position_s": "inf"},
            {"file": 1, "position_s": "1e30"},
            {"file": 1, "position_s": 1, "watched": "0-nan"},
            {"file": 1, "position_s": 1, "watched": "-9-1"},
            {"file": 1, "position_s": 1, "watched": "9-1"},
            {"file": 1, "position_s": 1, "watched": ",".join(["0-1"] * 51)},
            {"file": 1, "position_s": 1, "watched": "0-1," * 1000},
        ]

        accepted = [
            data for data in nonsense if client.post(path_of(file.replay), data).status_code != 400
        ]

        assert (accepted, positions()) == ([], [])

    def test_file_that_does_not_exist(self, signed_in: SignedIn, student: User, file: ReplayFile):
        answer = signed_in(student).post(path_of(file.replay), {"file": 2, "position_s": 9})

        assert (answer.status_code, positions()) == (409, [])

    def test_outsiders_keep_nothing(self, signed_in: SignedIn, outsider: User, file: ReplayFile):
        answer = signed_in(outsider).post(path_of(file.replay), {"file": 1, "position_s": 9})

        assert (answer.status_code, positions()) == (404, [])

    def test_only_with_the_page_s_own_token(self, student: User, file: ReplayFile):
        client = Client(enforce_csrf_checks=True)
        client.force_login(student)

        answer = client.post(path_of(file.replay), {"file": 1, "position_s": 9})

        assert (answer.status_code, positions()) == (403, [])

    def test_only_by_post(self, signed_in: SignedIn, student: User, file: ReplayFile):
        assert signed_in(student).get(path_of(file.replay)).status_code == 405


@pytest.mark.django_db
class TestOffer:
    @pytest.mark.parametrize(
        ("position_s", "is_seen_told", "offered_s", "is_seen"),
        [
            (4, False, 0, False),
            (5, False, 5, False),
            (754, False, 754, False),
            (2564, False, 2564, False),
            # 95 % of 45 minutes.
            (2565, False, 0, True),
            # The player knows better how long the file is than the cloud told.
            (20, True, 0, True),
        ],
    )
    def test_player_goes_on_there_until_the_end_is_near(
        self,
        student: User,
        file: ReplayFile,
        position_s: int,
        is_seen_told: bool,
        offered_s: int,
        is_seen: bool,
    ):
        keep_progress(student, file, position_s=position_s, is_seen=is_seen_told, at=NOW)

        player = player_of(file.replay, page="/r/", chosen=1, at=NOW, user=student)

        assert player.chosen is not None
        assert (player.chosen.position_s, player.chosen.is_seen) == (offered_s, is_seen)
        assert player.script_files()[0]["position_s"] == offered_s

    @pytest.mark.parametrize(("is_seen", "offered_s"), [(False, 900), (True, 0)])
    def test_file_of_unknown_length(
        self, student: User, file: ReplayFile, is_seen: bool, offered_s: int
    ):
        ReplayFile.objects.update(duration_s=None)
        file.refresh_from_db()

        keep_progress(student, file, position_s=900, is_seen=is_seen, at=NOW)

        player = player_of(file.replay, page="/r/", chosen=1, at=NOW, user=student)
        assert player.chosen is not None
        assert player.chosen.position_s == offered_s

    def test_nobody_goes_on_where_another_left_off(
        self, student: User, teacher: User, file: ReplayFile
    ):
        keep_progress(teacher, file, position_s=900, is_seen=False, at=NOW)

        player = player_of(file.replay, page="/r/", chosen=1, at=NOW, user=student)

        assert player.chosen is not None
        assert player.chosen.position_s == 0


@pytest.mark.django_db
class TestWhichFile:
    """Without a choice the player goes on with the file in which somebody stopped last."""

    @pytest.fixture
    def files(self, file: ReplayFile) -> list[ReplayFile]:
        return [file, *(ReplayFileFactory.create(replay=file.replay, number=n) for n in (2, 3))]

    def test_is_the_one_begun_last_else_the_first_unseen(
        self, student: User, files: list[ReplayFile]
    ):
        # What was watched of which file, one after the other; and the file that is offered then.
        expected: dict[tuple[tuple[int, int], ...], int] = {
            (): 1,
            ((1, 900),): 1,
            ((1, 900), (2, 30)): 2,
            ((2, 30), (1, 900)): 1,
            ((1, 900), (2, 2700)): 1,
            ((1, 2700),): 2,
            ((2, 2700), (1, 2700)): 3,
            ((1, 2700), (2, 3)): 2,
            ((1, 2700), (2, 2700), (3, 2700)): 1,
            # Who looked into a later one only, has not begun it.
            ((3, 4),): 1,
        }

        def number_of(chosen: int | None) -> int:
            replay = files[0].replay
            player = player_of(replay, page="/r/", chosen=chosen, at=NOW, user=student)
            assert player.chosen is not None
            return player.chosen.number

        offered, chosen = {}, {}
        for watched in expected:
            Progress.objects.all().delete()
            for minute, (number, seconds) in enumerate(watched):
                at = NOW + dt.timedelta(minutes=minute)
                keep_progress(student, files[number - 1], position_s=seconds, is_seen=False, at=at)
            offered[watched], chosen[watched] = number_of(None), number_of(3)

        assert offered == expected
        assert chosen == dict.fromkeys(expected, 3)

    def test_page_has_that_one_or_the_chosen_one_and_the_first_for_a_number_that_is_none(
        self, signed_in: SignedIn, student: User, files: list[ReplayFile]
    ):
        keep_progress(student, files[1], position_s=900, is_seen=False, at=NOW)
        client, page = signed_in(student), f"/replays/{files[0].replay.code}/"
        expected = {"": 2, "?file=3": 3, "?file=9": 1}

        offered = {
            query: read(client.get(f"{page}{query}").content).one("video").attrs["src"]
            for query in expected
        }

        assert offered == {
            query: f"{page}play/?file={number}" for query, number in expected.items()
        }


@pytest.mark.django_db(transaction=True)
def test_two_windows_of_one_person(file: ReplayFile, student: User):
    def keep(seconds: int) -> None:
        keep_progress(student, file, position_s=seconds, is_seen=False, at=timezone.now())

    all_at_once(keep, [10, 20, 30, 40])

    assert Progress.objects.count() == 1
    assert Progress.objects.get().position_s in {10, 20, 30, 40}
