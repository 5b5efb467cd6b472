"""The S3 of the tests has an environment of its own, made once, where there is a Python for it."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from deploy.services import nanio

SIGNPOST = "#!/bin/sh\necho 'no such version is installed' >&2\nexit 127\n"
NEW_ENOUGH = "#!/bin/sh\nexit 0\n"


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with nothing on it, and this interpreter too old."""
    (tmp_path / "old").write_text(SIGNPOST)
    (tmp_path / "old").chmod(0o755)
    monkeypatch.setattr("sys.executable", str(tmp_path / "old"))
    monkeypatch.setattr(nanio, "FOLDER", tmp_path / "own")
    monkeypatch.setenv("PATH", f"{tmp_path / 'first'}:{tmp_path / 'second'}")
    return tmp_path


def put(folder: Path, name: str, script: str) -> str:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(script)
    (folder / name).chmod(0o755)
    return str(folder / name)


def test_signposts_to_a_python_that_is_not_there_are_passed_by(machine: Path):
    put(machine / "first", "python3.13", SIGNPOST)
    put(machine / "first", "python3", SIGNPOST)
    right = put(machine / "second", "python3.13", NEW_ENOUGH)

    assert nanio.interpreter() == right


def test_machine_without_a_new_python_is_told_in_one_sentence(
    machine: Path, capsys: pytest.CaptureFixture[str]
):
    put(machine / "first", "python3", SIGNPOST)

    nanio.install_what_is_missing()

    told = "No Python 3.13 for nanio here: the tests of files on an S3 are skipped.\n"
    assert capsys.readouterr().out == told
    assert nanio.find() is None


def test_failed_installation_is_told_and_tried_again_the_next_time(
    machine: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    put(machine / "first", "python3.13", NEW_ENOUGH)
    ran: list[str] = []

    def run(command: list[str]) -> Any:
        if "-c" not in command:
            ran.append(command[2])
        return subprocess.CompletedProcess(command, "pip" in command, stdout="no network\n")

    monkeypatch.setattr(nanio, "_run", run)

    nanio.install_what_is_missing()
    nanio.install_what_is_missing()

    last = "no network\nnanio could not be installed: the tests of files on an S3 are skipped.\n"
    assert ran == ["venv", "pip"] * 2
    assert capsys.readouterr().out.endswith(last)
    assert nanio.find() is None


def test_program_that_the_machine_has_is_taken(machine: Path):
    program = put(machine / "first", "nanio", NEW_ENOUGH)

    nanio.install_what_is_missing()

    assert nanio.find() == Path(program)
