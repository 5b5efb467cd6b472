"""The process: its settings, how it serves, and how it ends."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from localcloud import __main__ as process
from localcloud.http.server import RunningCloud
from tests.localcloud.clients import SECRET_ID, SECRET_KEY, Api, Control, eventually
from tests.localcloud.receiver import Receiver
from tests.localcloud.signed import events, sign, silent_room

ROOT = Path(__file__).parents[2]
ENV = {"LCIC_SECRET_ID": SECRET_ID, "LCIC_SECRET_KEY": SECRET_KEY, "LCIC_SDK_APP_ID": "3520371"}
CALLBACK_ENV = ("LOCALCLOUD_CALLBACK_URL", "LCIC_CALLBACK_KEY")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_process_serves_and_ends_cleanly_on_a_signal(
    tmp_path: Path, receiver: Receiver, number: int
) -> None:
    env = {**ENV, "LOCALCLOUD_CALLBACK_URL": receiver.url, "LCIC_CALLBACK_KEY": "newest, older"}
    with launched(tmp_path / "new" / "cloud.sqlite3", env) as (running, line):
        found = re.fullmatch(r"local cloud: (http://127\.0\.0\.1:\d+)/console\n", line)
        assert found
        api, control = Api(found[1]), Control(found[1])
        silent_room(api, control)
        events(receiver, 1)
        control.switch("hang", seconds=60)
        caller = threading.Thread(target=api.refusal, args=("GetRooms",))
        caller.start()
        eventually(lambda: control.codes()[-1], lambda code: code == "hang")
        running.send_signal(number)
        _, logged = running.communicate(timeout=5)
        caller.join(timeout=5)

    assert receiver.received[0]["Sign"] == sign("newest", receiver.received[0]["ExpireTime"])
    assert running.returncode == 0
    assert "Traceback" not in logged


@contextmanager
def launched(state: Path, env: dict[str, str]) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run the process and wait for its first line."""
    inherited = {name: value for name, value in os.environ.items() if name not in env}
    command = [sys.executable, "-m", "localcloud", "--port", "0", "--state", str(state)]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=inherited | env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdout
        try:
            yield running, running.stdout.readline()
        finally:
            running.kill()


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Given:
    return Given(monkeypatch)


class Given:
    """The command line and the environment of a process, which is not started for it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._patch = monkeypatch
        self._patch.setattr(signal, "signal", lambda *_: None)

    def set(self, *arguments: str, **env: str) -> None:
        self._patch.setattr(sys, "argv", ["localcloud", *arguments])
        for name in (*ENV, *CALLBACK_ENV):
            self._patch.delenv(name, raising=False)
        for name, value in env.items():
            self._patch.setenv(name, value)


@pytest.mark.parametrize(
    ("arguments", "env", "named"),
    [
        ([], {}, "--sdk-app-id"),
        (["--sdk-app-id", "x"], {}, "--sdk-app-id"),
        (["--sdk-app-id", "1", "--secret-id", "a"], {}, "--secret-key"),
        (["--callback-url", "nowhere"], ENV, "--callback-url"),
    ],
)
def test_missing_or_bad_setting_is_named(
    given: Given,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    env: dict[str, str],
    named: str,
) -> None:
    given.set(*arguments, **env)

    with pytest.raises(SystemExit) as ended:
        process.main()

    assert (ended.value.code, named in capsys.readouterr().err) == (2, True)


def test_command_line_goes_before_the_environment(given: Given) -> None:
    more = {"LOCALCLOUD_CALLBACK_URL": "http://env.example/", "LCIC_CALLBACK_KEY": "newest, older"}
    given.set(**ENV, **more)
    from_env = process._config(process._parser())
    given.set("--callback-url", "http://line.example/", "--callback-key", "given", **ENV, **more)
    from_line = process._config(process._parser())

    assert (from_env.sdk_app_id, from_env.secret_id) == (3520371, SECRET_ID)
    assert (from_env.callback_url, from_env.callback_key) == ("http://env.example/", "newest")
    assert (from_line.callback_url, from_line.callback_key) == ("http://line.example/", "given")


def test_taken_port_is_told_in_words(
    given: Given, cloud: RunningCloud, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    port = cloud.base_url.rpartition(":")[2]
    given.set("--port", port, "--state", str(tmp_path / "other.sqlite3"), **ENV)

    with pytest.raises(SystemExit) as ended:
        process.main()

    assert ended.value.code == 1
    assert f"cannot listen on 127.0.0.1:{port}" in capsys.readouterr().err
