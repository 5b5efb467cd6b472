"""Slow peers keep a bounded number of threads of the web server, and none of them for long."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from edu_platform.lib import deadline_worker
from edu_platform.lib.deadline_worker import DeadlineSocket
from tests.support.site import Processes

PEERS = 160  # more than a web process has threads
HURRIED_BODY_S = 2.0
LOGIN = (
    "POST /accounts/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: csrftoken=" + "a" * 32 + "\r\n"
    "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\nx"
)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadline_worker, "FREE_WAIT_S", 0.05)
    monkeypatch.setattr(deadline_worker, "_slow_places", threading.BoundedSemaphore(1))


@pytest.fixture
def pair() -> Iterator[tuple[DeadlineSocket, socket.socket]]:
    """A connection as the server has it, and its other end."""
    with ExitStack() as stack:
        yield make_pair(stack)


def make_pair(stack: ExitStack) -> tuple[DeadlineSocket, socket.socket]:
    ours, theirs = socket.socketpair()
    peer = stack.enter_context(DeadlineSocket(fileno=ours.detach()))
    peer.begin(5.0)
    stack.callback(peer.end)
    return peer, stack.enter_context(theirs)


def drip(theirs: socket.socket, pause_s: float) -> None:
    try:
        while True:
            theirs.sendall(b"x")
            time.sleep(pause_s)
    except OSError:
        return


class TestPeerSocket:
    def test_what_comes_is_read_and_what_is_said_arrives(
        self, pair: tuple[DeadlineSocket, socket.socket]
    ):
        ours, theirs = pair
        said = b"x" * 3_000_000
        taken = bytearray()

        def take() -> None:
            while len(taken) < len(said):
                taken.extend(theirs.recv(65536))

        theirs.sendall(b"abc")
        reader = threading.Thread(target=take)
        reader.start()
        came = ours.recv(10)
        ours.sendall(said)
        reader.join(timeout=30)

        assert (came, bytes(taken) == said) == (b"abc", True)

    def test_who_falls_silent_is_given_up(
        self, pair: tuple[DeadlineSocket, socket.socket], monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(deadline_worker, "STILL_AT_MOST_S", 0.2)
        ours, _theirs = pair

        with pytest.raises(ConnectionResetError):
            ours.recv(10)

    def test_who_sends_byte_by_byte_is_given_up(self, pair: tuple[DeadlineSocket, socket.socket]):
        ours, theirs = pair
        ours.allow(0.5)
        threading.Thread(target=drip, args=(theirs, 0.02), daemon=True).start()
        started = time.monotonic()
        came = 0

        with pytest.raises(ConnectionResetError):  # noqa: PT012 -- the first reads work
            while True:
                came += len(ours.recv(1))

        assert came > 1
        assert 0.4 <= time.monotonic() - started < 3

    @pytest.mark.parametrize("bound", ["STILL_AT_MOST_S", "ANSWER_TIME_S"])
    def test_who_takes_nothing_is_given_up(
        self,
        pair: tuple[DeadlineSocket, socket.socket],
        monkeypatch: pytest.MonkeyPatch,
        bound: str,
    ):
        monkeypatch.setattr(deadline_worker, bound, 0.2)
        ours, _theirs = pair

        with pytest.raises(ConnectionResetError):
            ours.sendall(b"x" * 10_000_000)

    def test_only_so_many_are_slow_at_once(self):
        with ExitStack() as stack:
            first, theirs = make_pair(stack)
            second, _silent = make_pair(stack)
            threading.Timer(0.3, theirs.sendall, [b"late"]).start()

            came = first.recv(10)  # by the only place
            with pytest.raises(ConnectionResetError):
                second.recv(10)
            first.end()
            second.begin(0.3)
            started = time.monotonic()
            with pytest.raises(ConnectionResetError):
                second.recv(10)

        assert came == b"late"
        assert time.monotonic() - started >= 0.3

    def test_views_with_bounds_of_their_own_wait_as_long_as_they_like(
        self, pair: tuple[DeadlineSocket, socket.socket]
    ):
        ours, theirs = pair
        ours.allow(0.0)
        ours.settimeout(5.0)
        threading.Timer(0.3, theirs.sendall, [b"late"]).start()

        with ours.own_bounds():
            came = ours.recv(10)

        assert came == b"late"

    def test_who_takes_no_piece_of_a_file_in_time_counts_as_gone(
        self, pair: tuple[DeadlineSocket, socket.socket]
    ):
        ours, _theirs = pair
        ours.settimeout(0.2)

        with ours.own_bounds(), pytest.raises(ConnectionResetError):
            ours.sendall(b"x" * 10_000_000)


@pytest.mark.processes
def test_site_is_there_for_everybody_whatever_peers_say(processes: Processes):
    """One start for all of it: most of a test's time is the start of processes."""
    site = processes.start_web()

    answers_say_whether_the_connection_is_kept(site)
    answers_to_head_are_heads_without_a_line_in_the_log(site, processes.last.log)
    answers_believe_no_peer_about_our_own_address(site)
    address_that_is_too_long_is_answered_in_words(site)
    site_answers_while_more_than_it_has_threads_say_half_of_what_they_want(site)


CALLBACK = "POST /callbacks/classroom/ HTTP/1.1\r\nHost: 127.0.0.1\r\n"


