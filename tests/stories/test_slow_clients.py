"""People who take files slowly, or not at all, against a real web process."""

from __future__ import annotations

import http.client
import socket
import time
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlsplit

import pytest

from accounts.models import User
from courseware.models import Courseware
from courseware.views.file_responses import CLIENTS_A_PERSON, PIECE_TIME_S
from tests.factories.courseware import CoursewareFactory
from tests.stories.test_upload_processes import headers_of, seconds_of_healthz
from tests.support.site import Processes

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]

MIB = 1024 * 1024


@pytest.fixture
def film(processes: Processes, teacher: User, settings: Any) -> Courseware:
    settings.MEDIA_ROOT = processes.env["MEDIA_ROOT"]
    return CoursewareFactory.create(owner=teacher, content=b"x" * (20 * MIB))


def ask_and_take_nothing(site: str, path: str, headers: dict[str, str]) -> socket.socket:
    address = urlsplit(site)
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.settimeout(20)
    client.connect((str(address.hostname), int(address.port or 0)))
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    client.sendall(f"GET {path} HTTP/1.1\r\nHost: {address.netloc}\r\n{lines}\r\n".encode())
    return client


def status_of(site: str, path: str, headers: dict[str, str]) -> int:
    connection = http.client.HTTPConnection(urlsplit(site).netloc, timeout=30)
    connection.request("GET", path, headers=headers | {"Range": "bytes=0-9"})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def test_site_answers_while_hundreds_take_nothing_of_a_file(
    processes: Processes, teacher: User, film: Courseware
):
    site, headers = processes.start_web(), headers_of(teacher)

    with ExitStack() as stack:
        for _ in range(300):
            client = ask_and_take_nothing(site, f"/courseware/{film.code}/file/", headers)
            stack.enter_context(client)
        time.sleep(2)
        waited_s = max(seconds_of_healthz(site) for _ in range(3))

    # Before any of them was given up.
    assert waited_s < PIECE_TIME_S


def test_who_takes_nothing_loses_the_place(processes: Processes, teacher: User, film: Courseware):
    config = processes.folder / "hurry.py"
    config.write_text(
        "def post_worker_init(worker):\n"
        "    from courseware.views import file_responses\n"
        "    file_responses.PIECE_TIME_S = 4.0\n"
    )
    site = processes.start_web(GUNICORN_CMD_ARGS=f"--config {config}")
    path, headers = f"/courseware/{film.code}/file/", headers_of(teacher)

    with ExitStack() as stack:
        for _ in range(CLIENTS_A_PERSON):
            client = stack.enter_context(ask_and_take_nothing(site, path, headers))
            assert client.recv(12) == b"HTTP/1.1 200"
        refused = status_of(site, path, headers)
        processes.last.wait_until(lambda: status_of(site, path, headers) == 206)
        log = processes.last.log.read_text(errors="replace")

    assert refused == 503
    assert "Traceback" not in log
