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
# Who wants a task sooner than this before the message that is on its way sends one more.
MUCH_SOONER = dt.timedelta(seconds=2)
NO_TIME = dt.timedelta()
# The clock's own turn comes for what is due later.
SOON = dt.timedelta(seconds=10)


def set_mark(name: str, holds: dt.timedelta) -> bool:
    """Set a mark that stands for so long from now on; return whether it is a new one. False while Redis does not answer."""
    return _run(name, "set", holds) == 0


def stands(name: str) -> bool:
    """Return whether a mark stands; False while Redis does not answer."""
    return _run(name, "look", NO_TIME) == 1


def go_on_in(task: str, wait: dt.timedelta) -> None:
    """Send a task once more after a moment; of several processes that want it soon, one sends it."""
    if _run(_next(task), "once", wait + SPARE) == 0:
        send_in_background(task, delay_s=max(wait.total_seconds(), 0.0))


def begin_turn(task: str) -> None:
    """Note that a message of a task has been taken up, so that the next one may be sent.

    The mark of another message that is still to come is left, so that messages do not become more and more.
    """
    _run(_next(task), "end", SPARE)


def _next(task: str) -> str:
    return f"next:{task}"


def _run(name: str, act: str, holds: dt.timedelta) -> int | None:
    arguments: list[str | int] = [_ms(holds), act, _ms(MUCH_SOONER)]
    was_set: int | None = _script(settings.REDIS_URL).run([f"presence:{name}"], arguments)
    return was_set


def _ms(length: dt.timedelta) -> int:
    return round(length.total_seconds() * 1000)


@cache
def _script(redis_url: str) -> RedisScript:
    return RedisScript(redis_url, Path(__file__).with_suffix(".lua"), logger)
