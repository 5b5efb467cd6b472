"""Scripts on the platform's Redis, for people who wait: it answers soon, or is left alone for a while."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import redis

from edu_platform.lib.redis_clients import client_without_retries

TIMEOUT_S = 0.3
# After a failure it is left alone this long: not everybody should wait for a dead server.
REST_S = 5.0


class RedisScript:
    """A script in Lua, which Redis runs as one step; it may be lost at any time, and its data with it."""

    def __init__(self, redis_url: str, path: Path, logger: logging.Logger) -> None:
        self.client = client_without_retries(redis_url, TIMEOUT_S)
        self._run = self.client.register_script(path.read_text(encoding="utf-8"))
        self._logger = logger
        self._rests_until = 0.0

    def run(self, keys: Sequence[str], words: Sequence[str | int]) -> Any:
        """Return what the script answers; None while Redis does not."""
        if time.monotonic() < self._rests_until:
            return None
        try:
            return self._run(keys=keys, args=words)
        except redis.RedisError as err:
            self._rests_until = time.monotonic() + REST_S
            self._logger.warning("Redis does not answer, going on without: %s", err)
            return None
