"""REPLAY_DELIVERY=accel with the real nginx in front, set up by the files under deploy/nginx/."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import requests
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts.models import User
from deploy.services import nginx
from deploy.services.nginx import Nginx
from deploy.services.processes import ROOT, free_port
from replays.models import Replay, ReplayFile
from replays.services import shares
from schedule.feeds import writing as feeds
from schedule.models import Lesson
from tests.cast import SignedIn
from tests.conftest import environment_of_processes
from tests.factories.replays import ReplayFactory, ReplayFileFactory
from tests.factories.schedule import school_time
from tests.monitoring.figures import HEADERS, TOKEN
from tests.support.cloud import LocalCloud
from tests.support.peers import Script, answering, refusing_port
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
    web_log: Path

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


@pytest.fixture(scope="module")
def program() -> Path:
    found = nginx.find()
    if found is None:
        reason = "did not run: there is no nginx on this machine"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@contextmanager
def nginx_before(
    web_url: str, program: Path, folder: Path, *, web_log: Path = Path(os.devnull)
) -> Iterator[Front]:
    port = free_port()
    server = Nginx(program, folder, servers(folder, port=port, web_url=web_url), port=port)
    try:
        yield Front(server.url, folder, web_log)
    finally:
        server.stop()


@pytest.fixture(scope="module")
def scripted() -> Iterator[Script]:
    with answering(Script()) as script:
        yield script


@pytest.fixture
def storage(scripted: Script) -> Script:
    """A server of recordings that answers as a test says."""
    scripted.status, scripted.headers, scripted.body = 200, {}, b"film"
    scripted.paths.clear()
    scripted.seen.clear()
    return scripted


def host_of(server: Script | LocalCloud) -> str:
    return server.url.removeprefix("http://")


@pytest.fixture(scope="module")
def gone_host() -> str:
    """Return the host where a storage of recordings was, and nobody answers any more."""
    return f"127.0.0.1:{refusing_port()}"


def untold_host_of(server: Script) -> str:
    """A name of the server that the platform allows, and that nginx was not told of."""
    return host_of(server).replace("127.0.0.1", "localhost")


@pytest.fixture(scope="module")
def running_front(
    collected_static: Path,
    django_db_setup: None,
    running_cloud: LocalCloud,
    valkey_url: str,
    scripted: Script,
    gone_host: str,
    program: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Front]:
    """The platform and nginx, allowing the hosts of all tests."""
    folder = tmp_path_factory.mktemp("front")
    env = environment_of_processes(folder, running_cloud, valkey_url, collected_static)
    processes = Processes(folder, env)
    hosts = (host_of(running_cloud), host_of(scripted), untold_host_of(scripted), gone_host)
    try:
        web_url = processes.start_web(
            REPLAY_DELIVERY="accel",
            REPLAY_HOSTS=",".join(hosts),
            ALLOWED_HOSTS="127.0.0.1",
            TRUSTED_PROXIES="1",
            METRICS_TOKEN=TOKEN,
        )
        log = processes.last.log
        with nginx_before(web_url, program, folder / "nginx", web_log=log) as front:
            yield front
    finally:
        processes.stop()


@pytest.fixture
def front(running_front: Front, transactional_db: None, local_cloud: LocalCloud) -> Front:
    """The same for all tests of this file, on this test's database and cloud."""
    cache.clear()
    return running_front


@pytest.fixture
def recording(local_cloud: LocalCloud, lesson: Lesson) -> ReplayFile:
    """A real film in the local cloud."""
    start_s = int(school_time(-1, 8).timestamp())
    room_id = local_cloud.add_history("语文课", start_s, start_s + 60)
    url = str(local_cloud.recorded(room_id)[0]["RecordUrl"])
    replay = ReplayFactory.create(lesson=lesson, title="语文课 0901")
    return ReplayFileFactory.create(replay=replay, number=1, url=url)


def test_files_come_through_nginx_and_their_address_does_not(
    front: Front,
    local_cloud: LocalCloud,
    recording: ReplayFile,
    signed_in: SignedIn,
    teacher: User,
    outsider: User,
):
    site, client = front, signed_in(teacher)
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
    front: Front,
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
    site, client = front, signed_in(teacher)

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
    front: Front, storage: Script, lesson: Lesson, signed_in: SignedIn, teacher: User
):
    headers = {"Referer": "http://school.example/replays/", "Authorization": "Basic eDp5"}
    replay, client = ReplayFactory.create(lesson=lesson), signed_in(teacher)
    storage.headers = {"Set-Cookie": "a=b", "Content-Disposition": "inline; filename=f0.mp4"}
    url = f"{storage.url}/语 文%2B/f0.mp4?t=1&us=%E8%AF%AD+x"
    ReplayFileFactory.create(replay=replay, number=1, url=url)

    def play() -> requests.Response:
        return front.get(client, f"/replays/{replay.code}/play/", **headers)

    answer = play()

    assert (answer.status_code, answer.content) == (200, b"film")
    assert storage.paths == ["/%E8%AF%AD%20%E6%96%87%2B/f0.mp4?t=1&us=%E8%AF%AD+x"]
    assert storage.seen[0]["host"] == host_of(storage)
    personal = {"cookie", "authorization", "referer", "x-forwarded-for"}
    assert personal & storage.seen[0].keys() == set()
    assert "a=b" not in answer.headers.get("Set-Cookie", "")
    assert "f0.mp4" not in answer.headers["Content-Disposition"]

    storage.headers, storage.body = {"Location": "http://127.0.0.1:9/secret"}, b"secret"
    told = {}
    for storage.status in (302, 403, 404, 500):
        refused = play()
        told[storage.status] = (refused.status_code, refused.headers.get("Location"))
        assert refused.text == "The recording cannot be fetched at the moment.\n"
    assert told == {
        status: (404 if status == 404 else 502, None) for status in (302, 403, 404, 500)
    }


