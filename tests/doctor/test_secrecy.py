from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from edu_platform.doctor.broker import broker
from edu_platform.doctor.findings import Finding, check, error
from edu_platform.doctor.running import run_checks
from edu_platform.doctor.workers import waiting

PASSWORD = "the-p@ssword"
IN_URL = "the-p%40ssword"


@pytest.fixture
def repeating_redis(settings: Any) -> Iterator[None]:
    """A Redis whose AUTH has another name: it repeats what follows a command that it does not know."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        settings.REDIS_URL = f"redis://:{IN_URL}@127.0.0.1:{listener.getsockname()[1]}/0"
        thread = threading.Thread(target=_answer, args=(listener,))
        thread.start()
        yield
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def _answer(listener: socket.socket) -> None:
    while True:
        try:
            caller, _address = listener.accept()
        except OSError:  # the test is over
            return
        with caller, caller.makefile("rb") as lines:
            for line in lines:
                if line.strip() == PASSWORD.encode():
                    told = f"-ERR unknown command 'AUTH', with args beginning with: '{PASSWORD}'"
                    caller.sendall(f"{told}\r\n".encode())


def test_server_that_repeats_our_password_is_not_quoted(repeating_redis: None):
    found = run_checks([broker, waiting("events")], within_s=10)

    assert [finding.level for finding in found] == ["error", "error"]
    for finding in found:
        assert "unknown command 'AUTH'" in finding.text
        assert PASSWORD not in finding.text


def test_no_secret_of_the_settings_is_told(settings: Any, monkeypatch: pytest.MonkeyPatch):
    settings.SECRET_KEY = "key-of-ours"
    settings.LCIC_SECRET_KEY = "key-of-the-cloud"
    settings.LCIC_CALLBACK_KEY = ["callback", "callback-and-more"]
    settings.LCIC_VOD_KEY = "videokey"
    settings.OIDC_CLIENT_SECRET = "client-word"
    settings.HANDOVER_KEYS = {"portal": {"alg": "HS256", "key": "portal-word", "iss": "portal"}}
    settings.METRICS_TOKEN = "figures-word"
    settings.EMAIL_HOST_PASSWORD = "mail-word"
    settings.REDIS_URL = f"redis://:{IN_URL}@127.0.0.1/0"
    monkeypatch.setitem(settings.DATABASES["default"], "PASSWORD", "row-word")
    settings.STORAGES = settings.STORAGES | {"default": {"OPTIONS": {"secret_key": "file-word"}}}
    told = (
        "1key-of-ours 2key-of-the-cloud 3callback 4callback-and-more 5videokey 6mail-word"
        f" 7{IN_URL} 8{PASSWORD} 9row-word 10file-word"
        " 11client-word 12portal-word 13figures-word"
    )

    @check("line.one")
    def quoting() -> Iterator[Finding]:
        yield error("line.one", told, told)

    (finding,) = run_checks([quoting], within_s=10)

    assert finding.text == finding.advice == " ".join(f"{number}…" for number in range(1, 14))


def test_word_too_short_to_be_told_apart_blots_nothing_out(settings: Any):
    settings.EMAIL_HOST_PASSWORD = "a"

    @check("line.one")
    def saying() -> Iterator[Finding]:
        yield error("line.one", "a day", "")

    assert run_checks([saying], within_s=10)[0].text == "a day"
