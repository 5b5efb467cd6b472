"""REPLAY_DELIVERY=accel with the real nginx in front, set up by the files under deploy/nginx/."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import requests
from django.test import Client
from django.utils import timezone

from accounts.models import User
from deploy.services import nginx
from deploy.services.nginx import Nginx
from deploy.services.processes import ROOT, free_port
from replays.models import Replay, ReplayFile
from replays.services import shares
from schedule.models import Lesson
from schedule.services import feeds
from tests.cast import SignedIn
from tests.factories.replays import ReplayFactory, ReplayFileFactory
from tests.factories.schedule import school_time
from tests.monitoring.figures import HEADERS, TOKEN
from tests.support.cloud import LocalCloud
from tests.support.peers import Script, answering
from tests.support.site import Processes

LOGGED_WITHIN_S = 20

pytestmark = pytest.mark.processes

FOLDER = ROOT / "deploy" / "nginx"
OWN_HOSTS = r"127\.0\.0\.1:[0-9]+"


def changed(file_name: str, /, **changes: tuple[str, str]) -> str:
    """A file of deploy/nginx/ with the changes that a test needs, each of which it has to take."""
    text = (FOLDER / file_name).read_text()
    for old, new in changes.values():
        assert old in text
        text = text.replace(old, new)
    return text


def servers(folder: Path, *, port: int, web_url: str) -> str:
    """The files as a school has them, but for hosts, ports and certificates."""
    folder.mkdir(parents=True, exist_ok=True)
    media = folder / "replay-media.conf"
    media.write_text(
        changed("replay-media.conf", hosts=(r"[a-z0-9-]+\.vod2\.myqcloud\.com", OWN_HOSTS))
    )
    return changed(
        "platform.conf",
        listen=("listen 443 ssl;", f"listen 127.0.0.1:{port};"),
        no_ipv6=("    listen [::]:443 ssl;\n", ""),
        no_ipv6_in_the_clear=("    listen [::]:80;\n", ""),
        listen_in_the_clear=("listen 80;", f"listen 127.0.0.1:{free_port()};"),
        name=("server_name school.example;", ""),
        certificate=("ssl_certificate /etc/ssl/school.example.crt;", ""),
        key=("ssl_certificate_key /etc/ssl/school.example.key;", ""),
        include=("/etc/nginx/replay-media.conf", str(media)),
        web=("http://127.0.0.1:8000", web_url),
        host=("Host $host", "Host $http_host"),
    )


@dataclass(frozen=True, slots=True)
class Front:
    """The platform behind nginx."""

    url: str
    folder: Path

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()

    def wait_for(self, words: str, name: str) -> None:
        """nginx answers first, and writes its logs then."""
        deadline_s = time.monotonic() + LOGGED_WITHIN_S
        while words not in self.log(name):
            assert time.monotonic() < deadline_s, f"{words} stands not in the {name} log"
            time.sleep(0.05)

    def get(self, client: Any, path: str, **headers: str) -> requests.Response:
        cookies = {name: morsel.value for name, morsel in client.cookies.items()}
        return requests.get(
            f"{self.url}{path}", headers=headers, cookies=cookies, timeout=20, allow_redirects=False
        )


@pytest.fixture
def front(
    processes: Processes, local_cloud: LocalCloud, tmp_path: Path
) -> Iterator[Callable[..., Front]]:
    """Start the platform and nginx, allowing these hosts: `front(host, …)`."""
    program = nginx.find()
    if program is None:
        reason = "did not run: there is no nginx on this machine"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    started: list[Nginx] = []

    def start(*hosts: str) -> Front:
        port = free_port()
        processes.env |= {"REPLAY_DELIVERY": "accel", "REPLAY_HOSTS": ",".join(hosts)}
        processes.env |= {"ALLOWED_HOSTS": "127.0.0.1", "TRUSTED_PROXIES": "1"}
        web_url = processes.start_web()
        folder = tmp_path / "nginx"
        text = servers(folder, port=port, web_url=web_url)
        started.append(Nginx(program, folder, text, port=port))
        return Front(started[-1].url, folder)

    yield start
    for each in started:
        each.stop()


@pytest.fixture
def recording(local_cloud: LocalCloud, lesson: Lesson) -> ReplayFile:
    """A real film in the local cloud."""
    start_s = int(school_time(-1, 8).timestamp())
    room_id = local_cloud.add_history("语文课", start_s, start_s + 60)
    url = str(local_cloud.recorded(room_id)[0]["RecordUrl"])
    replay = ReplayFactory.create(lesson=lesson, title="语文课 0901")
    return ReplayFileFactory.create(replay=replay, number=1, url=url)


def host_of(local_cloud: LocalCloud) -> str:
    return local_cloud.url.removeprefix("http://")


def test_files_come_through_nginx_and_their_address_does_not(
    front: Callable[..., Front],
    local_cloud: LocalCloud,
    recording: ReplayFile,
    signed_in: SignedIn,
    teacher: User,
    outsider: User,
):
    site, client = front(host_of(local_cloud)), signed_in(teacher)
    path = f"/replays/{recording.replay.code}"
    whole = requests.get(recording.url, timeout=10).content

    play = site.get(client, f"{path}/play/")
    part = site.get(client, f"{path}/play/", Range="bytes=100-199")
    beyond = site.get(client, f"{path}/play/", Range=f"bytes={len(whole)}-")
    download = site.get(client, f"{path}/download/")

    assert (play.status_code, play.content) == (200, whole)
    assert play.headers["Content-Type"] == "video/mp4"
    assert play.headers["Referrer-Policy"] == "no-referrer"
    assert (part.status_code, part.content) == (206, whole[100:200])
    assert part.headers["Content-Range"] == f"bytes 100-199/{len(whole)}"
    assert beyond.status_code == 416
    assert (download.status_code, download.content) == (200, whole)
    kind, _semicolon, name = download.headers["Content-Disposition"].partition("; ")
    assert (kind, unquote(name)) == ("attachment", "filename*=utf-8''语文课 0901.mp4")
    told = "".join(f"{answer.headers}" for answer in (play, part, beyond, download))
    assert host_of(local_cloud) not in told
    # Nobody asks nginx for the place itself, who they are.
    internal = recording.url.replace("http://", "/replay-media/http/")
    assert site.get(client, internal).status_code == 404
    assert site.get(signed_in(outsider), f"{path}/play/").status_code == 404
    assert (Replay.objects.get().views, Replay.objects.get().downloads) == (1, 1)


@pytest.mark.parametrize("file_format", ["hls", "hls-ranges"])
def test_playlist_and_its_pieces(
    front: Callable[..., Front],
    local_cloud: LocalCloud,
    lesson: Lesson,
    signed_in: SignedIn,
    teacher: User,
    file_format: str,
):
    local_cloud.set_recording(file_format=file_format)
    start_s = int(school_time(-1, 8).timestamp())
    room_id = local_cloud.add_history("语文课", start_s, start_s + 60)
    url = str(local_cloud.recorded(room_id)[0]["RecordUrl"])
    replay = ReplayFactory.create(lesson=lesson)
    ReplayFileFactory.create(replay=replay, number=1, url=url, file_format="hls")
    site, client = front(host_of(local_cloud)), signed_in(teacher)

    led = site.get(client, f"/replays/{replay.code}/play/").headers["Location"]
    playlist = site.get(client, led)
    pieces = [line for line in playlist.text.splitlines() if line and not line.startswith("#")]
    fetched = [site.get(client, f"{led.rpartition('/')[0]}/{piece}") for piece in pieces]

    assert playlist.headers["Content-Type"] == "application/vnd.apple.mpegurl"
    assert {piece.headers["Content-Type"] for piece in fetched} == {"video/mp2t"}
    folder = url.rpartition("/")[0]
    expected = [requests.get(f"{folder}/{piece}", timeout=10).content for piece in pieces]
    assert [piece.content for piece in fetched] == expected
    assert len(set(expected)) > 1


def test_storage_hears_nothing_of_the_person_and_its_errors_stay_there(
    front: Callable[..., Front], lesson: Lesson, signed_in: SignedIn, teacher: User
):
    headers = {"Referer": "http://school.example/replays/", "Authorization": "Basic eDp5"}
    replay, client = ReplayFactory.create(lesson=lesson), signed_in(teacher)
    own = {"Set-Cookie": "a=b", "Content-Disposition": "inline; filename=f0.mp4"}
    with answering(Script(body=b"film", headers=own)) as script:
        url = f"{script.url}/语 文%2B/f0.mp4?t=1&us=%E8%AF%AD+x"
        ReplayFileFactory.create(replay=replay, number=1, url=url)
        site = front(script.url.removeprefix("http://"))

        def play() -> requests.Response:
            return site.get(client, f"/replays/{replay.code}/play/", **headers)

        answer = play()

        assert (answer.status_code, answer.content) == (200, b"film")
        assert script.paths == ["/%E8%AF%AD%20%E6%96%87%2B/f0.mp4?t=1&us=%E8%AF%AD+x"]
        assert script.seen[0]["host"] == script.url.removeprefix("http://")
        personal = {"cookie", "authorization", "referer", "x-forwarded-for"}
        assert personal & script.seen[0].keys() == set()
        assert "a=b" not in answer.headers.get("Set-Cookie", "")
        assert "f0.mp4" not in answer.headers["Content-Disposition"]

        script.headers, script.body = {"Location": "http://127.0.0.1:9/secret"}, b"secret"
        told = {}
        for script.status in (302, 403, 404, 500):
            refused = play()
            told[script.status] = (refused.status_code, refused.headers.get("Location"))
            assert refused.text == "The recording cannot be fetched at the moment.\n"
        assert told == {
            status: (404 if status == 404 else 502, None) for status in (302, 403, 404, 500)
        }


def test_hosts_that_nginx_was_not_told_of_are_not_asked(
    front: Callable[..., Front], lesson: Lesson, signed_in: SignedIn, teacher: User
):
    with answering(Script(body=b"film")) as script:
        host = script.url.removeprefix("http://").replace("127.0.0.1", "localhost")
        replay = ReplayFactory.create(lesson=lesson)
        ReplayFileFactory.create(replay=replay, number=1, url=f"http://{host}/f0.mp4")

        answer = front(host).get(signed_in(teacher), f"/replays/{replay.code}/play/")

    assert (answer.status_code, script.paths) == (404, [])
    assert answer.text == "The recording cannot be fetched.\n"


def test_links_stand_in_no_log(
    front: Callable[..., Front],
    processes: Processes,
    lesson: Lesson,
    signed_in: SignedIn,
    teacher: User,
):
    replay, client = ReplayFactory.create(lesson=lesson), signed_in(teacher)
    wish: dict[str, Any] = {"person": teacher, "days": 7, "password": "", "may_download": False}
    with answering(Script(body=b"film")) as script:
        host = script.url.removeprefix("http://")
        ReplayFileFactory.create(replay=replay, number=1, url=f"{script.url}/f0.mp4")
        token = shares.share(replay, at=timezone.now(), **wish).token
        link, site = f"/replays/shared/{token}", front(host)
        answered = [site.get(client, path) for path in (link, f"{link}/", f"{link}/play/")]
    silent = site.get(client, f"{link}/play/")  # the storage is gone
    processes.last.stop()
    failed = [site.get(client, path) for path in (f"{link}/", f"{link}/play/", "/replays/")]

    assert [answer.status_code for answer in answered] == [200] * 3
    assert (silent.status_code, silent.text[:30]) == (502, "The recording cannot be fetche")
    assert [answer.status_code for answer in failed] == [502] * 3
    # What is no link is logged, when it is answered and when it fails.
    for name in ("access", "error"):
        site.wait_for("/replays/ HTTP", name)
    logs = {name: site.log(name) for name in ("access", "error")}
    assert [name for name, log in logs.items() if token in log or host in log] == []


def test_addresses_that_open_an_account_or_a_timetable_stand_in_no_log(
    front: Callable[..., Front], processes: Processes, signed_in: SignedIn, teacher: User
):
    """Answered or not, by nginx and by the platform behind it."""
    token = feeds.make_token(teacher, at=timezone.now())
    secret = "secret-of-the-address"
    paths = [
        f"/schedule/feeds/{token}.ics",
        f"/accounts/handover/?ticket={secret}",
        f"/accounts/handover?ticket={secret}",
        f"/accounts/cas/callback/?ticket={secret}",
        f"/accounts/password/reset/key/3-{secret}/",
    ]
    client, site = signed_in(teacher), front("127.0.0.1:9")
    calendar = site.get(client, paths[0])
    again = site.get(client, paths[0], **{"If-None-Match": f"W/{calendar.headers['ETag']}"})
    for path in paths:
        site.get(client, path)
    own_log = processes.last.log
    site.get(client, "/schedule/")
    processes.last.stop()
    failed = [site.get(client, path).status_code for path in (*paths, "/schedule/")]

    assert (calendar.status_code, again.status_code) == (200, 304)
    assert failed == [502] * len(failed)
    for name in ("access", "error"):
        site.wait_for("/schedule/ HTTP", name)
    logs = {name: site.log(name) for name in ("access", "error")}
    logs["platform"] = own_log.read_text(errors="replace")
    assert [name for name, log in logs.items() if token in log or secret in log] == []


def test_number_of_a_request_and_figures_are_no_matter_of_the_outside(
    front: Callable[..., Front], local_cloud: LocalCloud, client: Client, processes: Processes
):
    processes.env["METRICS_TOKEN"] = TOKEN
    site = front(host_of(local_cloud))

    page = site.get(client, "/accounts/login/", **{"X-Request-ID": "chosen-outside"})
    figures = site.get(client, "/metrics", **HEADERS)

    assert page.status_code == 200
    assert len(page.headers["X-Request-ID"]) == 8
    assert figures.status_code == 404
