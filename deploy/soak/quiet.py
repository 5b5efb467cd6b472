"""The time after the faults: hours go by in minutes, until nothing is left to do.

The clocks of platform and cloud are set ahead together, and their processes are restarted. So leases and back-offs
run out, what is asked for again after a day is asked for, and nightly tasks run.
"""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Iterator
from typing import cast

import psycopg2
import redis
import requests
from celery import Celery

from deploy.soak.stack import Stack
from edu_platform.beat_schedule import BEAT_SCHEDULE

MINUTE_S = 60
HOUR_S = 60 * MINUTE_S
# Beyond the longest lease and the broker's visibility timeout, after which it gives a dead worker's tasks to
# another; then beyond what is asked for again after two hours, and after a day.
STEPS_S = (20 * MINUTE_S, 3 * HOUR_S, 30 * HOUR_S)
IDLE_WITHIN_S = 420
LOOK_EVERY_S = 0.3
# A callback that is tried again that soon is waited for.
RETRY_WITHIN = dt.timedelta(minutes=1)
QUEUES = ("celery", "events")
DUE_ROWS = re.compile(r'^edu_due_rows\{kind="(\w+)"\} (\S+)$', re.MULTILINE)


class NotQuiet(Exception):
    """Work was left when the time was over; the text says which."""


def untold_action_ids(stack: Stack) -> list[int]:
    """The planning actions that nobody has been told of yet."""
    rows = stack.query_database(
        "SELECT id FROM schedule_planningaction WHERE due_at IS NOT NULL ORDER BY id"
    )
    return [cast("int", pk) for (pk,) in rows]


def let_time_pass(stack: Stack, steps_s: tuple[int, ...] = STEPS_S) -> int:
    """Set the clocks ahead by each step and wait for the end of all work; return how far ahead they are then.

    Raises:
        NotQuiet: after one of the steps there was no end of work.
    """
    for offset_s in steps_s:
        stack.stop_all()
        stack.start_all(clock_offset_s=offset_s)
        _settle(stack, offset_s)
    return steps_s[-1]


def _settle(stack: Stack, offset_s: int) -> None:
    deadline = time.monotonic() + IDLE_WITHIN_S
    while True:
        _send_all_tasks(stack)
        while not _is_idle(stack) and time.monotonic() < deadline:
            time.sleep(LOOK_EVERY_S)
        left = list(_left(stack, offset_s))
        if not left:
            return
        if time.monotonic() > deadline:
            raise NotQuiet(f"{offset_s} s later: {', '.join(left)}")
        time.sleep(LOOK_EVERY_S)


def _send_all_tasks(stack: Stack) -> None:
    """Send all that beat ever sends, whether or not it is the time for it."""
    with Celery(broker=stack.valkey.url) as queue:
        for name in BEAT_SCHEDULE:
            queue.send_task(name)


def _is_idle(stack: Stack) -> bool:
    """Tell whether no task waits or runs: the broker keeps those that run as unacknowledged."""
    with redis.Redis.from_url(stack.valkey.url) as broker:
        return not any(map(broker.llen, QUEUES)) and not broker.hlen("unacked")


def _left(stack: Stack, offset_s: int) -> Iterator[str]:
    """Say in words what is due and not done."""
    try:
        yield from _due(stack)
    except requests.RequestException as error:
        yield f"no figures ({type(error).__name__})"
    at = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=offset_s)
    try:
        yield from _waiting_in_database(stack, at)
    except psycopg2.Error as error:
        yield f"no database ({type(error).__name__})"
    if stack.cloud.is_busy():
        yield "the cloud is busy"


def _due(stack: Stack) -> Iterator[str]:
    token = {"Authorization": f"Bearer {stack.metrics_token}"}
    answer = requests.get(f"{stack.site}/metrics", headers=token, timeout=30)
    answer.raise_for_status()
    kinds = DUE_ROWS.findall(answer.text)
    if not kinds:
        yield "no figures of due work"
    yield from (f"{kind}: {float(count):.0f} due" for kind, count in kinds if float(count))


def _waiting_in_database(stack: Stack, at: dt.datetime) -> Iterator[str]:
    ((count,),) = stack.query_database(
        "SELECT count(*) FROM classroom_callbackevent"
        " WHERE state = 'waiting' AND (due_at IS NULL OR due_at <= %s)",
        at + RETRY_WITHIN,
    )
    if count:
        yield f"{count} callbacks wait"
    tables = stack.query_database(
        "SELECT table_name FROM information_schema.columns WHERE column_name = 'leased_until'"
    )
    for (table,) in tables:
        ((count,),) = stack.query_database(
            f"SELECT count(*) FROM {table} WHERE leased_until > %s",  # noqa: S608 -- names of the database's own
            at,
        )
        if count:
            yield f"{table}: {count} leased"
