"""The engine of due work: leases, pauses, batches, what ends a run and what does not."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from edu_platform.lib.due import DueLoop, Rules, Run, by_age, each, exponential
from tests.lib.conftest import Errand

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("errands"),
    pytest.mark.both_databases("leases are conditional updates"),
]

SECOND, MINUTE, HOUR = dt.timedelta(seconds=1), dt.timedelta(minutes=1), dt.timedelta(hours=1)
NOW = timezone.now()


class Silent(Exception):
    pass


class Refused(Silent):
    """Of the family of silences, and none."""


RULES = Rules(name="errands", limit_s=30, silent=(Silent,), expected=(Refused,))


def wait_longer(errand: Errand, _err: Exception, _at: dt.datetime) -> dt.timedelta | None:
    return exponential(errand.attempts, MINUTE, HOUR)


def loop(**changes: Any) -> DueLoop[Errand]:
    options = {
        "rules": RULES,
        "rows": Errand.objects.all(),
        "lease": 5 * MINUTE,
        "pause": wait_longer,
        **changes,
    }
    return DueLoop(**options)


def make(*names: str, **columns: Any) -> list[Errand]:
    return [Errand.objects.create(name=name, **{"due_at": NOW, **columns}) for name in names]


def run(
    handle: Callable[[Errand], object], at: dt.datetime = NOW, **changes: Any
) -> tuple[Run, list[Errand]]:
    """Run, and return what became of the errands as well."""
    done = loop(**changes).run(Errand.objects.due(at), handle, at)
    return done, list(Errand.objects.order_by("pk"))


def raise_at(**faults: Exception) -> Callable[[Errand], None]:
    def handle(errand: Errand) -> None:
        if errand.name in faults:
            raise faults[errand.name]

    return handle


def fail(_errand: Errand) -> None:
    raise LookupError("nobody thought of this")


class TestTurn:
    def test_due_comes_in_order_and_what_failed_of_late_last(self):
        make("b", due_at=NOW - SECOND)
        make("a", due_at=NOW - MINUTE)
        make("silent", due_at=NOW - HOUR, unreachable_since=NOW - HOUR)
        make("later", due_at=NOW + SECOND)
        make("never", due_at=None)
        make("leased", leased_until=NOW + SECOND)

        assert [errand.name for errand in Errand.objects.due(NOW)] == ["a", "b", "silent"]

    def test_what_has_no_turn_yet_gets_one_and_the_others_keep_theirs(self):
        make("a", due_at=None)
        make("b", due_at=NOW + HOUR)
        make("c", due_at=None)

        Errand.objects.exclude(name="c").plan_missing(NOW)

        assert list(Errand.objects.order_by("pk").values_list("due_at", flat=True)) == [
            NOW,
            NOW + HOUR,
            None,
        ]

    def test_of_two_who_have_read_a_row_one_gets_it(self):
        (errand,) = make("a")
        same = Errand.objects.get(pk=errand.pk)

        leased = [Errand.objects.lease(each, MINUTE, at=NOW) for each in (errand, same)]

        assert leased == [True, False]
        assert Errand.objects.get().lease_token == errand.lease_token != ""

    def test_abandoned_lease_goes_to_the_next(self):
        (errand,) = make("a")
        Errand.objects.lease(errand, MINUTE, at=NOW)
        same = Errand.objects.get(pk=errand.pk)

        assert not Errand.objects.lease(same, MINUTE, at=NOW + MINUTE - SECOND)
        assert Errand.objects.lease(same, MINUTE, at=NOW + MINUTE)
        assert not Errand.objects.give_back(errand, due_at=None)

    def test_row_that_was_done_since_it_was_read_is_left_alone(self):
        (errand,) = make("a")
        Errand.objects.update(due_at=NOW + HOUR)

        assert not Errand.objects.lease(errand, MINUTE, at=NOW)

    def test_attempt_that_kills_its_worker_counts(self):
        class Killed(BaseException):
            pass

        def die(_errand: Errand) -> None:
            raise Killed

        make("a")
        with pytest.raises(Killed):
            run(die)

        errand = Errand.objects.get()
        assert errand.attempts == 1
        assert list(Errand.objects.due(NOW + MINUTE)) == []
        assert list(Errand.objects.due(NOW + 6 * MINUTE)) == [errand]


class TestOutcome:
    def test_done_row_rests(self):
        make("a", attempts=3, unreachable_since=NOW - HOUR, last_error="silence")

        done, (errand,) = run(lambda _errand: None)

        assert (done.done, done.failed) == (1, 0)
        assert (errand.due_at, errand.attempts, errand.unreachable_since) == (None, 0, None)
        assert (errand.last_error, errand.lease_token, errand.leased_until) == ("", "", None)

    def test_handler_plans_the_next_turn(self):
        make("a")

        def plan(errand: Errand) -> None:
            Errand.objects.filter(pk=errand.pk).update(due_at=NOW + HOUR)

        _done, (errand,) = run(plan)

        assert (errand.due_at, errand.attempts, errand.lease_token) == (NOW + HOUR, 0, "")

    def test_handler_may_delete_its_row(self):
        make("a", "b")

        done, left = run(lambda errand: errand.delete())

        assert (done.done, left) == (2, [])

    @pytest.mark.parametrize("err", [LookupError("odd"), Refused("no"), Silent("nothing")])
    def test_failed_row_is_put_off_ever_longer(self, err: Exception):
        make("a")
        waits, at = [], NOW
        for _run in range(3):
            _done, (errand,) = run(raise_at(a=err), at)
            assert errand.due_at is not None
            waits.append(round((errand.due_at - at) / MINUTE))
            at = errand.due_at

        assert waits == [1, 2, 4]
        assert errand.last_error == f"{type(err).__name__}: {err}"
        assert errand.unreachable_since is not None
        assert (errand.unreachable_since - NOW) < SECOND
        assert (errand.attempts, errand.lease_token) == (3, "")

    def test_row_that_was_changed_meanwhile_stays_due(self):
        make("a")

        def change_and_fail(errand: Errand) -> None:
            Errand.objects.filter(pk=errand.pk).update(due_at=NOW + SECOND)
            raise LookupError

        _done, (errand,) = run(change_and_fail)

        assert (errand.due_at, errand.last_error) == (NOW + SECOND, "LookupError: ")

    def test_lease_that_somebody_ended_leaves_nothing_to_note(self):
        make("a")

        def learn_elsewhere_and_fail(errand: Errand) -> None:
            Errand.objects.filter(pk=errand.pk).update(lease_token="", due_at=None, attempts=0)
            raise LookupError

        noted: list[object] = []
        _done, (errand,) = run(learn_elsewhere_and_fail, failed=lambda *facts: noted.append(facts))

        assert (errand.due_at, errand.attempts, errand.last_error, noted) == (None, 0, "", [])

    def test_row_without_a_further_pause_is_given_up(self):
        make("a")

        _done, (errand,) = run(fail, pause=lambda *_facts: None)

        assert (errand.due_at, errand.last_error) == (None, "LookupError: nobody thought of this")

    def test_what_else_is_to_be_noted_is_noted_of_failures(self):
        noted: list[tuple[str, str]] = []
        make("a", "b")

        def note(errand: Errand, err: Exception, _at: dt.datetime) -> None:
            noted.append((errand.name, str(err)))

        run(raise_at(b=Refused("no")), failed=note)

        assert noted == [("b", "no")]


class TestIsolation:
    def test_odd_row_holds_up_no_other_and_leaves_its_trace(self, caplog: pytest.LogCaptureFixture):
        make("a", "b", "c")

        done, errands = run(raise_at(a=LookupError("nobody thought of this")))

        assert (done.done, done.failed) == (2, 1)
        assert [errand.due_at is None for errand in errands] == [False, True, True]
        (logged,) = [record for record in caplog.records if record.levelname == "ERROR"]
        assert (logged.getMessage(), logged.exc_info is not None) == ("errands: a", True)

    def test_expected_fault_leaves_no_trace(self, caplog: pytest.LogCaptureFixture):
        make("a")

        run(raise_at(a=Refused("no")))

        (logged,) = [each for each in caplog.records if each.levelname != "INFO"]
        assert (logged.levelname, logged.exc_info) == ("WARNING", None)
        assert logged.getMessage() == "errands: a: Refused: no"

    def test_row_that_cannot_be_put_off_holds_up_no_other(self, caplog: pytest.LogCaptureFixture):
        make("a", "b")

        def break_down(*_facts: Any) -> None:
            raise LookupError("this neither")

        done, _errands = run(raise_at(a=Refused("no")), pause=break_down)

        assert done.done == 1
        assert "a cannot be put off" in caplog.text
        # Due again when its lease is over.
        assert [errand.name for errand in Errand.objects.due(NOW + 6 * MINUTE)] == ["a"]


class TestEnd:
    def test_run_ends_when_several_in_a_row_are_not_answered(self):
        make(*"abcdef")

        done, errands = run(raise_at(**{name: Silent() for name in "bcdef"}))

        assert (done.done, done.failed, done.is_silent) == (1, 3, True)
        assert [errand.attempts for errand in errands] == [0, 1, 1, 1, 0, 0]

    @pytest.mark.parametrize("err", [Refused(), LookupError()])
    def test_what_is_said_of_one_row_ends_no_run(self, err: Exception):
        make(*"abcde")

        done, _errands = run(raise_at(**dict.fromkeys("abcde", err)))

        assert (done.failed, done.is_silent) == (5, False)

    def test_answer_between_two_silences_counts(self):
        make(*"abcde")

        done, _errands = run(raise_at(**{name: Silent() for name in "abde"}))

        assert (done.done, done.failed) == (1, 4)

    def test_run_ends_in_time(self, monkeypatch: pytest.MonkeyPatch):
        clock = iter(range(0, 1000, 10))
        slow = SimpleNamespace(monotonic=lambda: float(next(clock)))
        monkeypatch.setattr("edu_platform.lib.due.time", slow)
        make(*"abcdefgh")

        done, _errands = run(lambda _errand: None)

        assert 0 < done.done < 8

    def test_every_run_with_work_logs_the_same_line(self, caplog: pytest.LogCaptureFixture):
        caplog.set_level(logging.INFO)
        run(lambda _errand: None)
        assert caplog.records == []
        make("a", "b")

        run(raise_at(b=Refused("no")))

        assert caplog.messages[-1] == "errands: 1 done, 1 put off, in 0.0 s"


class TestBatches:
    def run(
        self, handle: Callable[[Sequence[Errand]], Any], *, size: int = 4
    ) -> tuple[Run, dict[str, int]]:
        """Run in batches; the number of attempts that each errand still counts."""
        done = loop().run_batches(Errand.objects.due(NOW), handle, NOW, size=size)
        return done, dict(Errand.objects.values_list("name", "attempts"))

    def test_rows_are_handled_together(self):
        make(*"abcdef")
        batches: list[str] = []

        done, _attempts = self.run(lambda rows: batches.append("".join(map(str, rows))))

        assert (done.done, batches) == (6, ["abcd", "ef"])

    def test_odd_row_ends_up_alone(self):
        make(*"abcd")

        def handle(rows: Sequence[Errand]) -> None:
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

        def be_silent(rows: Sequence[Errand]) -> None:
            calls.append(len(rows))
            raise Silent

        done, _attempts = self.run(be_silent)

        assert (calls, done.failed, done.is_silent) == ([4, 4, 4], 12, True)

    def test_row_that_is_not_reached_counts_no_attempt(self, monkeypatch: pytest.MonkeyPatch):
        make(*"ab")

        def handle(rows: Sequence[Errand]) -> None:
            monkeypatch.setattr(Run, "is_over", True)
            raise LookupError

        _done, attempts = self.run(handle)

        assert attempts == {"a": 0, "b": 0}
        assert set(Errand.objects.values_list("due_at", "lease_token")) == {(NOW, "")}


def test_what_has_no_row_is_gone_through_in_the_same_way():
    def handle(number: int) -> None:
        if number % 2:
            raise LookupError

    done = each(RULES, range(5), handle, NOW)

    assert (done.done, done.failed) == (3, 2)


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
