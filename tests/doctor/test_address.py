from __future__ import annotations

import datetime as dt
import ipaddress
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.utils import timezone

from classroom.models import CallbackEvent
from edu_platform.doctor import self_callback
from edu_platform.doctor.address import (
    Origin,
    check_certificate,
    check_proxy,
    reached_by_the_cloud,
    reached_through_itself,
)
from edu_platform.doctor.refused_callbacks import explained
from edu_platform.doctor.self_callback import Delivery, Outcome
from edu_platform.lib.bounded_http import Answer
from tests.support.cloud import LocalCloud
from tests.support.doctor import levels, said
from tests.support.peers import Script, answering, refusing_port, silent_port

KEY = "callback-key"
REACHED = {"address.name": "ok", "address.connection": "ok"}


@pytest.fixture(autouse=True)
def keys(settings: Any, local_cloud: LocalCloud) -> None:
    settings.LCIC_CALLBACK_KEY = [KEY]


def refusal(error: str) -> bytes:
    return json.dumps({"error_code": 403, "error": error}).encode()


class TestWay:
    @pytest.mark.parametrize("host", ["no-such-host.invalid", "a..b"])
    def test_name_that_nobody_knows(self, settings: Any, host: str):
        settings.PUBLIC_BASE_URL = f"https://{host}"

        assert levels(reached_through_itself) == {"address.name": "error"}

    def test_nobody_listens(self, settings: Any):
        settings.PUBLIC_BASE_URL = f"http://127.0.0.1:{refusing_port()}"

        finding = said(reached_through_itself, "address.connection")

        assert finding.level == "error"
        assert finding.text.startswith("Nobody listens at 127.0.0.1:")

    @pytest.mark.django_db
    def test_somebody_listens_and_says_nothing(self, settings: Any, monkeypatch: Any):
        monkeypatch.setattr("edu_platform.lib.bounded_http.READ_TIMEOUT_S", 0.2)
        with silent_port() as port:
            settings.PUBLIC_BASE_URL = f"http://127.0.0.1:{port}"

            finding = said(reached_through_itself, "address.callback")

        assert finding.level == "error"
        assert "Timeout" in finding.text


