from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
import redis

from edu_platform.queues import CLOCK_QUEUE, EVENT_QUEUE, state_of
from tests.support.tasks import send_task

pytestmark = pytest.mark.processes


@pytest.fixture
def server(valkey: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(valkey) as client:
        yield client


def send(broker_url: str, queue: str) -> None:
    send_task(broker_url, "edu_platform.record_heartbeat", queue=queue)


def test_queue_in_which_nothing_waits(server: redis.Redis):
    state = state_of(server, CLOCK_QUEUE)

    assert (state.waiting, state.oldest_sent_at) == (0, None)


def test_oldest_message_says_when_it_was_sent(server: redis.Redis, valkey: str):
    before_s = time.time()
    send(valkey, EVENT_QUEUE)
    between_s = time.time()
    send(valkey, EVENT_QUEUE)

    state = state_of(server, EVENT_QUEUE)

    assert state.waiting == 2
    assert state.oldest_sent_at is not None
    assert before_s <= state.oldest_sent_at.timestamp() <= between_s
    assert state_of(server, CLOCK_QUEUE).waiting == 0


@pytest.mark.parametrize("message", ["{}", "no JSON", '{"headers": {}}', "[]"])
def test_message_of_another_program_only_counts(server: redis.Redis, message: str):
    server.lpush(CLOCK_QUEUE, message)

    state = state_of(server, CLOCK_QUEUE)

    assert (state.waiting, state.oldest_sent_at) == (1, None)
