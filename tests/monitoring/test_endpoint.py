from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from edu_platform.lib import process_counts
from edu_platform.monitoring import endpoint
from tests.monitoring.figures import HEADERS, TOKEN, scraped, value_of
from tests.support.peers import refusing_port

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _with_token(settings: Any) -> None:
    settings.METRICS_TOKEN = TOKEN
    settings.REDIS_URL = f"redis://127.0.0.1:{refusing_port()}/0"


class TestWhoMayAsk:
    @pytest.mark.parametrize(
        "given", [None, "", "Bearer ", "Bearer wrong", TOKEN, f"Basic {TOKEN}", "Bearer schlüssel"]
    )
    def test_nobody_without_the_token(self, given: str | None):
        headers = {} if given is None else {"Authorization": given}

        answer = Client().get("/metrics", headers=headers)

        assert (answer.status_code, answer.content) == (404, b"404\n")

    def test_nobody_while_there_is_none(self, settings: Any):
        settings.METRICS_TOKEN = ""

        assert Client().get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404

    def test_any_host_and_nobody_is_sent_to_https(self, settings: Any):
        settings.SECURE_SSL_REDIRECT = True

        answer = Client().get("/metrics", headers={**HEADERS, "Host": "10.0.0.7:8000"})

        assert answer.status_code == 200
        assert answer["Content-Type"].startswith("text/plain; version=")


def test_database_that_is_away_is_told_and_all_else_is_there(monkeypatch: pytest.MonkeyPatch):
    def fail() -> None:
        raise OperationalError("no such host")

    monkeypatch.setattr(endpoint, "school_figures", fail)

    families = scraped()

    assert value_of(families, "edu_database_up") == 0
    assert value_of(families, "edu_broker_up") == 0
    assert "edu_heartbeat_age_seconds" not in families


def test_counts_have_their_process(client: Client):
    client.get("/accounts/login/")

    found = scraped()["django_http_responses_total_by_status_total"]

    assert {sample.labels["process"] for sample in found.samples} == {"web"}


@pytest.mark.parametrize(
    "broken", [b"ab", struct.pack("ii", 64, 0) + struct.pack("i", 99) + b"x" * 52]
)
def test_counts_that_cannot_be_read_cost_nothing_else(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: bytes
):
    folder = tmp_path / "web@a@1"
    folder.mkdir()
    (folder / "counter_1.db").write_bytes(broken)
    settings.METRICS_DIR = str(tmp_path)
    monkeypatch.setenv(process_counts.VARIABLE, str(folder))

    families = scraped()

    assert value_of(families, "edu_database_up") == 1
    assert "django_http_requests_before_middlewares_total" not in families
