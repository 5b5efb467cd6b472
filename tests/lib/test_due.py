"""The engine of due work: leases, pauses, batches, what ends a run and what does not."""

from __future__ import annotations

import datetime as dt
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from edu_platform.lib.due import DueLoop, Rules, Run, by_age, each, each_batch, exponential
from tests.lib.conftest import Job

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("jobs"),
    pytest.mark.both_databases("leases are conditional updates"),
]

SECOND, MINUTE, HOUR = dt.timedelta(seconds=1), dt.timedelta(minutes=1), dt.timedelta(hours=1)
NOW = timezone.now()


class Silent(Exception):
    pass


class Refused(Silent):
    """A member of the family of silences, and none."""


RULES = Rules(name="jobs", limit_s=30, silent=(Silent,), expected=(Refused,))


def wait_longer(job: Job, _err: Exception, _at: dt.datetime) -> dt.timedelta | None:
    return exponential(job.attempts, MINUTE, HOUR)


def loop(**changes: Any) -> DueLoop[Job]:
    options = {
        "rules": RULES,
        "rows": Job.objects.all(),
        "lease": 5 * MINUTE,
        "pause": wait_longer,
        **changes,
    }
    return DueLoop(**options)


def make(*names: str, **columns: Any) -> list[Job]:
    return [Job.objects.create(name=name, **{"due_at": NOW, **columns}) for name in names]


def run(
    handle: Callable[[Job], object], at: dt.datetime = NOW, **changes: Any
) -> tuple[Run, list[Job]]:
    """Run, and return what became of the jobs as well."""
    done = loop(**changes).run(Job.objects.due(at), handle, at)
    return done, list(Job.objects.order_by("pk"))


def raise_at(**faults: Exception) -> Callable[[Job], None]:
    def handle(job: Job) -> None:
        if job.name in faults:
            raise faults[job.name]

    return handle


def fail(_job: Job) -> None:
    raise LookupError("nobody thought of this")


class TestTurn:
    def test_due_comes_in_order_and_what_failed_of_late_last(self):
        make("b", due_at=NOW - SECOND)
        make("a", due_at=NOW - MINUTE)
        make("silent", due_at=NOW - HOUR, unreachable_since=NOW - HOUR)
        make("later", due_at=NOW + SECOND)
        make("never", due_at=None)
        make("leased", leased_until=NOW + SECOND)

        assert [job.name for job in Job.objects.due(NOW)] == ["a", "b", "silent"]

    def test_what_has_no_turn_yet_gets_one_and_the_others_keep_theirs(self):
        make("a", due_at=None)
        make("b", due_at=NOW + HOUR)
        make("c", due_at=None)

        Job.objects.exclude(name="c").plan_missing(NOW)

        assert list(Job.objects.order_by("pk").values_list("due_at", flat=True)) == [
            NOW,
            NOW + HOUR,
            None,
        ]

    def test_of_two_who_have_read_a_row_one_gets_it(self):
        (job,) = make("a")
        same = Job.objects.get(pk=job.pk)

        leased = [Job.objects.lease(each, MINUTE, at=NOW) for each in (job, same)]

        assert leased == [True, False]
        assert Job.objects.get().lease_token == job.lease_token != ""

    def test_abandoned_lease_goes_to_the_next(self):
        (job,) = make("a")
        Job.objects.lease(job, MINUTE, at=NOW)
        same = Job.objects.get(pk=job.pk)

        assert not Job.objects.lease(same, MINUTE, at=NOW + MINUTE - SECOND)
        assert Job.objects.lease(same, MINUTE, at=NOW + MINUTE)
        assert not Job.objects.end_lease(job, due_at=None)

    def test_row_that_was_done_since_it_was_read_is_left_alone(self):
        (job,) = make("a")
        Job.objects.update(due_at=NOW + HOUR)

        assert not Job.objects.lease(job, MINUTE, at=NOW)

    def test_attempt_that_kills_its_worker_counts(self):
        class Killed(BaseException):
            pass

        def die(_job: Job) -> None:
            raise Killed

        make("a")
        with pytest.raises(Killed):
            run(die)

        job = Job.objects.get()
        assert job.attempts == 1
        assert list(Job.objects.due(NOW + MINUTE)) == []
        assert list(Job.objects.due(NOW + 6 * MINUTE)) == [job]


