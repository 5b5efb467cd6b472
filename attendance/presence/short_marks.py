"""Marks in Redis that stand for a short while, for all processes: that a board is open, that a task is on its way."""

from __future__ import annotations

import datetime as dt
import logging
from functools import cache
from pathlib import Path

from django.conf import settings

from edu_platform.lib.queueing import send_in_background
from edu_platform.lib.redis_scripts import RedisScript

logger = logging.getLogger(__name__)

# A message that is sent for a moment from now has been taken up by then, or is lost.
SPARE = dt.timedelta(seconds=1)


def set_mark(name: str, holds: dt.timedelta) -> bool:
    """Have a mark stand for so long from now on; return whether it is a new one. False while Redis does not answer."""
    return _run(name, holds) == 0


def set_once(name: str, holds: dt.timedelta) -> bool:
    """Set a mark unless it stands; return whether it did not."""
    return _run(name, holds, is_kept=True) == 0


def stands(name: str) -> bool:
    """Return whether a mark stands; False while Redis does not answer."""
    return _run(name, dt.timedelta()) == 1


def go_on_in(task: str, wait: dt.timedelta) -> None:
    """Have a task run once more after a moment; of several processes that want it soon, one sends it."""
    if set_once(f"next:{task}", wait + SPARE):
        send_in_background(task, delay_s=max(wait.total_seconds(), 0.0))


def begin_turn(task: str) -> None:
    """Note that a message of a task has been taken up, so that the next one may be sent."""
    _script(settings.REDIS_URL).run(_keys(f"next:{task}"), [1, 0])


def _run(name: str, holds: dt.timedelta, *, is_kept: bool = False) -> int | None:
    holds_ms = round(holds.total_seconds() * 1000)
    stood: int | None = _script(settings.REDIS_URL).run(_keys(name), [holds_ms, int(is_kept)])
    return stood


def _keys(name: str) -> list[str]:
    return [f"presence:{name}"]


@cache
def _script(redis_url: str) -> RedisScript:
    return RedisScript(redis_url, Path(__file__).with_suffix(".lua"), logger)
