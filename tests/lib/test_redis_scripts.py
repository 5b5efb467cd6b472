from __future__ import annotations

import gc
import logging
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from edu_platform.lib.redis_scripts import RedisScript

pytestmark = pytest.mark.processes


@pytest.fixture
def no_garbage_collection() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_garbage_collection")
def test_connections_are_closed_with_the_script(valkey: str, tmp_path: Path):
    path = tmp_path / "one.lua"
    path.write_text("return 1", encoding="utf-8")
    script = RedisScript(valkey, path, logging.getLogger(__name__))
    assert script.run([], []) == 1
    opened = script.client.client_id()
    with redis.Redis.from_url(valkey) as others:
        assert opened in connections_of(others)

        del script

        while opened in connections_of(others):
            time.sleep(0.01)


def connections_of(server: redis.Redis) -> set[int]:
    return {int(connection["id"]) for connection in server.client_list()}
