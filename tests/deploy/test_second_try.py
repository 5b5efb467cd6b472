"""Failed tests that `make test` runs again alone: those that wait for other processes, and no others."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.second_try import Failure, forget_failures, is_allowed, read_failures
from deploy.services.processes import ROOT

SUITE = """
import os
import pytest

@pytest.mark.browser
def test_page():
    assert "light" == "dark"

@pytest.fixture
def server():
    raise TimeoutError("no answer")

@pytest.mark.processes
class TestOfProcesses:
    def test_server(self, server):
        pass

def test_plain():
    assert 1 == 2

def test_that_passes():
    pass

def test_that_kills_its_worker():
    if "PYTEST_XDIST_WORKER" in os.environ:
        os._exit(1)
    raise RuntimeError
"""
SLOW = Failure("tests/a.py::test_page", "TimeoutError: 30 s", is_marked=True)
WRONG = Failure("tests/b.py::test_sum", "assert 1 == 2", is_marked=False)


@pytest.mark.parametrize("workers", ["0", "1"])
def test_failures_are_written_down_with_marks_and_reasons(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: str
) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n  browser\n  processes\n")
    (tmp_path / "test_it.py").write_text(SUITE)
    plugins = ["-p", "xdist", "-p", "deploy.second_try"]
    # Nothing of the pytest that runs this test is handed on, like the name of its worker.
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *plugins, "-n", workers, "--max-worker-restart=1"],
        cwd=tmp_path,
        env=env | {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    monkeypatch.setattr("deploy.second_try.CACHE", tmp_path)

    found = {each.test.rpartition("::")[2]: each for each in read_failures(".pytest_cache")}

    assert done.returncode == 1, done.stdout
    assert {name: each.is_marked for name, each in found.items()} == {
        "test_page": True,
        "test_server": True,
        "test_plain": False,
        "test_that_kills_its_worker": False,
    }
    assert found["test_page"].reason == "AssertionError: assert 'light' == 'dark'"
    assert found["test_server"].reason == "TimeoutError: no answer"
    assert found["test_that_kills_its_worker"].reason


def test_nothing_was_written_down_before_the_first_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deploy.second_try.CACHE", tmp_path)

    assert read_failures("suite") == []


def test_what_failed_in_an_earlier_run_is_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deploy.second_try.CACHE", tmp_path)
    written = tmp_path / "suite/v/make-test/failures"
    written.parent.mkdir(parents=True)
    written.write_text('[{"test": "a", "reason": "b", "is_marked": true}]')
    assert read_failures("suite") == [Failure("a", "b", is_marked=True)]
    assert read_failures("browser") == []

    forget_failures("suite")

    assert read_failures("suite") == []


@pytest.mark.parametrize(
    ("failures", "may"),
    [
        ([], False),
        ([SLOW], True),
        ([SLOW] * 3, True),
        ([SLOW] * 4, False),
        ([WRONG], False),
        ([SLOW, WRONG], False),
    ],
)
def test_few_that_use_processes_may_run_again(
    capsys: pytest.CaptureFixture[str], failures: list[Failure], may: bool
) -> None:
    assert is_allowed(failures) == may
    said = capsys.readouterr().out.splitlines()
    assert len(said) == len(failures)
    assert all(each.reason in line for each, line in zip(failures, said, strict=True))
