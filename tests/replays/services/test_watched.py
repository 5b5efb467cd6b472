"""The seconds that people have really watched: what of a report is believed, and what a lesson adds up to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from edu_platform.lib.periods import length_s
from replays.models import Progress, Replay, ReplayFile
from replays.services.watched import keep_recorded, seconds_of_lesson
from replays.services.watching import keep_progress
from replays.watched_parts import Part
from schedule.hooks import watched_listeners
from tests.factories.replays import ReplayFactory, ReplayFileFactory
from tests.support.threads import all_at_once, done_during

NOW = dt.datetime(2026, 9, 1, 8, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)
Told = list[tuple[int, int, int]]


def report(person: User, file: ReplayFile, *parts: Part, after_s: float = 0) -> None:
    at = NOW + after_s * SECOND
    keep_progress(person, file, position_s=0, is_seen=False, at=at, watched=parts)


def kept(file: ReplayFile) -> list[list[int]]:
    return [list(part) for part in Progress.objects.get(file=file).watched]


@pytest.fixture
def told() -> Iterator[Told]:
    """Collect what a higher app is told."""
    calls: Told = []

    def listen(lesson_id: int, person_id: int, seconds: int) -> None:
        assert transaction.get_connection().in_atomic_block
        calls.append((lesson_id, person_id, seconds))

    with watched_listeners.only(listen):
        yield calls


@pytest.mark.django_db
class TestReport:
    def test_parts_become_one_set_and_places_stay_places(self, student: User, file: ReplayFile):
        at = NOW
        for parts in ([(0, 10), (30, 40)], [(10, 20)], [(5, 35)]):
            at += 20 * SECOND
            keep_progress(student, file, position_s=35, is_seen=False, at=at, watched=parts)

        row = Progress.objects.get()
        assert (row.watched, row.position_s, row.updated_at) == ([[0, 40]], 35, at)

    def test_place_alone_changes_no_part(self, student: User, file: ReplayFile):
        report(student, file, (0, 10))
        keep_progress(student, file, position_s=700, is_seen=False, at=NOW)

        assert kept(file) == [[0, 10]]

    # (seconds after the first report, parts), and how many seconds of film are kept after them all.
    @pytest.mark.parametrize(
        ("reports", "expected_s"),
        [
            # A player at double speed, every ten seconds.
            ([(10 * n, (20 * n, 20 * n + 20)) for n in range(60)], 1200),
            # Reports that were late, or did not come for two minutes.
            ([(0, (0, 10)), (3, (10, 30)), (120, (30, 240))], 240),
            # An hour in a second: what may have been late, and no more.
            ([(0, (0, 3600))], 240),
            ([(n / 100, (30 * n, 30 * n + 30)) for n in range(100)], 241),
            ([(0, (0, 240)), (0, (240, 480)), (10, (480, 600))], 260),
            # Having waited for a night is no film either.
            ([(0, (0, 10)), (30_000, (10, 2700))], 250),
            # The same minute again and again costs nothing.
            ([*((n, (0, 60)) for n in range(100)), (100, (60, 240))], 240),
            # A clock that was put back.
            ([(0, (0, 240)), (-500, (240, 480))], 240),
        ],
    )
    def test_no_more_counts_than_time_has_passed_at_the_fastest_speed(
        self, student: User, file: ReplayFile, reports: list[tuple[float, Part]], expected_s: int
    ):
        for after_s, part in reports:
            report(student, file, part, after_s=after_s)

        assert length_s((begin, end) for begin, end in kept(file)) == expected_s

    def test_many_films_at_once_count_no_more_than_one(
        self, student: User, teacher: User, file: ReplayFile
    ):
        others = [ReplayFileFactory.create(replay=file.replay, number=n) for n in range(2, 12)]

        for each in (file, *others):
            report(student, each, (0, 240))
        report(teacher, file, (0, 240))

        mine = Progress.objects.filter(user=student)
        assert sum(length_s(row.watched) for row in mine) == 240
        assert length_s(Progress.objects.get(user=teacher).watched) == 240

    @pytest.mark.parametrize(("length_s", "expected"), [(60, [[50, 60]]), (None, [[50, 90]])])
    def test_nothing_lies_beyond_the_end_of_the_film(
        self, student: User, file: ReplayFile, length_s: int | None, expected: list[list[int]]
    ):
        file.duration_s = length_s

        report(student, file, (50, 90), (100_000, 100_000))

        assert kept(file) == expected

    def test_of_a_signalling_replay_no_player_of_ours_reports(
        self, student: User, file: ReplayFile, told: Told
    ):
        file.url = ""

        report(student, file, (0, 10))

        assert (kept(file), told) == ([], [])


@pytest.mark.django_db
class TestTelling:
    def test_total_of_the_lesson_is_told_when_it_grows(
        self, student: User, file: ReplayFile, told: Told
    ):
        second = ReplayFileFactory.create(replay=file.replay, number=2)
        lesson_id = file.replay.lesson_id

        report(student, file, (0, 10))
        report(student, file, (5, 10), after_s=5)
        report(student, second, (0, 7), after_s=10)

        assert told == [(lesson_id, student.pk, 10), (lesson_id, student.pk, 17)]

    def test_replay_without_a_lesson_is_nobodys(
        self, student: User, room, file: ReplayFile, told: Told
    ):
        Replay.objects.update(lesson=None, room=room)

        report(student, file, (0, 10))

        assert (kept(file), told) == ([[0, 10]], [])

    def test_costs_few_queries_and_one_more_where_somebody_listens(
        self, student: User, file: ReplayFile
    ):
        def queries(after_s: int) -> int:
            with CaptureQueriesContext(connection) as captured:
                report(student, file, (after_s, after_s + 5), after_s=after_s)
            return len([q for q in captured if "SAVEPOINT" not in q["sql"]])

        with watched_listeners.only():
            alone = queries(0)
        with watched_listeners.only(lambda *_told: None):
            heard = queries(10)
            for number in range(2, 9):
                report(student, ReplayFileFactory.create(replay=file.replay, number=number), (0, 1))
            heard_of_many = queries(20)

        assert (alone, heard, heard_of_many) == (5, 6, 6)


def minutes(*spans: tuple[int, int]) -> list[Part]:
    return [(60 * begin, 60 * end) for begin, end in spans]


@pytest.mark.django_db
class TestSecondsOfLesson:
    """Files are (minute of the class at which they begin, or None; parts watched, in minutes of the file)."""

    @pytest.mark.parametrize(
        ("files", "expected_min"),
        [
            ([], 0),
            ([(0, [(0, 10), (20, 30)])], 20),
            # A recording in two files, one after the other.
            ([(0, [(0, 20)]), (20, [(0, 25)])], 45),
            # The teacher's stream beside the class: the same minutes, and others.
            ([(0, [(0, 20)]), (0, [(0, 20)])], 20),
            ([(0, [(0, 20)]), (0, [(30, 40)])], 30),
            ([(0, [(0, 20)]), (10, [(0, 20)])], 30),
            # Nobody knows when they began.
            ([(None, [(0, 20)]), (None, [(0, 20)])], 40),
            ([(0, [(0, 20)]), (None, [(0, 20)])], 40),
        ],
    )
    def test_same_minutes_of_the_class_count_once(
        self,
        student: User,
        teacher: User,
        replay: Replay,
        files: list[tuple[int | None, list[tuple[int, int]]]],
        expected_min: int,
    ):
        for number, (begin, spans) in enumerate(files, start=1):
            started_at = None if begin is None else NOW + begin * 60 * SECOND
            file = ReplayFileFactory.create(replay=replay, number=number, started_at=started_at)
            for person, parts in ((student, minutes(*spans)), (teacher, minutes((0, 44)))):
                Progress.objects.create(
                    user=person, file=file, position_s=0, updated_at=NOW, watched=parts
                )

        assert replay.lesson_id is not None
        assert seconds_of_lesson(replay.lesson_id, student.pk) == expected_min * 60

    def test_replays_of_all_rooms_belong_to_it_and_no_other_lesson_s(
        self, student: User, room, file: ReplayFile
    ):
        again = ReplayFactory.create(lesson=file.replay.lesson, room=room)
        mine = [file, ReplayFileFactory.create(replay=again), ReplayFileFactory.create()]

        for number, each in enumerate(mine):
            report(student, each, (0, 10), after_s=10 * number)

        assert again.lesson_id is not None
        assert seconds_of_lesson(again.lesson_id, student.pk) == 20

    def test_signalling_replay_counts_for_its_length_at_most(
        self, student: User, replay: Replay, told: Told
    ):
        file = ReplayFileFactory.create(
            replay=replay, number=1, url="", started_at=NOW, duration_s=600
        )
        beside = ReplayFileFactory.create(replay=replay, number=2, started_at=NOW)
        clock_s = int(NOW.timestamp())
        totals = []

        for begin, end in ((0, 100), (50, 150), (5000, 5100), (9000, 9900)):
            keep_recorded(student.pk, file, [(clock_s + begin, clock_s + end)], at=NOW)
            totals.append(told[-1][2])
        report(student, beside, (0, 60))
        totals.append(told[-1][2])

        assert totals == [100, 150, 250, 600, 600]
        assert Progress.objects.get(file=file).position_s == 0

    def test_same_records_again_tell_nothing(self, student: User, replay: Replay, told: Told):
        file = ReplayFileFactory.create(replay=replay, url="")

        for after_s in (0, 60):
            keep_recorded(student.pk, file, [(100, 200)], at=NOW + after_s * SECOND)

        assert (len(told), Progress.objects.get().updated_at) == (1, NOW)


@pytest.mark.django_db(transaction=True)
class TestTwoWindows:
    def test_lose_nothing(self, file: ReplayFile, student: User, told: Told):
        files = [file, ReplayFileFactory.create(replay=file.replay, number=2)]
        spans = [(each, (30 * n, 30 * n + 10)) for n in range(4) for each in files]

        all_at_once(lambda span: report(student, span[0], span[1]), spans)

        assert [kept(each) for each in files] == [[[0, 10], [30, 40], [60, 70], [90, 100]]] * 2
        assert told[-1][2] == 80

    def test_second_waits_and_tells_the_whole(self, file: ReplayFile, student: User, told: Told):
        if connection.vendor == "sqlite":
            pytest.skip("on SQLite transactions that write come one after the other anyway")
        other = ReplayFileFactory.create(replay=file.replay, number=2)

        done_during(
            lambda: report(student, file, (0, 10)),
            lambda: report(student, other, (0, 10), after_s=1),
        )

        assert [seconds for *_whose, seconds in told] == [10, 20]
