from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from deploy.services.processes import process_tree
from deploy.soak.plan import random_of
from deploy.soak.services import Service

pytestmark = pytest.mark.processes

# A child that goes with it, however it ends: none is left after the tests.
WITH_CHILD = "tail --pid=$$ -f /dev/null & echo $! ; wait"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with ThreadPoolExecutor() as starter:
        made = Service("sleeper", WITH_CHILD, os.environ, tmp_path / "log", starter)
        made.start()
        made.wait_until(lambda: len(process_tree(made.pid)) == 2)
        yield made
        made.stop()


def is_alive(pid: int) -> bool:
    """A killed process stays as a zombie until somebody has taken note of it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_for(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_service_that_ended_is_started_again(service: Service):
    assert not service.restart_if_ended()
    pid = service.pid
    os.kill(pid, 9)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)

    assert service.restart_if_ended()

    assert service.pid != pid
    assert service.ended_by_itself == 1


def test_service_that_was_killed_stays_away_until_it_is_started(service: Service):
    pids = process_tree(service.pid)
    service.kill()

    assert not service.restart_if_ended()
    wait_for(lambda: not any(map(is_alive, pids)))
    service.start()
    assert is_alive(service.pid)
    assert service.ended_by_itself == 0


def test_service_outlives_the_thread_that_had_it_started(service: Service):
    service.stop()
    thread = threading.Thread(target=service.start)
    thread.start()
    thread.join()

    service.wait_until(lambda: len(process_tree(service.pid)) == 2)
    assert not service.restart_if_ended()


def test_child_is_killed_alone(service: Service):
    pid, child = process_tree(service.pid)

    service.kill_child(random_of(1, "test"))

    # It has nothing left to wait for, and ends by itself.
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    wait_for(lambda: not is_alive(child))


def test_clock_is_ahead_by_as_much_as_was_said(tmp_path: Path):
    said = tmp_path / "log"
    command = "exec python -c 'import time; print(time.time(), flush=True)'"
    with ThreadPoolExecutor() as starter:
        service = Service("clock", command, os.environ, said, starter)
        service.start(clock_offset_s=100_000)
        os.waitid(os.P_PID, service.pid, os.WEXITED | os.WNOWAIT)
        service.stop()
        modified_s = said.stat().st_mtime

    assert float(said.read_text()) == pytest.approx(modified_s + 100_000, abs=5)
