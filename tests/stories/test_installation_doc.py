"""A newcomer follows `docs/installation.md`, and has a school: behind nginx, with the units' commands."""

from __future__ import annotations

import json
import os
import re
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

import pytest
import requests

from deploy.services import nginx
from deploy.services.nginx import Nginx
from deploy.services.processes import Child, is_answering
from tests.support.callbacks import body_of
from tests.support.cloud import LocalCloud
from tests.support.installation import (
    INSTALLATION,
    PASSWORD,
    UPGRADING,
    Server,
    commands,
    step,
    zone_of_school,
)
from tests.support.tus import PART_TYPE, metadata
from tests.support.web_session import WebSession

pytestmark = pytest.mark.processes

T = TypeVar("T")
WITHIN_S = 90
ASKED_EVERY_S = 0.1
# What only a machine of its own can do; a line that comes to the document is either run here, or named.
NOT_RUN_HERE = """\
sudo apt update
sudo apt install python3-venv postgresql redis-server nginx certbot curl openssl
sudo useradd --system --home-dir /var/lib/edu-platform --shell /usr/sbin/nologin edu
redis-cli config set appendonly yes
redis-cli config rewrite
sudo systemctl daemon-reload
sudo systemctl enable --now edu-web.socket edu-web edu-worker edu-beat edu-backup.timer
sudo certbot certonly --webroot --webroot-path /var/www/html --deploy-hook "systemctl reload nginx" -d school.example
sudo nginx -t
sudo systemctl reload nginx
edu-manage doctor
"""
NOT_RUN_HERE_IN_UPGRADES = """\
sudo systemctl start edu-backup
sudo systemctl daemon-reload
sudo systemctl restart edu-web
sudo systemctl restart edu-worker edu-beat
sudo nginx -t
sudo systemctl reload nginx
sudo ln -sfn releases/1.0.0 /srv/edu-platform/current
edu-manage collectstatic --noinput
sudo systemctl restart edu-web edu-worker edu-beat
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path / "server")
    yield made
    made.stop()


@pytest.fixture
def program() -> Path:
    found = nginx.find()
    if found is None:
        reason = "did not run: there is no nginx on this machine"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


def test_every_command_is_run_here_or_needs_a_machine_of_its_own():
    assert commands(INSTALLATION.read_text(), "system") == NOT_RUN_HERE
    assert commands(UPGRADING.read_text(), "system") == NOT_RUN_HERE_IN_UPGRADES


@pytest.mark.parametrize("hour", range(24))
def test_first_lesson_goes_on_while_it_is_tried(hour: int):
    begun = datetime(2026, 11, 29, hour, 59, tzinfo=UTC).astimezone(ZoneInfo("Asia/Shanghai"))

    there = begun.astimezone(ZoneInfo(zone_of_school(begun)))

    assert there.date() == (there + timedelta(minutes=60)).date()


@pytest.mark.beside
@pytest.mark.timeout(600)
def test_newcomer_has_a_working_school(server: Server, program: Path, local_cloud: LocalCloud):
    server.bring_release("1.0.0")
    server.run("".join(step(number) for number in (1, 2, 3, 4)))
    assert server.owner_and_mode("srv/edu-platform/current/manage.py")[0] == os.geteuid()
    assert server.owner_and_mode("etc/edu-platform/env") == (os.geteuid(), 0o640)
    server.fill_in(local_cloud.environment() | {"TIME_ZONE": server.zone})
    server.run(step(5))
    server.run(step(6).partition("curl")[0])
    services = {name: server.start(f"edu-{name}") for name in ("web", "worker", "beat")}
    front: list[Nginx] = []
    try:
        wait_for_web(server, services["web"])
        server.run("curl" + step(6).partition("curl")[2])
        certificate = make_certificate(server)
        server.run(step(7))
        front.append(start_nginx(server, program))
        server.run("".join(step(number) for number in (8, 9)))

        head = WebSession(server.url, verify=certificate)
        assert head.sign_in("head", PASSWORD).status_code == 302
        teacher = WebSession(server.url, verify=certificate)
        assert teacher.sign_in("li.na", "a-first-password-1").status_code == 302
        room = enter_class(teacher, local_cloud)
        upload_courseware(teacher)
        film = hold_class(room, server, local_cloud, certificate)
        assert play_replay(teacher) == requests.get(film, timeout=10).content
        assert upgrade_unnoticed(server, services) == {200}
        assert end_in_peace(services) == []
    finally:
        for service in services.values():
            service.kill()
        for each in front:
            each.stop()


def make_certificate(server: Server) -> str:
    """Make what certbot would bring, signed by itself."""
    place = server.folder / "etc/letsencrypt/live/127.0.0.1"
    place.mkdir(parents=True)
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", place / "privkey.pem", "-out", place / "fullchain.pem"),
        ],
        check=True,
        capture_output=True,
    )
    return str(place / "fullchain.pem")


def start_nginx(server: Server, program: Path) -> Nginx:
    servers = f"include {server.folder}/etc/nginx/conf.d/*.conf;"
    return Nginx(program, server.folder / "nginx", servers, port=server.tls_port)


def enter_class(teacher: WebSession, local_cloud: LocalCloud) -> int:
    """Into today's lesson from the timetable, by one click; return the number of its room."""
    week = teacher.get("/schedule/").text
    found = re.search(r"/schedule/lessons/\w+/", week)
    assert found is not None, week
    answer = teacher.send(f"{found[0]}enter/", page=found[0])
    assert answer.status_code == 303, answer.text
    assert answer.headers["Location"].startswith(local_cloud.class_url)
    (room,) = local_cloud.rooms()
    return int(room["RoomId"])


