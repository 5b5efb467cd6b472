"""A process keeps its connections to PostgreSQL, and opens no more than it may."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator

import psycopg2
import pytest
from django.conf import settings
from django.db import OperationalError, connection

from accounts.models import User
from edu_platform.postgresql import base
from tests.factories.accounts import UserFactory
from tests.support.threads import all_at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def two_connections(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no server that refuses connections")
    connection.close()
    monkeypatch.setattr(base, "_pools", {})
    monkeypatch.setattr(settings, "DATABASE_CONNECTIONS_AT_MOST", 2)
    monkeypatch.setattr(base, "WAIT_AT_MOST_S", 5.0)
    yield
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined] # of this engine


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


def test_thread_that_gets_none_in_time_is_told(monkeypatch: pytest.MonkeyPatch):
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


def backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def end(backend_pid: int) -> None:
    """End a connection from the server's side, and wait until it is gone."""
    with psycopg2.connect(**connection.get_connection_params()) as other, other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [backend_pid])
        assert cursor.fetchone() == (True,)
    other.close()


def test_connection_is_kept_for_the_next_request():
    first = backend()
    connection.close()

    assert backend() == first


def test_uncommitted_work_is_rolled_back_when_a_connection_is_given_back():
    connection.set_autocommit(False)
    person = UserFactory.create()
    first = backend()
    connection.close()

    assert backend() == first
    assert not User.objects.filter(pk=person.pk).exists()


def test_connection_that_the_server_ended_is_replaced_unseen():
    first = backend()
    connection.close()
    end(first)

    assert backend() != first


def test_connection_that_ends_in_use_fails_once():
    first = backend()
    end(first)
    with pytest.raises(OperationalError):
        backend()
    connection.close()

    assert backend() != first


def test_no_connection_is_lost_when_many_end_in_use():
    for _ in range(3):
        end(backend())
        with pytest.raises(OperationalError):
            backend()
        connection.close()

    assert backend()


def test_old_connection_is_replaced():
    first = backend()
    connection.connection.opened_at_s -= base.CONNECTION_AGE_S
    connection.close()

    assert backend() != first


def test_forked_process_opens_its_own():
    first = backend()
    connection.close()
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.write(write, str(backend()).encode())
        os._exit(0)
    os.waitpid(child, 0)

    assert int(os.read(read, 20)) != first
    assert backend() == first


def test_closing_twice_gives_one_back():
    def work(_number: int) -> None:
        connect()
        connection.close()
        connection.close()
        connect()

    all_at_once(work, range(1))
    all_at_once(work, range(1))


def test_connection_that_fails_counts_as_none(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(connection.settings_dict, "PORT", "1")
    for _ in range(3):
        with pytest.raises(OperationalError, match="refused"):
            connect()


def test_what_an_operator_asks_of_the_server_reaches_each_connection(
    monkeypatch: pytest.MonkeyPatch,
):
    """`docs/upgrading.md` bounds by it how long a migration waits for a lock."""
    monkeypatch.setenv("PGOPTIONS", "-c lock_timeout=5s")

    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("5s",)