def test_hosts_that_nginx_was_not_told_of_are_not_asked(
    front: Front, storage: Script, lesson: Lesson, signed_in: SignedIn, teacher: User
):
    replay = ReplayFactory.create(lesson=lesson)
    url = f"http://{untold_host_of(storage)}/f0.mp4"
    ReplayFileFactory.create(replay=replay, number=1, url=url)

    answer = front.get(signed_in(teacher), f"/replays/{replay.code}/play/")

    assert (answer.status_code, storage.paths) == (404, [])
    assert answer.text == "The recording cannot be fetched.\n"


def test_number_of_a_request_and_figures_are_no_matter_of_the_outside(front: Front, client: Client):
    page = front.get(client, "/accounts/login/", **{"X-Request-ID": "chosen-outside"})
    figures = front.get(client, "/metrics", **HEADERS)

    assert page.status_code == 200
    assert len(page.headers["X-Request-ID"]) == 8
    assert figures.status_code == 404


def test_what_opens_something_stands_in_no_log(
    front: Front,
    storage: Script,
    gone_host: str,
    program: Path,
    tmp_path: Path,
    lesson: Lesson,
    signed_in: SignedIn,
    teacher: User,
):
    """Links to a recording, and addresses that open an account or a timetable: answered or not, by
    nginx and by the platform behind it."""
    client, replay = signed_in(teacher), ReplayFactory.create(lesson=lesson)
    secret = "secret-of-the-address"
    link, feed = link_to(replay, teacher), feeds.make_token(teacher, at=timezone.now())
    paths = addresses_that_open(feed, secret)
    file = ReplayFileFactory.create(replay=replay, number=1, url=f"{storage.url}/f0.mp4")
    link_is_answered(front, client, link)
    ReplayFile.objects.filter(pk=file.pk).update(url=f"http://{gone_host}/f0.mp4")
    silent = front.get(client, f"{link}/play/")
    calendar_is_answered(front, client, paths[0])
    # What is no link is logged, when it is answered and when it fails.
    for path in (*paths[1:], "/schedule/"):
        front.get(client, path)
    front.wait_for("/schedule/ HTTP", "access")
    unanswered = [f"{link}/", f"{link}/play/", *paths, "/schedule/"]
    failed, logs = ask_deserted(program, tmp_path / "nginx", client, unanswered)

    assert (silent.status_code, silent.text[:30]) == (502, "The recording cannot be fetche")
    assert failed == [502] * len(unanswered)
    logs += [front.log(name) for name in ("access", "error")]
    secrets = (link.rpartition("/")[2], host_of(storage), gone_host, feed, secret)
    assert [each for log in logs for each in secrets if each in log] == []
    own = front.web_log.read_text(errors="replace")
    assert [each for each in (feed, secret) if each in own] == []


def ask_deserted(
    program: Path, folder: Path, client: Client, paths: list[str]
) -> tuple[list[int], list[str]]:
    """Ask an nginx behind which there is no platform; the last path is logged."""
    with nginx_before(f"http://127.0.0.1:{refusing_port()}", program, folder) as deserted:
        heard = [deserted.get(client, path).status_code for path in paths]
        for name in ("access", "error"):
            deserted.wait_for(f"{paths[-1]} HTTP", name)
        return heard, [deserted.log(name) for name in ("access", "error")]


def link_to(replay: Replay, person: User) -> str:
    wish: dict[str, Any] = {"person": person, "days": 7, "password": "", "may_download": False}
    return f"/replays/shared/{shares.share(replay, at=timezone.now(), **wish).token}"


def link_is_answered(site: Front, client: Client, link: str) -> None:
    answered = [site.get(client, path) for path in (link, f"{link}/", f"{link}/play/", "/replays/")]

    assert [answer.status_code for answer in answered] == [200] * 4


def addresses_that_open(feed: str, secret: str) -> list[str]:
    return [
        f"/schedule/feeds/{feed}.ics",
        f"/accounts/handover/?ticket={secret}",
        f"/accounts/handover?ticket={secret}",
        f"/accounts/cas/callback/?ticket={secret}",
        f"/accounts/password/reset/key/3-{secret}/",
        f"/guest/{secret}/",
        f"/family/{secret}",
        f"/family/{secret}/mail/",
        f"/family/confirm/{secret}/",
        f"/family/stop/{secret}/",
    ]


def calendar_is_answered(site: Front, client: Client, path: str) -> None:
    calendar = site.get(client, path)
    again = site.get(client, path, **{"If-None-Match": f"W/{calendar.headers['ETag']}"})

    assert (calendar.status_code, again.status_code) == (200, 304)
