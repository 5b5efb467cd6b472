from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from honcho.printer import Message

from deploy.demo import logs
from deploy.services.processes import ROOT

RUN = """
import os, sys
from deploy.demo.logs import ProcessLogs
from deploy.demo.process_manager import ProcessManager
commands = dict(line.split(": ", 1) for line in sys.argv[2:])
logs = ProcessLogs(commands, are_shown=sys.argv[1] == "shown")
sys.exit(ProcessManager(commands, os.environ, logs, lambda: None).work())
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(logs, "FOLDER", tmp_path / "log")
    return tmp_path / "log"


def say(to: logs.ProcessLogs, name: str, text: str) -> None:
    now = dt.datetime.now()  # noqa: DTZ005 -- as honcho does
    to.write(Message(type="line", data=text.encode(), time=now, name=name, colour=None))


def said(path: Path) -> list[str]:
    """The lines without their time."""
    return [line.split(" ", 2)[2] for line in path.read_text().splitlines()]


def test_each_process_has_a_file_and_the_terminal_stays_empty(
    folder: Path, capsys: pytest.CaptureFixture[str]
):
    with closing(logs.ProcessLogs(["web", "worker"], are_shown=False)) as process_logs:
        say(process_logs, "web", "one\ntwo\n")
        say(process_logs, "worker", "three\n")

    assert said(folder / "web.log") == ["one", "two"]
    assert said(folder / "worker.log") == ["three"]
    assert capsys.readouterr() == ("", "")


def test_log_of_the_last_run_is_kept_once(folder: Path):
    for run in ("first", "second", "third"):
        with closing(logs.ProcessLogs(["web"], are_shown=False)) as process_logs:
            say(process_logs, "web", f"{run}\n")

    assert {path.name: said(path) for path in folder.glob("web*")} == {
        "web.log": ["third"],
        "web.log.1": ["second"],
    }


def test_log_is_bounded(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(logs, "MOST_BYTES", 1000)
    with closing(logs.ProcessLogs(["web"], are_shown=False)) as process_logs:
        for _ in range(100):
            say(process_logs, "web", f"{'x' * 80}\n")

    assert {path.name for path in folder.glob("web*")} == {"web.log", "web.log.1"}
    assert all(path.stat().st_size <= 1000 for path in folder.iterdir())


def run(tmp_path: Path, *lines: str, shown: str = "hidden") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", RUN, shown, *lines],
        cwd=ROOT,
        env=os.environ | {"DEMO_VAR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_process_that_dies_is_named_with_what_it_said_last(tmp_path: Path):
    done = run(
        tmp_path,
        "idle: exec sleep 600",
        "web: exec sh -c 'for n in $(seq 30); do echo line $n; done; exit 3'",
    )

    head, *last = done.stderr.splitlines()
    assert done.returncode == 3
    assert done.stdout == ""
    assert head.startswith("web has ended (exit code 3), so the demo ends.")
    assert str(tmp_path / "log" / "web.log") in head
    assert last == [f"line {n}" for n in range(11, 31)]


def test_verbose_shows_the_lines_too(tmp_path: Path):
    done = run(tmp_path, "web: exec sh -c 'echo hello; exit 3'", shown="shown")

    assert "web    | hello" in done.stderr
    assert said(tmp_path / "log" / "web.log") == ["hello"]


def test_lines_of_json_stay_as_they_are(folder: Path):
    line = '{"time": "2026-11-29T07:03:07.613+00:00", "event": "ready"}'

    with closing(logs.ProcessLogs(["web"], are_shown=False)) as process_logs:
        say(process_logs, "web", line + "\n")

    assert (folder / "web.log").read_text() == line + "\n"