@pytest.mark.django_db
class TestRefusals:
    @pytest.mark.parametrize(
        ("script", "words"),
        [
            (Script(status=301, headers={"Location": "/x"}), "leads elsewhere"),
            (Script(status=308), "leads elsewhere"),
            (Script(status=400, body=b"<h1>Bad Request</h1>"), "refuse the host"),
            (Script(status=404, body=b"<h1>Not found</h1>"), "is not this platform"),
            (Script(status=502), "does not reach the web processes"),
            (Script(status=503), "does not reach the web processes"),
            (Script(status=403, body=b"<h1>Who are you</h1>"), "refused on its way"),
            (Script(status=403, body=b"[]"), "refused on its way"),
            (Script(status=500), "ended in a fault"),
            (Script(status=401), "refused on its way"),
            (Script(status=403, body=refusal("wrong signature")), "another LCIC_CALLBACK_KEY"),
            (Script(status=403, body=refusal("expired")), "clock differs"),
            (Script(status=403, body=refusal("another application")), "another LCIC_SDK_APP_ID"),
            (Script(body=b'{"error_code": 0}'), "Another installation"),
            (Script(body=b"<h1>Welcome to nginx!</h1>"), "Another installation"),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_each_says_what_is_wrong(self, settings: Any, script: Script, words: str):
        with answering(script) as there:
            settings.PUBLIC_BASE_URL = there.url

            finding = said(reached_through_itself, "address.callback")

        assert finding.level == "error"
        assert words in finding.text
        assert KEY not in f"{finding.text}{finding.advice}"
        assert there.paths == ["/callbacks/classroom/"]

    def test_redirect_to_https_that_a_proxy_has_ended_is_explained(self, settings: Any):
        settings.PUBLIC_BASE_URL, settings.TRUSTED_PROXIES = "https://school.example", 0
        delivery = Delivery(Outcome.REDIRECTED, Answer(301, b""))

        assert "X-Forwarded-Proto" in explained(delivery).advice

        settings.TRUSTED_PROXIES = 1

        assert "X-Forwarded-Proto" not in explained(delivery).advice


@pytest.mark.django_db(transaction=True)
class TestCallback:
    """The platform itself answers, without the web server of a real installation."""

    @pytest.fixture(autouse=True)
    def here(self, settings: Any, live_server: Any) -> None:
        settings.PUBLIC_BASE_URL = live_server.url
        settings.TRUSTED_PROXIES = 1

    def test_comes_back_and_nothing_stays(self):
        assert levels(reached_through_itself) == {
            **REACHED,
            "address.callback": "ok",
            "address.proxy": "ok",
        }
        assert not CallbackEvent.objects.exists()

    def test_that_another_database_stores_is_not_ours(self, monkeypatch: Any):
        # It is stored under another digest than the one that is looked for.
        monkeypatch.setattr(
            CallbackEvent.objects, "filter", lambda **_: CallbackEvent.objects.none()
        )

        finding = said(reached_through_itself, "address.callback")

        assert finding.level == "error"
        assert finding.text.startswith("Another installation")

    def test_web_processes_that_were_not_restarted(self, settings: Any, monkeypatch: Any):
        send = self_callback.send_callback
        for_both = ["new-key", KEY]

        def send_to_old(key: str) -> Delivery:
            settings.LCIC_CALLBACK_KEY = [KEY]
            try:
                return send(key)
            finally:
                settings.LCIC_CALLBACK_KEY = for_both

        monkeypatch.setattr("edu_platform.doctor.address.send_callback", send_to_old)
        settings.LCIC_CALLBACK_KEY = for_both

        finding = said(reached_through_itself, "address.callback")

        assert finding.level == "error"
        assert "old callback key alone" in finding.text

    def test_old_key_that_is_refused(self, settings: Any, monkeypatch: Any):
        send = self_callback.send_callback

        def send_to_new(key: str) -> Delivery:
            settings.LCIC_CALLBACK_KEY = [KEY]
            try:
                return send(key)
            finally:
                settings.LCIC_CALLBACK_KEY = [KEY, "old-key"]

        monkeypatch.setattr("edu_platform.doctor.address.send_callback", send_to_new)
        settings.LCIC_CALLBACK_KEY = [KEY, "old-key"]

        told = levels(reached_through_itself)

        assert (told["address.callback"], told["address.old_key"]) == ("ok", "warning")

    def test_both_keys(self, settings: Any):
        settings.LCIC_CALLBACK_KEY = ["new-key", KEY]

        assert "address.old_key" not in levels(reached_through_itself)

    def test_no_key(self, settings: Any):
        settings.LCIC_CALLBACK_KEY = []

        assert levels(reached_through_itself)["address.callback"] == "error"

        settings.LCIC_SECRET_ID = ""

        assert levels(reached_through_itself)["address.callback"] == "warning"


@pytest.mark.parametrize(
    ("headers", "trusted", "level"),
    [
        ({"Server": "gunicorn"}, 0, "ok"),
        ({"Server": "nginx"}, 1, "ok"),
        ({"Server": "nginx"}, 0, "warning"),
        ({"Server": "gunicorn", "Via": "1.1 Caddy"}, 0, "warning"),
        ({}, 0, "warning"),
    ],
)
def test_proxy_that_we_are_not_told_of(
    settings: Any, headers: dict[str, str], trusted: int, level: str
):
    settings.TRUSTED_PROXIES = trusted

    assert check_proxy(Delivery(Outcome.STORED, Answer(200, b"", headers))).level == level


@pytest.mark.parametrize(
    ("base", "endpoint", "level"),
    [
        ("https://school.example", "https://lcic.tencentcloudapi.com", "ok"),
        ("https://school.example:8443", "https://lcic.tencentcloudapi.com", "warning"),
        ("http://192.168.1.5", "https://lcic.tencentcloudapi.com", "warning"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8100", "ok"),
    ],
)
def test_address_that_the_cloud_can_call(settings: Any, base: str, endpoint: str, level: str):
    settings.PUBLIC_BASE_URL, settings.LCIC_ENDPOINT = base, endpoint

    assert levels(reached_by_the_cloud) == {"address.reach": level}


class TestCertificate:
    @pytest.mark.parametrize(
        ("days", "level"), [(15, "ok"), (13, "warning"), (0, "warning"), (-1, "error")]
    )
    def test_how_long_it_is_good(self, tmp_path: Path, monkeypatch: Any, days: int, level: str):
        files = made_certificate(tmp_path, ends_in=dt.timedelta(days=days, hours=1))
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(files))
        with tls_server(files) as port:
            assert check_certificate(origin_at(port)).level == level

    def test_of_nobody_that_we_trust(self, tmp_path: Path):
        files = made_certificate(tmp_path, ends_in=dt.timedelta(days=90))
        with tls_server(files) as port:
            finding = check_certificate(origin_at(port))

        assert finding.level == "error"
        assert "self-signed" in finding.text

    def test_for_another_name(self, tmp_path: Path, monkeypatch: Any):
        files = made_certificate(tmp_path, ends_in=dt.timedelta(days=90), address="127.0.0.2")
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(files))
        with tls_server(files) as port:
            finding = check_certificate(origin_at(port))

        assert finding.level == "error"
        assert "mismatch" in finding.text

    def test_port_that_speaks_no_tls(self, settings: Any):
        with answering(Script()) as there:
            settings.PUBLIC_BASE_URL = there.url.replace("http://", "https://")

            assert levels(reached_through_itself) == {**REACHED, "address.certificate": "error"}


def origin_at(port: int) -> Origin:
    return Origin("https", "127.0.0.1", port)


def made_certificate(folder: Path, *, ends_in: dt.timedelta, address: str = "127.0.0.1") -> Path:
    """A file with a key and a certificate of its own for it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, address)])
    ends_at = timezone.now() + ends_in
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(ends_at - dt.timedelta(days=200))
        .not_valid_after(ends_at)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), False
        )
        .sign(key, hashes.SHA256())
    )
    place = folder / "server.pem"
    place.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return place


@contextmanager
def tls_server(files: Path) -> Iterator[int]:
    """A server that shows its certificate to one caller."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_greet, args=(listener, context))
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


def _greet(listener: socket.socket, context: ssl.SSLContext) -> None:
    connection, _address = listener.accept()
    with connection:
        try:
            context.wrap_socket(connection, server_side=True).close()
        except OSError:
            return  # the caller did not like what it saw
