"""The process and its sockets."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from localcloud.http.server import RunningCloud
from tests.localcloud.conftest import SECRET_ID, SECRET_KEY, Api, Control, room_fields

ROOT = Path(__file__).parents[2]
ENV = {"LCIC_SECRET_ID": SECRET_ID, "LCIC_SECRET_KEY": SECRET_KEY, "LCIC_SDK_APP_ID": "3520371"}


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def launch(state: Path, *more: str, env: dict[str, str] | None = None) -> subprocess.Popen[str]:
    inherited = {name: value for name, value in os.environ.items() if name not in ENV}
    return subprocess.Popen(
        [sys.executable, "-m", "localcloud", "--port", "0", "--state", str(state), *more],
        cwd=ROOT,
        env={**inherited, **(env if env is not None else ENV)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_process_serves_and_ends_cleanly_on_a_signal(tmp_path: Path, number: int) -> None:
    with launch(tmp_path / "new" / "cloud.sqlite3") as process:
        assert process.stdout
        line = process.stdout.readline()
        base_url = line.removeprefix("local cloud: ").removesuffix("/console\n")
        Control(base_url).switch("hang", seconds=60)
        caller = threading.Thread(target=Api(base_url).refusal, args=("GetRooms",))
        caller.start()
        while Control(base_url).codes() != ["hang"]:
            time.sleep(0.02)
        process.send_signal(number)
        code = process.wait(timeout=5)
        caller.join(timeout=5)

        assert process.stderr
        logged = process.stderr.read()

    assert line.startswith("local cloud: http://127.0.0.1:")
    assert code == 0
    assert "Traceback" not in logged


@pytest.mark.parametrize(
    ("arguments", "missing"),
    [
        ([], "--sdk-app-id"),
        (["--sdk-app-id", "x"], "--sdk-app-id"),
        (["--sdk-app-id", "1", "--secret-id", "a"], "--secret-key"),
    ],
)
def test_process_says_what_it_misses(tmp_path: Path, arguments: list[str], missing: str) -> None:
    with launch(tmp_path / "cloud.sqlite3", *arguments, env={}) as process:
        _, errors = process.communicate(timeout=10)

    assert process.returncode == 2
    assert missing in errors


def test_taken_port_is_told_in_words(cloud: RunningCloud, tmp_path: Path) -> None:
    port = cloud.base_url.rpartition(":")[2]

    with launch(tmp_path / "other.sqlite3", "--port", port) as process:
        _, errors = process.communicate(timeout=10)

    assert process.returncode == 1
    assert "cannot listen" in errors
    assert "Traceback" not in errors


def test_connection_is_kept_alive(cloud: RunningCloud) -> None:
    with socket.create_connection(("127.0.0.1", int(cloud.base_url.rpartition(":")[2]))) as link:
        for _ in range(2):
            link.sendall(b"GET /class/left HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            received = b""
            while b"</html>" not in received:
                received += link.recv(65536)
            assert received.startswith(b"HTTP/1.1 200")


def test_stop_cuts_kept_alive_connections(start_cloud: Callable[[], RunningCloud]) -> None:
    running = start_cloud()
    session = requests.Session()
    session.get(f"{running.base_url}/control/state", timeout=10)

    running.stop()
    running.stop()

    with pytest.raises(requests.ConnectionError):
        session.get(f"{running.base_url}/control/state", timeout=10)


def test_calls_at_the_same_time_never_share_a_room_id(
    cloud: RunningCloud, control: Control
) -> None:
    made: list[int] = []

    def create() -> None:
        own = Api(cloud.base_url)
        made.extend(own.create_room() for _ in range(10))

    threads = [threading.Thread(target=create) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(made) == list(range(300000000, 300000080))
    assert set(control.codes()) == {""}


def test_same_origin_id_at_the_same_time_is_registered_once(cloud: RunningCloud) -> None:
    outcomes: list[Any] = []

    def register() -> None:
        try:
            outcomes.append(Api(cloud.base_url).register(OriginId="o")["UserId"])
        except Exception as error:  # noqa: BLE001 -- the codes are asserted below
            outcomes.append(str(error).partition("code:")[2].partition(" ")[0])

    threads = [threading.Thread(target=register) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert outcomes.count("FailedOperation.OriginIdExists") == 7
    assert len(Control(cloud.base_url).get("/state")["users"]) == 1


def test_room_creation_is_quick(cloud: RunningCloud) -> None:
    api = Api(cloud.base_url)
    times_s = []
    for _ in range(50):
        started = time.perf_counter()
        api.call("CreateRoom", **room_fields())
        times_s.append(time.perf_counter() - started)

    # Client time included; the server's share is about a millisecond.
    assert sorted(times_s)[25] < 0.02


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("POST", "/nothing", 404),
        ("DELETE", "/console", 405),
        ("GET", "/class/start", 405),
        ("POST", "/class.html", 405),
        ("GET", "//[", 404),
        ("PUT", "/", 501),
    ],
)
def test_unknown_address_or_method_is_told(
    cloud: RunningCloud, method: str, path: str, status: int
) -> None:
    port = int(cloud.base_url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as link:
        link.sendall(f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())

        assert link.recv(4096).startswith(f"HTTP/1.1 {status} ".encode())


def test_malformed_request_is_answered_and_not_quoted(
    cloud: RunningCloud, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_connection(("127.0.0.1", int(cloud.base_url.rpartition(":")[2]))) as link:
        link.sendall(b"GET /class.html?token=hush HTTP/9.9.9\r\n\r\n")
        assert b"400" in link.recv(4096)

    logged = "".join(capsys.readouterr())
    assert "hush" not in logged
    assert "Traceback" not in logged


def test_chunked_body_is_refused(cloud: RunningCloud) -> None:
    answer = requests.post(cloud.base_url, data=iter([b"{}"]), timeout=10)

    assert answer.status_code == 411


def test_unforeseen_fault_is_a_500_and_the_next_call_works(
    cloud: RunningCloud, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr("localcloud.http.routes.respond", fail)
        assert requests.get(f"{cloud.base_url}/console", timeout=10).status_code == 500

    assert api.create_room()


@pytest.mark.skipif(not _has_ipv6(), reason="this machine has no IPv6 loopback")
def test_ipv6_loopback_is_served(tmp_path: Path) -> None:
    with launch(tmp_path / "cloud.sqlite3", "--host", "::1") as process:
        assert process.stdout
        line = process.stdout.readline()
        process.terminate()

    assert line.startswith("local cloud: http://[::1]:")
