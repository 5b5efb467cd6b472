"""`make test`: the run that goes on beside the others."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from deploy.test import TESTS_FAILED, Beside, files_with

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


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    return tmp_path / "test_suite.py"


def test_what_it_said_is_shown_when_it_is_waited_for(
    suite: Path, capfd: pytest.CaptureFixture[str]
):
    suite.write_text('def test_page():\n    assert "light" == "dark"\n')
    beside = Beside([str(suite)])

    code = beside.wait()

    beside.stop()
    assert code == TESTS_FAILED
    assert "AssertionError: assert 'light' == 'dark'" in capfd.readouterr().out


def test_what_goes_on_when_the_others_are_given_up_ends_what_it_started(suite: Path):
    suite.write_text(SLOW)
    beside = Beside([str(suite)])
    while not suite.with_name("begun").exists():
        assert beside.is_running
        time.sleep(0.02)

    beside.stop()

    assert suite.with_name("ended").exists()


def test_files_are_found_by_their_marks():
    assert files_with("beside") == ["tests/stories/demo/test_story.py"]
    assert "tests/stories/test_lock_order.py" in files_with("both_databases", "only_on_sqlite")
