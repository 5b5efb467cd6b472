"""A part of `make test`: what it says, how it ends, and what of it runs again."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy import second_try
from deploy.services.processes import ROOT
from deploy.test_part import TESTS_FAILED, Part

SLOW = """
import time
from pathlib import Path

def test_slow():
    Path(__file__).with_name("begun").touch()
    try:
        time.sleep(60)
    finally:
        Path(__file__).with_name("ended").touch()
"""
# Its second run finds what the first has left.
PASSES_ALONE = """
from pathlib import Path
import pytest

{mark}
def test_page():
    before = Path(__file__).with_name("before")
    came_in_time = before.exists()
    before.touch()
    assert came_in_time, "came too late"
"""


@pytest.fixture
def suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(second_try, "CACHE", tmp_path / "cache")
    monkeypatch.setattr("deploy.test_part.ROOT", tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    # To load all that is installed takes longer than to run such a suite.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = processes\n")
    return tmp_path / "test_suite.py"


@pytest.fixture
def part(suite: Path) -> Iterator[Part]:
    made = Part("tried", "What is tried", ["-p", "deploy.second_try"], is_shown_at_once=False)
    yield made
    made.stop()


def test_what_it_said_is_shown_when_it_is_over(
    suite: Path, part: Part, capfd: pytest.CaptureFixture[str]
) -> None:
    suite.write_text('def test_page():\n    assert "light" == "dark"\n')
    part.start()

    code = part.wait()

    assert code == TESTS_FAILED
    assert capfd.readouterr().out == ""
    part.show()
    said = capfd.readouterr().out
    assert "== What is tried" in said
    assert "AssertionError: assert 'light' == 'dark'" in said


def test_what_is_given_up_ends_what_it_started(suite: Path, part: Part) -> None:
    suite.write_text(SLOW)
    part.start()
    while not suite.with_name("begun").exists():
        assert part.is_running
        time.sleep(0.02)

    part.stop()

    assert suite.with_name("ended").exists()


def test_what_never_started_can_be_given_up(part: Part) -> None:
    part.stop()

    assert not part.is_running


def test_what_waited_too_long_may_pass_alone_and_is_named(
    suite: Path, part: Part, capfd: pytest.CaptureFixture[str]
) -> None:
    suite.write_text(PASSES_ALONE.format(mark="@pytest.mark.processes"))
    part.start()

    assert part.has_passed()

    last = capfd.readouterr().out.splitlines()[-1]
    assert "Passed alone, but not beside the others" in last
    assert "test_page: AssertionError: came too late" in last


def test_what_waits_for_nobody_has_no_second_try(suite: Path, part: Part) -> None:
    suite.write_text(PASSES_ALONE.format(mark=""))
    part.start()

    assert not part.has_passed()
