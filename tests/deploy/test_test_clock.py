"""`make test-clock`: what leans on days and hours, early and late, on days that differ from test to test."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from deploy.test_clock import EARLY, LATE, VARIABLES
from tests.support.clock import begun_at, moments_of, read_moment

SUNDAY_OF_23_HOURS = read_moment("2027-03-28T00:03@Europe/Berlin")


@dataclass(frozen=True)
class Definition:
    nodeid: str
    path: Path
    marks: list[pytest.Mark]

    def iter_markers(self) -> list[pytest.Mark]:
        return self.marks


@dataclass(frozen=True)
class Metafunc:
    """As much of a test as decides on its moments."""

    definition: Definition
    fixturenames: list[str] = field(default_factory=list)


@pytest.fixture
def some_test(tmp_path: Path) -> Any:
    """A test in a file of this text, with these fixtures and marks; its moments, as they were given."""

    def moments(name: str, text: str = "", fixtures: str = "lesson", *marks: Any) -> list[str]:
        file = tmp_path / f"test_{name}_{len(text)}.py"
        file.write_text(text)
        definition = Definition(f"{file.name}::test_it", file, [mark.mark for mark in marks])
        found = moments_of(Metafunc(definition, [fixtures]))  # type: ignore[arg-type] # as much as is read
        return [f"{moment.local:%Y-%m-%dT%H:%M}@{moment.zone}" for moment in found]

    return moments


class TestMoments:
    @pytest.fixture(autouse=True)
    def _given(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name, value in VARIABLES.items():
            monkeypatch.setenv(name, value)

    def test_each_test_has_an_early_and_a_late_one_and_the_same_in_each_run(self, some_test: Any):
        for number in range(100):
            early, late = some_test(str(number))

            assert some_test(str(number)) == [early, late]
            assert early in EARLY
            assert late in LATE

    def test_none_is_left_out(self, some_test: Any):
        found = [some_test(str(number)) for number in range(200)]

        assert {moment for each in found for moment in each} == {*EARLY, *LATE}
        assert len({tuple(each) for each in found}) == len(EARLY) * len(LATE)

    def test_all_weekdays_are_among_them(self):
        assert {read_moment(each).local.weekday() for each in (*EARLY, *LATE)} == set(range(7))

    @pytest.mark.parametrize(
        ("text", "fixtures", "is_moved"),
        [
            ("", "lesson", True),
            ("start = timezone.localtime()", "teacher", True),
            ("LessonFactory.create()", "teacher", True),
            ("school_time(1, 8)", "teacher", True),
            ("timezone.now() + 2 * HOUR", "teacher", False),
        ],
    )
    def test_what_is_about_a_lesson_or_days_has_some(
        self, some_test: Any, text: str, fixtures: str, is_moved: bool
    ):
        assert bool(some_test("one", text, fixtures)) == is_moved

    def test_real_processes_keep_the_real_clock(self, some_test: Any):
        assert some_test("one", "", "lesson", pytest.mark.processes) == []
        assert some_test("one", "", "lesson", pytest.mark.browser) == []


def test_without_the_variable_tests_run_once_by_the_real_clock(
    monkeypatch: pytest.MonkeyPatch, some_test: Any
):
    monkeypatch.delenv("TEST_CLOCK", raising=False)

    assert some_test("one") == []


def test_clock_begins_at_the_moment_and_runs_on_while_waiting_is_not_moved(settings: Any):
    settings.TIME_ZONE = SUNDAY_OF_23_HOURS.zone
    before_s = time.monotonic()

    with begun_at(SUNDAY_OF_23_HOURS):
        began = timezone.localtime()
        time.sleep(0.01)
        went_by = timezone.localtime() - began

    assert f"{began:%a %Y-%m-%d %H:%M %z}" == "Sun 2027-03-28 00:03 +0100"
    assert dt.timedelta(0) < went_by < dt.timedelta(minutes=1)
    assert time.monotonic() - before_s < 60