class TestOutcome:
    def test_done_row_rests(self):
        make("a", attempts=3, unreachable_since=NOW - HOUR, last_error="silence")

        done, (job,) = run(lambda _job: None)

        assert (done.done, done.failed) == (1, 0)
        assert (job.due_at, job.attempts, job.unreachable_since) == (None, 0, None)
        assert (job.last_error, job.lease_token, job.leased_until) == ("", "", None)

    def test_handler_plans_the_next_turn(self):
        make("a")

        def plan(job: Job) -> None:
            Job.objects.filter(pk=job.pk).update(due_at=NOW + HOUR)

        _done, (job,) = run(plan)

        assert (job.due_at, job.attempts, job.lease_token) == (NOW + HOUR, 0, "")

    def test_handler_may_delete_its_row(self):
        make("a", "b")

        done, left = run(lambda job: job.delete())

        assert (done.done, left) == (2, [])

    @pytest.mark.parametrize("err", [LookupError("odd"), Refused("no"), Silent("nothing")])
    def test_failed_row_is_put_off_ever_longer(self, err: Exception):
        make("a")
        waits, at = [], NOW
        for _run in range(3):
            _done, (job,) = run(raise_at(a=err), at)
            assert job.due_at is not None
            waits.append(round((job.due_at - at) / MINUTE))
            at = job.due_at

        assert waits == [1, 2, 4]
        assert job.last_error == f"{type(err).__name__}: {err}"
        assert job.unreachable_since is not None
        assert (job.unreachable_since - NOW) < SECOND
        assert (job.attempts, job.lease_token) == (3, "")

    def test_row_that_was_changed_meanwhile_stays_due(self):
        make("a")

        def change_and_fail(job: Job) -> None:
            Job.objects.filter(pk=job.pk).update(due_at=NOW + SECOND)
            raise LookupError

        _done, (job,) = run(change_and_fail)

        assert (job.due_at, job.last_error) == (NOW + SECOND, "LookupError: ")

    def test_lease_that_somebody_ended_leaves_nothing_to_note(self):
        make("a")

        def learn_elsewhere_and_fail(job: Job) -> None:
            Job.objects.filter(pk=job.pk).update(lease_token="", due_at=None, attempts=0)
            raise LookupError

        noted: list[object] = []
        _done, (job,) = run(learn_elsewhere_and_fail, failed=lambda *facts: noted.append(facts))

        assert (job.due_at, job.attempts, job.last_error, noted) == (None, 0, "", [])

    def test_row_without_a_further_pause_is_given_up(self):
        make("a")

        _done, (job,) = run(fail, pause=lambda *_facts: None)

        assert (job.due_at, job.last_error) == (None, "LookupError: nobody thought of this")

    def test_what_else_is_to_be_noted_is_noted_of_failures(self):
        noted: list[tuple[str, str]] = []
        make("a", "b")

        def note(job: Job, err: Exception, _at: dt.datetime) -> None:
            noted.append((job.name, str(err)))

        run(raise_at(b=Refused("no")), failed=note)

        assert noted == [("b", "no")]


class TestIsolation:
    def test_odd_row_holds_up_no_other_and_leaves_its_trace(self, caplog: pytest.LogCaptureFixture):
        make("a", "b", "c")

        done, jobs = run(raise_at(a=LookupError("nobody thought of this")))

        assert (done.done, done.failed) == (2, 1)
        assert [job.due_at is None for job in jobs] == [False, True, True]
        (logged,) = [record for record in caplog.records if record.levelname == "ERROR"]
        assert (logged.getMessage(), logged.exc_info is not None) == ("jobs: a", True)

    def test_expected_fault_leaves_no_trace(self, caplog: pytest.LogCaptureFixture):
        make("a")

        run(raise_at(a=Refused("no")))

        (logged,) = [each for each in caplog.records if each.levelname != "INFO"]
        assert (logged.levelname, logged.exc_info) == ("WARNING", None)
        assert logged.getMessage() == "jobs: a: Refused: no"

    def test_row_that_cannot_be_put_off_holds_up_no_other(self, caplog: pytest.LogCaptureFixture):
        make("a", "b")

        def break_down(*_facts: Any) -> None:
            raise LookupError("this neither")

        done, _jobs = run(raise_at(a=Refused("no")), pause=break_down)

        assert done.done == 1
        assert "a cannot be put off" in caplog.text
        # Due again when its lease is over.
        assert [job.name for job in Job.objects.due(NOW + 6 * MINUTE)] == ["a"]


