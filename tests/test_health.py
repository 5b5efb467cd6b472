from __future__ import annotations

import time
from typing import Any

import pytest
import requests
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from tests.support.peers import refusing_port, silent_port, unreachable_port
from tests.support.site import Processes

HEALTH_PATHS = ("/healthz", "/readyz")


@pytest.fixture
def broker_down(settings: Any) -> None:
    settings.REDIS_URL = f"redis://127.0.0.1:{refusing_port()}/0"


class TestAlive:
    def test_needs_no_database_and_no_broker(self, broker_down: None):
        answer = Client().get("/healthz")

        assert answer.status_code == 200
        assert answer.json() == {"status": "ok"}

    @pytest.mark.parametrize("method", ["get", "head", "post"])
    def test_answers_any_method(self, method: str):
        assert getattr(Client(enforce_csrf_checks=True), method)("/healthz").status_code == 200

    def test_makes_no_session(self):
        assert Client().get("/healthz").cookies == {}


class TestReady:
    @pytest.mark.django_db
    @pytest.mark.processes
    def test_all_is_well(self, valkey: str):
        answer = Client().get("/readyz")

        assert answer.status_code == 200
        assert answer.json() == {"status": "ok", "database": "ok", "broker": "ok"}

    @pytest.mark.both_databases("what is asked of a database that is there")
    @pytest.mark.django_db
    def test_broker_that_is_down_is_told_and_does_not_take_the_site_away(self, broker_down: None):
        answer = Client().get("/readyz")

        assert answer.status_code == 200
        assert answer.json() == {"status": "degraded", "database": "ok", "broker": "unreachable"}

    @pytest.mark.django_db
    @pytest.mark.parametrize("peer", [silent_port, unreachable_port])
    def test_broker_that_hangs_is_not_waited_for(self, settings: Any, peer: Any):
        with peer() as port:
            settings.REDIS_URL = f"redis://127.0.0.1:{port}/0"
            started = time.monotonic()

            answer = Client().get("/readyz")

        assert answer.json()["status"] == "degraded"
        assert time.monotonic() - started < 10  # it would be waited for without an end

    @pytest.mark.django_db
    def test_missing_migration_is_down(self, monkeypatch: pytest.MonkeyPatch):
        applied = MigrationRecorder(connection).applied_migrations()
        applied.popitem()
        monkeypatch.setattr(MigrationRecorder, "applied_migrations", lambda _recorder: applied)

        answer = Client().get("/readyz")

        assert answer.status_code == 503
        assert answer.json() == {"status": "down", "database": "migrations missing"}

    @pytest.mark.django_db
    def test_database_that_is_away_is_down(self, monkeypatch: pytest.MonkeyPatch):
        def refuse(*_args: object) -> None:
            raise OperationalError("no such host: secret.db.example")

        monkeypatch.setattr(connection, "cursor", refuse)

        answer = Client().get("/readyz")

        assert answer.status_code == 503
        assert answer.json() == {"status": "down", "database": "unreachable"}

    @pytest.mark.both_databases("what is asked of a database that is there")
    @pytest.mark.django_db(transaction=True)
    def test_connection_is_given_back(self, broker_down: None):
        Client().get("/readyz")

        assert connection.connection is None

    @pytest.mark.processes
    def test_site_whose_database_is_away_says_so(self, processes: Processes):
        database = f"postgres://nobody@127.0.0.1:{refusing_port()}/nothing"
        url = f"http://127.0.0.1:{refusing_port()}"
        web = processes.start(
            "web",
            PORT=url.rpartition(":")[2],
            PUBLIC_BASE_URL=url,
            DATABASE_URL=database,
            WEB_CONCURRENCY="1",
        )
        web.wait_until(lambda: _answers(f"{url}/healthz"))

        answer = requests.get(f"{url}/readyz", timeout=10)

        assert answer.status_code == 503
        assert answer.json() == {"status": "down", "database": "unreachable"}
        assert requests.get(f"{url}/healthz", timeout=10).status_code == 200


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).ok
    except (requests.ConnectionError, requests.Timeout):
        return False


@pytest.mark.django_db
class TestAnyAsker:
    @pytest.mark.parametrize("path", HEALTH_PATHS)
    @pytest.mark.parametrize("host", ["evil.example", "10.0.0.7:8000", "-", "a_b"])
    def test_any_host_may_ask(self, broker_down: None, path: str, host: str):
        assert Client().get(path, headers={"Host": host}).status_code == 200

    @pytest.mark.parametrize("path", HEALTH_PATHS)
    def test_nobody_is_sent_to_https(self, broker_down: None, settings: Any, path: str):
        settings.SECURE_SSL_REDIRECT = True

        assert Client().get(path).status_code == 200
        assert Client().get("/accounts/login/").status_code == 301

    def test_other_pages_take_no_foreign_host(self):
        answer = Client(raise_request_exception=False).get(
            "/accounts/login/", headers={"Host": "evil.example"}
        )

        assert answer.status_code == 400
