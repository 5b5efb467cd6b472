from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from deploy.services.valkey import Valkey
from edu_platform.doctor.broker import broker, check_memory, check_persistence
from edu_platform.doctor.workers import waiting
from edu_platform.lib.formatting import MIB
from tests.support.doctor import levels, said
from tests.support.peers import refusing_port, silent_port


@pytest.mark.parametrize("durable", [True, False])
@pytest.mark.processes
def test_what_waits_is_kept_by_an_append_only_file(settings: Any, tmp_path: Path, durable: bool):
    server = Valkey(tmp_path, durable=durable)
    settings.REDIS_URL = server.url
    try:
        assert levels(broker) == {
            "broker.connection": "ok",
            "broker.persistence": "ok" if durable else "warning",
            "broker.memory": "ok",
        }
        with redis.Redis.from_url(server.url) as client:
            assert client.keys("*") == []
    finally:
        server.stop()


def test_server_that_is_away(settings: Any):
    settings.REDIS_URL = f"redis://user:the-password@127.0.0.1:{refusing_port()}/0"

    finding = said(broker, "broker.connection")

    assert finding.level == "error"
    assert "the-password" not in finding.text


@pytest.mark.parametrize("place", ["redis..school:6379/0", "127.0.0.1:6379/0?db=first"])
def test_address_that_cannot_be_one(settings: Any, place: str):
    settings.REDIS_URL = f"redis://{place}"

    for look, line in ((broker, "broker.connection"), (waiting("events"), "queues.events")):
        assert levels(look) == {line: "error"}


def test_server_that_hangs(settings: Any):
    with silent_port() as port:
        settings.REDIS_URL = f"redis://127.0.0.1:{port}/0"

        assert levels(broker) == {"broker.connection": "error"}


@pytest.mark.processes
class TestRefusingServer:
    @pytest.fixture
    def own(self, settings: Any, tmp_path: Path) -> Iterator[redis.Redis]:
        server = Valkey(tmp_path, durable=False)
        settings.REDIS_URL = server.url
        with redis.Redis.from_url(server.url) as client:
            yield client
        server.stop()

    def test_full_memory(self, own: redis.Redis):
        own.config_set("maxmemory", 1)

        assert levels(broker) == {"broker.connection": "error"}

    def test_messages_that_would_be_thrown_away(self, own: redis.Redis):
        own.config_set("maxmemory", 100 * MIB)
        own.config_set("maxmemory-policy", "allkeys-lru")

        assert levels(broker)["broker.memory"] == "warning"


def test_memory_that_is_nearly_full():
    assert check_memory({"maxmemory": 100, "used_memory": 91}).level == "warning"
    assert check_memory({"maxmemory": 100, "used_memory": 89}).level == "ok"
    assert check_memory({"maxmemory": 0, "used_memory": 89}).level == "ok"


def test_append_only_file_that_cannot_be_written():
    assert check_persistence({"aof_enabled": 1, "aof_last_write_status": "err"}).level == "warning"
    assert check_persistence({"aof_enabled": 1, "aof_last_write_status": "ok"}).level == "ok"
