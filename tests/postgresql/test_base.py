"""A process opens no more connections to PostgreSQL than it may, however many threads work at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from django.db import OperationalError, connection

from edu_platform.postgresql import base
from tests.support.threads import all_at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def two_places(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no server that refuses connections")
    connection.close()
    monkeypatch.setattr(base, "_places", threading.BoundedSemaphore(2))
    monkeypatch.setattr(base, "WAIT_AT_MOST_S", 5.0)
    yield
    connection.close()  # before its place is one of the others again


def connect() -> None:
    connection.ensure_connection()


def test_threads_too_many_wait_for_a_connection():
    connected: set[int] = set()
    most = []

    def work(number: int) -> None:
        connect()
        connected.add(number)
        most.append(len(connected))
        time.sleep(0.05)
        connected.discard(number)
        connection.close()

    all_at_once(work, range(8))

    assert len(most) == 8
    assert max(most) == 2


def test_who_waits_in_vain_is_told(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(base, "WAIT_AT_MOST_S", 0.05)
    gate = threading.Barrier(3)

    def work(_number: int) -> bool:
        try:
            connect()
        except OperationalError:
            return False
        finally:
            gate.wait(timeout=5)
        return True

    assert sorted(all_at_once(work, range(3))) == [False, True, True]


def test_closing_twice_gives_one_place_back():
    def work(_number: int) -> None:
        connect()
        connection.close()
        connection.close()
        connect()

    all_at_once(work, range(1))
    all_at_once(work, range(1))


def test_connection_that_fails_takes_no_place(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(connection.settings_dict, "PORT", "1")
    for _ in range(3):
        with pytest.raises(OperationalError, match="refused"):
            connect()
