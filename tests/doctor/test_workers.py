from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
import redis
from django.core.cache import cache
from django.utils import timezone

from edu_platform import heartbeat
from edu_platform.doctor import workers
from edu_platform.doctor.workers import SLOW_AFTER, STUCK_AFTER, answers, beat, waiting
from edu_platform.queues import SENT_AT
from edu_platform.tasks import answer_doctor
from tests.support.doctor import levels, said
from tests.support.peers import refusing_port

SECOND = dt.timedelta(seconds=1)


class TestBeat:
    pytestmark = pytest.mark.django_db

    def test_never_ran(self):
        assert levels(beat) == {"beat.heartbeat": "error"}

    @pytest.mark.parametrize(
        ("ago", "level"),
        [(SECOND, "ok"), (heartbeat.SILENT_AFTER + 5 * SECOND, "error")],
    )
    def test_last_ran(self, ago: dt.timedelta, level: str):
        heartbeat.record_heartbeat(timezone.now() - ago)

        assert levels(beat) == {"beat.heartbeat": level}


@pytest.mark.processes
class TestQueues:
    def wait_since(self, url: str, ago: dt.timedelta) -> None:
        message = {"headers": {SENT_AT: (timezone.now() - ago).timestamp()}}
        with redis.Redis.from_url(url) as server:
            server.lpush("events", json.dumps(message))

    def test_nothing_waits(self, valkey: str):
        assert levels(waiting("events")) == {"queues.events": "ok"}

    @pytest.mark.parametrize(
        ("ago", "level"),
        [
            (SECOND, "ok"),
            (SLOW_AFTER + SECOND, "warning"),
            (STUCK_AFTER + SECOND, "error"),
        ],
    )
    def test_oldest_counts(self, valkey: str, ago: dt.timedelta, level: str):
        self.wait_since(valkey, ago)
        self.wait_since(valkey, SECOND)

        finding = said(waiting("events"), "queues.events")

        assert finding.level == level
        assert "2" in finding.text


def test_queue_that_nobody_can_see(settings: Any):
    settings.REDIS_URL = f"redis://127.0.0.1:{refusing_port()}/0"

    assert levels(waiting("celery")) == {"queues.celery": "error"}


@pytest.mark.django_db
class TestAnswers:
    @pytest.mark.only_on_sqlite("nobody listens where the broker would be")
    def test_broker_that_takes_nothing(self):
        finding = said(answers("events"), "workers.events")

        assert finding.level == "error"
        assert finding.text.startswith("No task can be sent")

    def test_nobody_works(self, monkeypatch: Any):
        monkeypatch.setattr(workers, "ANSWER_WITHIN_S", 0.2)
        monkeypatch.setattr(answer_doctor, "apply_async", lambda **_how: None)

        finding = said(answers("events"), "workers.events")

        assert finding.level == "error"
        assert "events" in finding.text

    def test_answer_is_found_in_the_database_and_taken_away(self, monkeypatch: Any):
        sent = []

        def do_now(*, kwargs: dict[str, str], **how: Any) -> None:
            sent.append((kwargs["nonce"], how["queue"]))
            answer_doctor(**kwargs)

        monkeypatch.setattr(answer_doctor, "apply_async", do_now)

        assert levels(answers("celery")) == {"workers.celery": "ok"}
        ((nonce, queue),) = sent
        assert queue == "celery"
        assert cache.get(f"doctor:{nonce}") is None