def answers_say_whether_the_connection_is_kept(site: str) -> None:
    chunks = "Transfer-Encoding: chunked\r\n\r\n" + "200000\r\n" + "x" * 2**20 + "x"
    small = "Content-Length: 9\r\n\r\n" + "x" * 9
    large = "Content-Length: 2000000\r\n\r\n"
    requests = {
        "unread": CALLBACK + large,
        "unread, though it came": CALLBACK + large + "x" * 2_000_000,
        "chunks without an end": CALLBACK + chunks,
        "read": CALLBACK + small,
        "small enough to be read for nothing": CALLBACK.replace("POST", "PUT") + small,
    }

    assert {what: status_and_connection(site, sent) for what, sent in requests.items()} == {
        "unread": (413, "close"),
        "unread, though it came": (413, "close"),
        "chunks without an end": (413, "close"),
        "read": (400, "keep-alive"),
        "small enough to be read for nothing": (405, "keep-alive"),
    }


def answers_to_head_are_heads_without_a_line_in_the_log(site: str, log: Path) -> None:
    for path in ("/callbacks/classroom/", "/accounts/login/", "/healthz"):
        ask(site, "HEAD", path)  # the first of all, which may say so once a minute
        said = lines_beside_requests(log)

        answers = [ask(site, "HEAD", path) for _ in range(3)]

        assert lines_beside_requests(log) == said
        assert {body for _status, _headers, body in answers} == {b""}
        assert "0" not in {headers["Content-Length"] for _status, headers, _body in answers}


def answers_believe_no_peer_about_our_own_address(site: str) -> None:
    forged = {
        "SCRIPT_NAME": "/elsewhere",
        "PATH_INFO": "/healthz",
        "X-Forwarded-Proto": "https",
    }

    _status, headers, _body = ask(site, "GET", "/schedule/", **forged)

    assert headers["Location"] == "/accounts/login/?next=/schedule/"


def address_that_is_too_long_is_answered_in_words(site: str) -> None:
    status, headers, body = ask(site, "GET", f"/people/?q={'x' * 10_000}")

    assert status == 414
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert "地址太长" in body.decode()
    assert 'href="/"' in body.decode()


def site_answers_while_more_than_it_has_threads_say_half_of_what_they_want(site: str) -> None:
    half = {
        "nothing": "",
        "half a head": "GET / HTTP/1.1\r\nHo",
        "one byte of the body": LOGIN,
        "a body that nobody reads": LOGIN.replace("POST", "PUT"),
    }
    waited_s = {}

    for what, sent in half.items():
        with ExitStack() as stack:
            for _ in range(PEERS):
                stack.enter_context(connect(site)).sendall(sent.encode())
            time.sleep(0.5)
            waited_s[what] = max(seconds_of_healthz(site) for _ in range(3))

    assert {what: waited for what, waited in waited_s.items() if waited >= 8} == {}


@pytest.mark.processes
def test_behind_a_proxy_of_our_own_its_word_counts_and_bodies_must_end(processes: Processes):
    config = processes.folder / "hurry.py"
    config.write_text(
        "def post_worker_init(worker):\n"
        "    from edu_platform.lib import deadline_worker\n"
        f"    deadline_worker.BODY_TIME_S = {HURRIED_BODY_S}\n"
    )
    site = processes.start_web(
        TRUSTED_PROXIES="1",
        PUBLIC_BASE_URL="https://school.example",
        ALLOWED_HOSTS="127.0.0.1",
        GUNICORN_CMD_ARGS=f"--config {config}",
    )

    proxy_is_believed_that_it_took_https(site)
    body_that_never_ends_is_refused_in_the_end(site, processes.last.log)


def proxy_is_believed_that_it_took_https(site: str) -> None:
    came_by = {
        proto: ask(site, "GET", "/schedule/", **{"X-Forwarded-Proto": proto})
        for proto in ("https", "http")
    }

    assert came_by["https"][1]["Location"] == "/accounts/login/?next=/schedule/"
    assert came_by["http"][1]["Location"].startswith("https://127.0.0.1")


def body_that_never_ends_is_refused_in_the_end(site: str, log: Path) -> None:
    by_https = "X-Forwarded-Proto: https\r\nOrigin: https://127.0.0.1\r\nContent-Type"
    started = time.monotonic()
    with connect(site) as peer:
        peer.settimeout(20)
        peer.sendall(LOGIN.replace("Content-Type", by_https).encode())
        threading.Thread(target=drip, args=(peer, 0.1), daemon=True).start()
        answer = http.client.HTTPResponse(peer, method="POST")
        answer.begin()

    assert answer.status == 403
    assert time.monotonic() - started >= HURRIED_BODY_S  # it was read as long as that
    assert "Traceback" not in log.read_text(errors="replace")


def status_and_connection(site: str, sent: str) -> tuple[int, str | None]:
    with connect(site) as peer:
        peer.settimeout(20)
        peer.sendall(sent.encode())
        answer = http.client.HTTPResponse(peer, method="POST")
        answer.begin()
    return answer.status, answer.headers["Connection"]


def lines_beside_requests(log: Path) -> list[str]:
    return [
        line for line in log.read_text().splitlines() if " edu_platform.request_log " not in line
    ]


def ask(
    site: str, method: str, path: str, **headers: str
) -> tuple[int, http.client.HTTPMessage, bytes]:
    connection = http.client.HTTPConnection(urlsplit(site).netloc, timeout=20)
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, answer.headers, body


def connect(site: str) -> socket.socket:
    address = urlsplit(site)
    return socket.create_connection((str(address.hostname), int(address.port or 0)))


def seconds_of_healthz(site: str) -> float:
    started = time.monotonic()
    connection = http.client.HTTPConnection(urlsplit(site).netloc, timeout=20)
    connection.request("GET", "/healthz")
    assert connection.getresponse().status == 200
    connection.close()
    return time.monotonic() - started