def upload_courseware(teacher: WebSession) -> None:
    """In two pieces, as nginx passes them on."""
    film = b"\x00\x00\x00\x01" + bytes(1000)  # the beginning of a film in H.264
    said = {"Tus-Resumable": "1.0.0", "X-CSRFToken": teacher.csrf_token}
    begun = teacher.ask(
        "POST",
        "/courseware/uploads/",
        headers=said | {"Upload-Length": str(len(film)), "Upload-Metadata": metadata("语文.h264")},
    )
    assert begun.status_code == 201, begun.text
    path = begun.headers["Location"].removeprefix(teacher.url)
    for offset, piece in ((0, film[:500]), (500, film[500:])):
        how = {"Upload-Offset": str(offset), "Content-Type": PART_TYPE}
        sent = teacher.ask("PATCH", path, headers=said | how, data=piece)
        assert sent.status_code == 204, sent.text
    assert teacher.get(sent.headers["Content-Location"]).status_code == 200


def hold_class(room: int, server: Server, local_cloud: LocalCloud, certificate: str) -> str:
    """The class begins and ends, and the cloud says so through nginx; return the recording's address."""
    local_cloud.change_room(room, "start")
    local_cloud.change_room(room, "end")
    (recording,) = local_cloud.recorded(room)
    key = server.setting("LCIC_CALLBACK_KEY")
    for event_type in ("RoomEnd", "RecordFinish"):
        answer = requests.post(
            f"{server.url}/callbacks/classroom/",
            data=json.dumps(body_of(event_type, {"RoomId": room}, key=key)),
            verify=certificate,
            timeout=10,
        )
        assert (answer.status_code, answer.json()) == (200, {"error_code": 0})
    return str(recording["RecordUrl"])


def play_replay(teacher: WebSession) -> bytes:
    """The recording as it comes out of nginx, as soon as a worker has found it."""

    def played() -> requests.Response | None:
        found = re.search(r"/replays/(?!shared)\w{8,}/", teacher.get("/replays/").text)
        answer = teacher.get(f"{found[0]}play/") if found else None
        return answer if answer is not None and answer.status_code == 200 else None

    return wait_for(played).content


def upgrade_unnoticed(server: Server, services: dict[str, Child]) -> set[int]:
    """Follow `docs/upgrading.md` while people ask all the time; return what they got."""
    server.bring_release("1.1.0")
    statuses: set[int] = set()
    is_over = threading.Event()

    def ask() -> None:
        # With a pause, so that what is upgraded is not kept busy by the question.
        while not is_over.wait(ASKED_EVERY_S):
            url = f"http://127.0.0.1:{server.web_port}/readyz"
            statuses.add(requests.get(url, timeout=WITHIN_S).status_code)

    visitor = threading.Thread(target=ask)
    visitor.start()
    try:
        server.run(commands(UPGRADING.read_text()))
        services["web"].stop()
        services["web"] = server.start("edu-web")
        wait_for_web(server, services["web"])
    finally:
        is_over.set()
        visitor.join()
    assert "releases/1.1.0" in str((server.folder / "srv/edu-platform/current").resolve())
    return statuses


def end_in_peace(services: dict[str, Child]) -> list[str]:
    """Those that do not end when they are asked to."""
    for each in services.values():
        each.stop(timeout_s=WITHIN_S)
    return [name for name, each in services.items() if each.is_running]


def wait_for_web(server: Server, web: Child) -> None:
    url = f"http://127.0.0.1:{server.web_port}/readyz"
    web.wait_until(lambda: is_answering(url), timeout_s=WITHIN_S)


def wait_for(what: Callable[[], T | None]) -> T:
    deadline_s = time.monotonic() + WITHIN_S
    while not (found := what()):
        assert time.monotonic() < deadline_s, "it did not come"
        time.sleep(0.2)
    return found