class TestEnd:
    def test_run_ends_when_several_in_a_row_are_not_answered(self):
        make(*"abcdef")

        done, jobs = run(raise_at(**{name: Silent() for name in "bcdef"}))

        assert (done.done, done.failed, done.is_silent) == (1, 3, True)
        assert [job.attempts for job in jobs] == [0, 1, 1, 1, 0, 0]

    @pytest.mark.parametrize("err", [Refused(), LookupError()])
    def test_what_is_said_of_one_row_ends_no_run(self, err: Exception):
        make(*"abcde")

        done, _jobs = run(raise_at(**dict.fromkeys("abcde", err)))

        assert (done.failed, done.is_silent) == (5, False)

    def test_answer_between_two_silences_counts(self):
        make(*"abcde")

        done, _jobs = run(raise_at(**{name: Silent() for name in "abde"}))

        assert (done.done, done.failed) == (1, 4)

    def test_run_ends_in_time(self, monkeypatch: pytest.MonkeyPatch):
        clock = iter(range(0, 1000, 10))
        slow = SimpleNamespace(monotonic=lambda: float(next(clock)))
        monkeypatch.setattr("edu_platform.lib.due.time", slow)
        make(*"abcdefgh")

        done, _jobs = run(lambda _job: None)

        assert 0 < done.done < 8

    def test_every_run_with_work_logs_the_same_line(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ):
        monkeypatch.setattr("edu_platform.lib.due.time", SimpleNamespace(monotonic=lambda: 0.0))
        caplog.set_level(logging.INFO)
        run(lambda _job: None)
        assert caplog.records == []
        make("a", "b")

        run(raise_at(b=Refused("no")))

        assert caplog.messages[-1] == "jobs: 1 done, 1 put off, in 0.0 s"


class TestBatches:
    def run(
        self, handle: Callable[[Sequence[Job]], Any], *, size: int = 4
    ) -> tuple[Run, dict[str, int]]:
        """Run in batches; the number of attempts that each job still counts."""
        done = loop().run_batches(Job.objects.due(NOW), handle, NOW, size=size)
        return done, dict(Job.objects.values_list("name", "attempts"))

    def test_rows_are_handled_together(self):
        make(*"abcdef")
        batches: list[str] = []

        done, _attempts = self.run(lambda rows: batches.append("".join(map(str, rows))))

        assert (done.done, batches) == (6, ["abcd", "ef"])

    def test_odd_row_ends_up_alone(self):
        make(*"abcd")

        def handle(rows: Sequence[Job]) -> None:
            if "c" in {row.name for row in rows}:
                raise LookupError

        done, attempts = self.run(handle)

        assert (done.done, done.failed) == (3, 1)
        assert attempts == {"a": 0, "b": 0, "c": 1, "d": 0}

    def test_handler_tells_what_stands_against_some(self):
        make(*"abcd")

        done, attempts = self.run(lambda rows: {rows[1].pk: Refused("no")})

        assert (done.done, done.failed) == (3, 1)
        assert attempts["b"] == 1

    def test_silence_of_one_call_is_one_for_all_its_rows(self):
        make(*"abcdefghijklmnop")
        calls: list[int] = []

        def be_silent(rows: Sequence[Job]) -> None:
            calls.append(len(rows))
            raise Silent

        done, _attempts = self.run(be_silent)

        assert (calls, done.failed, done.is_silent) == ([4, 4, 4], 12, True)

    def test_halves_end_when_rows_alone_are_not_answered(self):
        make(*"abcdefgh")
        alone: list[str] = []

        def handle(rows: Sequence[Job]) -> None:
            if len(rows) > 1:
                raise LookupError
            alone.append(rows[0].name)
            raise Silent

        done, attempts = self.run(handle, size=8)

        assert (alone, done.failed, done.is_silent) == (["a", "b", "c"], 3, True)
        assert sum(attempts.values()) == 3

    def test_rest_is_done_row_by_row_unless_something_stands_against_one(self):
        make(*"abcd")
        finished: list[str] = []

        def finish(job: Job, run: Run) -> None:
            finished.append(job.name)
            if job.name == "c":
                raise LookupError

        done = loop().run_batches(
            Job.objects.due(NOW),
            lambda rows: {rows[1].pk: Refused("no")},
            NOW,
            size=4,
            then=finish,
        )

        assert finished == ["a", "c", "d"]
        assert (done.done, done.failed) == (2, 2)

    def test_row_that_is_not_reached_counts_no_attempt(self, monkeypatch: pytest.MonkeyPatch):
        make(*"ab")

        def handle(rows: Sequence[Job]) -> None:
            monkeypatch.setattr(Run, "is_over", True)
            raise LookupError

        _done, attempts = self.run(handle)

        assert attempts == {"a": 0, "b": 0}
        assert set(Job.objects.values_list("due_at", "lease_token")) == {(NOW, "")}

    def test_batch_that_takes_all_the_time_to_fail_gets_smaller_with_each_run(
        self, monkeypatch: pytest.MonkeyPatch
    ):
        make(*"abcd")
        calls: list[str] = []
        clock = SimpleNamespace(now_s=0.0)
        clock.monotonic = lambda: clock.now_s
        monkeypatch.setattr("edu_platform.lib.due.time", clock)

        def handle(rows: Sequence[Job]) -> None:
            calls.append("".join(row.name for row in rows))
            if "c" in calls[-1]:
                clock.now_s += RULES.limit_s + 1
                raise LookupError

        for _number in range(4):
            self.run(handle)

        assert calls == ["abcd", "a", "bcd", "b", "cd", "c", "d"]
        assert list(Job.objects.exclude(due_at=None).values_list("name", flat=True)) == ["c"]


