from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from edu_platform.doctor.mail import sender, server
from tests.support.doctor import levels, said
from tests.support.peers import refusing_port, silent_port

SMTP = "django.core.mail.backends.smtp.EmailBackend"
PASSWORD = "the-password"


@contextmanager
def smtp_server(login: bytes) -> Iterator[int]:
    """A mail server for one caller, who is answered so when they sign in."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_serve, args=(listener, login))
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


def _serve(listener: socket.socket, login: bytes) -> None:
    answers = {b"EHLO": b"250-here\r\n250 AUTH PLAIN\r\n", b"AUTH": login, b"QUIT": b"221 bye\r\n"}
    connection, _address = listener.accept()
    with connection, connection.makefile("rb") as lines:
        connection.sendall(b"220 here\r\n")
        for line in lines:
            connection.sendall(answers.get(line[:4].upper(), b"250 ok\r\n"))
            if line.upper().startswith(b"QUIT"):
                return


@pytest.fixture
def mail(settings: Any) -> Any:
    settings.SENDS_MAIL, settings.EMAIL_BACKEND = True, SMTP
    settings.EMAIL_HOST, settings.EMAIL_TIMEOUT = "127.0.0.1", 1
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "school", PASSWORD
    return settings


def test_nobody_gets_mail_without_a_server(settings: Any):
    settings.SENDS_MAIL = False

    assert levels(server) == {"mail.server": "warning"}
    assert levels(sender) == {}


def test_server_that_lets_us_in(mail: Any):
    with smtp_server(b"235 welcome\r\n") as mail.EMAIL_PORT:
        assert levels(server) == {"mail.server": "ok"}


def test_server_that_refuses_our_password_is_not_quoted(mail: Any):
    with smtp_server(b"535 no " + PASSWORD.encode() + b"\r\n") as mail.EMAIL_PORT:
        finding = said(server, "mail.server")

    assert finding.level == "error"
    assert "SMTPAuthenticationError 535" in finding.text
    assert PASSWORD not in finding.text


def test_password_that_smtp_cannot_carry_is_not_quoted(mail: Any):
    mail.EMAIL_HOST_PASSWORD = "pässword"
    with smtp_server(b"") as mail.EMAIL_PORT:
        finding = said(server, "mail.server")

    assert finding.level == "error"
    assert finding.text.endswith("does not take us: UnicodeEncodeError")


def test_host_that_cannot_be_one(mail: Any):
    mail.EMAIL_HOST = "mail..school"

    assert levels(server) == {"mail.server": "error"}


def test_server_that_is_away(mail: Any):
    mail.EMAIL_PORT = refusing_port()

    assert levels(server) == {"mail.server": "error"}


def test_server_that_says_nothing(mail: Any):
    with silent_port() as mail.EMAIL_PORT:
        assert levels(server) == {"mail.server": "error"}


def test_folder_for_mail(mail: Any, tmp_path: Path):
    mail.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    mail.EMAIL_FILE_PATH = str(tmp_path / "mail")

    assert levels(server) == {"mail.server": "ok"}


@pytest.mark.parametrize(
    ("address", "level"),
    [
        ("school@school.example", "ok"),
        ("三中 <school@school.example>", "ok"),
        ("no-reply@127.0.0.1", "warning"),
        ("no-reply@localhost", "warning"),
        ("school", "warning"),
    ],
)
def test_sender_that_mail_servers_take(mail: Any, address: str, level: str):
    mail.DEFAULT_FROM_EMAIL = address

    assert levels(sender) == {"mail.sender": level}
