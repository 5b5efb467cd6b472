"""Uploads against real web processes: the second client, kill -9, and senders that fall silent."""

from __future__ import annotations

import datetime as dt
import http.client
import io
import socket
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.models import User
from courseware.models import Courseware, Upload
from courseware.uploads import bounded_body, leases
from tests.support.site import Processes
from tests.support.tus import CSRF_TOKEN, PART_TYPE, UPLOADS

if TYPE_CHECKING:
    from tusclient.client import TusClient

# They wait for the limits of servers.
pytestmark = [pytest.mark.processes, pytest.mark.timeout(300)]

KIB = 1024
MIB = 1024 * KIB
RETRIES = 31  # one a second
SILENT_AT_MOST_S = 4.0
FILM = b"\x00\x00\x00\x01" + bytes(range(251)) * 40_000  # 10 MB without a repeating part


def headers_of(user: User) -> dict[str, str]:
    client = Client()
    client.force_login(user)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    return {
        "Cookie": f"sessionid={session}; csrftoken={CSRF_TOKEN}; django_language=en",
        "X-CSRFToken": CSRF_TOKEN,
    }


def content_of(processes: Processes, courseware: Courseware) -> bytes:
    return (Path(processes.env["MEDIA_ROOT"]) / str(courseware.file.name)).read_bytes()


def hurry(processes: Processes, module: str, **limits_s: float) -> dict[str, str]:
    """Environment in which senders have less time, by these constants of a module."""
    config = processes.folder / "hurry.py"
    config.write_text(
        "def post_worker_init(worker):\n"
        "    import importlib\n"
        f"    vars(importlib.import_module({module!r})).update({limits_s!r})\n"
    )
    return {"GUNICORN_CMD_ARGS": f"--config {config}"}


def let_lease_end_soon() -> None:
    """The writer was killed: whoever goes on is refused a moment longer, and then gets in."""
    at = timezone.now()
    held = Upload.objects.exclude(lease_token="")
    for upload in held:
        # A client would have waited for the end as it was, too.
        assert upload.leased_until is not None
        assert upload.leased_until - at < dt.timedelta(seconds=RETRIES)
    held.update(leased_until=at + dt.timedelta(seconds=1))