def test_what_has_no_row_is_gone_through_in_the_same_way():
    def handle(number: int) -> None:
        if number % 2:
            raise LookupError

    done = each(RULES, range(5), handle, NOW)

    assert (done.done, done.failed) == (3, 2)


class TestThreads:
    def test_several_are_handled_at_once(self):
        together = threading.Barrier(3)

        done = each(RULES, range(6), lambda _item: together.wait(timeout=30), NOW, threads=3)

        assert (done.done, done.failed) == (6, 0)

    def test_odd_one_holds_up_no_other(self):
        done = each(RULES, [1, 0, 2, 4], lambda number: 1 / number, NOW, threads=2)

        assert (done.done, done.failed) == (3, 1)

    def test_run_that_nobody_answers_begins_no_more(self):
        tried: list[int] = []

        def say_nothing(item: int) -> None:
            tried.append(item)
            raise Silent

        assert each(RULES, range(100), say_nothing, NOW, threads=2).is_silent
        assert len(tried) <= RULES.stop_after + 1


@pytest.mark.django_db(transaction=True)
class TestRowsInThreads:
    @pytest.fixture(autouse=True)
    def _no_rows_of_others(self) -> Iterator[None]:
        """Leave no rows: no migration knows their table, so nobody empties it."""
        yield
        Job.objects.all().delete()

    def test_several_are_handled_at_once_each_by_one_run(self):
        make(*"abcd")
        together = threading.Barrier(2)

        def handle(_job: Job) -> None:
            together.wait(timeout=30)

        done = loop().run(Job.objects.due(NOW), handle, NOW, threads=2)

        assert (done.done, done.failed) == (4, 0)
        assert not Job.objects.exclude(due_at=None, leased_until=None).exists()
        assert loop().run(Job.objects.due(NOW), handle, NOW, threads=2).done == 0

    def test_odd_row_is_put_off_and_what_another_run_has_leased_is_left(self):
        odd, sound, taken = make(*"abc")
        Job.objects.filter(pk=taken.pk).update(leased_until=NOW + HOUR)

        def handle(job: Job) -> None:
            assert job.pk != odd.pk

        done = loop().run([odd, sound, taken], handle, NOW, threads=2)

        assert (done.done, done.failed) == (1, 1)
        rows = {job.name: job for job in Job.objects.all()}
        assert rows["a"].due_at is not None
        assert rows["a"].due_at > NOW
        assert rows["a"].attempts == 1
        assert (rows["b"].due_at, rows["c"].due_at) == (None, NOW)

    def test_silence_leases_no_more(self):
        make(*(str(number) for number in range(20)))

        def handle(_job: Job) -> None:
            raise Silent

        done = loop().run(Job.objects.due(NOW), handle, NOW, threads=2)

        assert done.is_silent
        assert Job.objects.filter(attempts=1).count() <= RULES.stop_after + 1


def add_up(numbers: Sequence[int]) -> None:
    if 7 in numbers:
        raise LookupError("nobody thought of this")


@pytest.mark.parametrize("numbers", [[7, 1, 2, 3, 4], [1, 2, 7, 3, 4], [1, 2, 3, 4, 7]])
def test_odd_one_of_a_batch_is_left_out_and_logged(
    numbers: list[int], caplog: pytest.LogCaptureFixture
):
    done = each_batch(RULES, [(numbers, add_up), ([], add_up), ([5, 6], add_up)], NOW)

    assert (done.done, done.failed) == (6, 1)
    (logged,) = [record for record in caplog.records if record.exc_info]
    assert logged.getMessage() == "jobs: 7"


def test_batch_that_does_not_fail_is_done_at_once():
    calls: list[Sequence[int]] = []

    assert each_batch(RULES, [([1, 2, 3], calls.append)], NOW).done == 3
    assert calls == [[1, 2, 3]]


@pytest.mark.parametrize(
    ("attempts", "pause"), [(0, 1), (1, 1), (2, 2), (6, 32), (7, 60), (1000, 60)]
)
def test_exponential_pause_doubles_up_to_the_longest(attempts: int, pause: int):
    assert exponential(attempts, MINUTE, HOUR) == pause * MINUTE


def test_jitter_shortens_only():
    pauses = {exponential(3, MINUTE, HOUR, jitter=0.1) for _time in range(50)}

    assert len(pauses) > 1
    assert all(3.6 * MINUTE <= pause <= 4 * MINUTE for pause in pauses)


@pytest.mark.parametrize(("age_min", "pause_s"), [(0, 10), (1, 12), (5, 60), (600, 600)])
def test_pause_by_age_is_a_share_within_bounds(age_min: int, pause_s: int):
    assert by_age(age_min * MINUTE, 0.2, 10 * SECOND, 10 * MINUTE) == pause_s * SECOND