def begin_part(site: str, path: str, headers: dict[str, str], offset: int) -> socket.socket:
    """Say that all the rest of the film comes in one part, and leave its bytes to the caller."""
    address = urlsplit(site)
    lines = {
        **headers,
        "Host": address.netloc,
        "Tus-Resumable": "1.0.0",
        "Content-Type": PART_TYPE,
        "Content-Length": str(len(FILM) - offset),
        "Upload-Offset": str(offset),
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    connection = socket.create_connection((str(address.hostname), int(address.port or 0)))
    connection.sendall(f"PATCH {path} HTTP/1.1\r\n{head}\r\n".encode())
    return connection


def ask(method: str, site: str, path: str, headers: dict[str, str]) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection(urlsplit(site).netloc, timeout=30)
    about = {"Tus-Resumable": "1.0.0", "Content-Type": PART_TYPE, "Upload-Offset": "0"}
    connection.request(method, path, b"x" if method == "PATCH" else None, headers | about)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


def offset_of(site: str, path: str, headers: dict[str, str]) -> int:
    return int(ask("HEAD", site, path, headers).headers["Upload-Offset"])


def second_client(site: str, headers: dict[str, str]) -> TusClient:
    """A client that others wrote; imported here, with the libraries that it brings along."""
    from tusclient.client import TusClient

    return TusClient(f"{site}{UPLOADS}", headers=headers)


def begin(site: str, headers: dict[str, str]) -> str:
    client = second_client(site, headers)
    uploader = client.uploader(file_stream=io.BytesIO(FILM), metadata={"filename": "语文.h264"})
    return str(urlsplit(uploader.create_url()).path)


def go_on(site: str, path: str, headers: dict[str, str], **limit: int) -> None:
    """Send the rest, or as much as `stop_at` says, trying again while a dead writer's lease lasts."""
    client = second_client(site, headers)
    uploader = client.uploader(
        file_stream=io.BytesIO(FILM),
        url=f"{site}{path}",
        chunk_size=4 * MIB,
        retries=RETRIES,
        retry_delay=1,
    )
    uploader.upload(**limit)


def newest() -> Courseware:
    return Courseware.objects.latest("pk")


def test_uploads_end_well_whatever_becomes_of_web_and_senders(processes: Processes, teacher: User):
    """One web process until it is killed, for all of it: most of a test's time is its start."""
    headers = headers_of(teacher)
    limits_s = {"SILENT_AT_MOST_S": SILENT_AT_MOST_S}
    site = processes.start_web(**hurry(processes, "courseware.uploads.bounded_body", **limits_s))

    second_client_uploads_when_it_has_the_right_header(processes, site, headers)
    silent_sender_makes_room_and_what_it_sent_is_kept(processes, site, headers)
    peers_who_do_not_take_their_leave_hold_up_nobody(site)
    path = web_is_killed_in_the_middle_of_a_part(processes, site, headers)
    site = processes.start_web()
    assert offset_of(site, path, headers) == 2 * MIB
    let_lease_end_soon()
    the_rest_is_sent(processes, site, path, headers)
    path = web_is_killed_while_an_upload_ends(processes, site, headers, delay_s=0.0)
    site = processes.start_web()
    assert offset_of(site, path, headers) in {0, len(FILM)}
    let_lease_end_soon()
    the_rest_is_sent(processes, site, path, headers)
    path = web_is_killed_while_an_upload_ends(processes, site, headers, delay_s=0.1)
    site = processes.start_web(**hurry(processes, "courseware.views.tus_uploads", PART_TIME_S=2.0))
    assert offset_of(site, path, headers) in {0, len(FILM)}
    let_lease_end_soon()
    the_rest_is_sent(processes, site, path, headers)
    part_that_takes_too_long_ends_and_the_client_goes_on(processes, site, headers)

    assert Courseware.objects.count() == 6


def second_client_uploads_when_it_has_the_right_header(
    processes: Processes, site: str, headers: dict[str, str]
) -> None:
    from tusclient.exceptions import TusCommunicationError

    with pytest.raises(TusCommunicationError) as refused:
        begin(site, headers | {"X-CSRFToken": "b" * 32})
    assert refused.value.status_code == 403
    assert Upload.objects.count() == 0
    client = second_client(site, headers)

    uploader = client.uploader(
        file_stream=io.BytesIO(FILM), chunk_size=3 * MIB, metadata={"filename": "语文.h264"}
    )
    uploader.upload()

    answer: Any = uploader.request
    assert answer.response_headers["content-location"] == f"/courseware/{newest().code}/"
    assert newest().name == "语文.h264"
    assert content_of(processes, newest()) == FILM


def silent_sender_makes_room_and_what_it_sent_is_kept(
    processes: Processes, site: str, headers: dict[str, str]
) -> None:
    """Its network is gone without a word, as when a phone leaves the building."""
    path = begin(site, headers)
    with begin_part(site, path, headers, 0) as sender:
        sender.sendall(FILM[: 2 * MIB])
        processes.last.wait_until(lambda: bool(Upload.objects.latest("pk").lease_token))
        rival = ask("PATCH", site, path, headers)
        started = time.monotonic()
        while offset_of(site, path, headers) == 0 and time.monotonic() < started + 60:
            time.sleep(0.1)
        waited_s = time.monotonic() - started
        offset = offset_of(site, path, headers)
        the_rest_is_sent(processes, site, path, headers)

    assert rival.status == 423
    assert waited_s < SILENT_AT_MOST_S + 10
    # In earnest nobody waits longer for that than for a writer that died.
    assert bounded_body.SILENT_AT_MOST_S < leases.LEASE.total_seconds() < RETRIES
    assert 2 * MIB - 64 * 1024 <= offset <= 2 * MIB


def peers_who_do_not_take_their_leave_hold_up_nobody(site: str) -> None:
    """Refused, and sending on all the same: nobody else waits for them."""
    address = urlsplit(site)
    requests = (
        "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        f"PATCH {UPLOADS}a/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        "Content-Length: 1000000\r\n\r\nx",
    )
    for request_lines in requests:
        with ExitStack() as stack:
            for _ in range(4):
                peer = socket.create_connection((str(address.hostname), int(address.port or 0)))
                stack.enter_context(peer).sendall(request_lines.encode())
                assert peer.recv(12).startswith(b"HTTP/1.1 ")
            waited_s = max(seconds_of_healthz(site) for _ in range(3))

        assert waited_s < 1.5, request_lines


def seconds_of_healthz(site: str) -> float:
    started = time.monotonic()
    assert ask("GET", site, "/healthz", {}).status == 200
    return time.monotonic() - started


def web_is_killed_in_the_middle_of_a_part(
    processes: Processes, site: str, headers: dict[str, str]
) -> str:
    """Return the address of the upload."""
    path = begin(site, headers)
    go_on(site, path, headers, stop_at=2 * MIB)
    with begin_part(site, path, headers, 2 * MIB) as sender:
        sender.sendall(FILM[2 * MIB : 5 * MIB])
        processes.last.wait_until(lambda: torn_part(processes) >= MIB)
        processes.last.kill()
    return path


def torn_part(processes: Processes) -> int:
    """Return how much of the part from 2 MiB on is on the disk; nothing of other uploads is left there."""
    (data,) = Path(processes.env["MEDIA_ROOT"]).glob("uploads/*/data")
    return data.stat().st_size - 2 * MIB


def web_is_killed_while_an_upload_ends(
    processes: Processes, site: str, headers: dict[str, str], *, delay_s: float
) -> str:
    """All has been sent; somewhere between the last byte and the answer comes the kill."""
    path = begin(site, headers)
    with begin_part(site, path, headers, 0) as sender:
        sender.sendall(FILM)
        time.sleep(delay_s)
        processes.last.kill()
    return path


def the_rest_is_sent(processes: Processes, site: str, path: str, headers: dict[str, str]) -> None:
    go_on(site, path, headers)

    assert offset_of(site, path, headers) == len(FILM)
    assert content_of(processes, newest()) == FILM


def part_that_takes_too_long_ends_and_the_client_goes_on(
    processes: Processes, site: str, headers: dict[str, str]
) -> None:
    """Byte by byte it would hold a thread of the site for hours."""
    path = begin(site, headers)
    with begin_part(site, path, headers, 0) as sender:
        sender.settimeout(20)
        dripping = threading.Thread(target=drip, args=(sender, FILM), daemon=True)
        dripping.start()
        answer = http.client.HTTPResponse(sender, method="PATCH")
        answer.begin()
        answer.read()
        said = int(answer.headers["Upload-Offset"])
        kept = offset_of(site, path, headers)
        is_closed = not sender.recv(1)
    the_rest_is_sent(processes, site, path, headers)

    assert answer.status == 204
    assert 0 < said == kept < KIB
    assert is_closed


def drip(sender: socket.socket, content: bytes) -> None:
    for at in range(len(content)):
        try:
            sender.sendall(content[at : at + 1])
        except OSError:
            return
        time.sleep(0.05)
