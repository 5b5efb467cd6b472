from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis
from celery import Celery, Task
from celery.exceptions import NotRegistered
from django.conf import settings as django_settings
from django.db import transaction

from edu_platform.lib import queueing
from edu_platform.lib.queueing import enqueue_on_commit, send_gathered
from tests.classroom.conftest import wait_for_sender
from tests.support.peers import refusing_port, silent_port, unreachable_port
from tests.support.threads import all_at_once

pytestmark = pytest.mark.django_db(transaction=True)

TaskOfBroker = Callable[[str], str]


@pytest.fixture
def task_of(monkeypatch: pytest.MonkeyPatch) -> Iterator[TaskOfBroker]:
    """The name of a task of an application like ours on another broker: `task_of(url)`."""
    apps: list[Celery] = []

    def make(broker_url: str) -> str:
        app = Celery("tests", set_as_current=False)
        app.config_from_object(django_settings, namespace="CELERY")
        app.conf.update(broker_url=broker_url)
        apps.append(app)

        @app.task(name="tests.work", shared=False)
        def work(**_arguments: object) -> None:
            pass

        monkeypatch.setattr(queueing, "current_app", app)
        return str(work.name)

    yield make
    for app in apps:
        app.close()


@pytest.fixture(autouse=True)
def rested(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever failed before, the broker is tried."""
    wait_for_sender()
    monkeypatch.setattr(queueing, "_rest_ends_at", 0.0)


class Sendings:
    """The arguments with which the tasks of this test were sent."""

    def __init__(self) -> None:
        self._calls: list[dict[str, object]] = []

    def note(self, *, kwargs: dict[str, object], countdown: float, retry: bool) -> None:
        assert (countdown, retry) == (0.0, False)
        self._calls.append(kwargs)

    @property
    def calls(self) -> list[dict[str, object]]:
        wait_for_sender()
        return self._calls


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sendings:
    sendings = Sendings()
    monkeypatch.setattr(Task, "apply_async", sendings.note)
    return sendings


@pytest.fixture
def task(task_of: TaskOfBroker) -> str:
    return task_of(f"redis://127.0.0.1:{refusing_port()}/0")


class TestOnCommit:
    def test_sends_at_once_outside_a_transaction(self, task: str, sent: Sendings):
        enqueue_on_commit(task, number=1)

        assert sent.calls == [{"number": 1}]

    def test_waits_for_the_commit(self, task: str, sent: Sendings):
        with transaction.atomic():
            enqueue_on_commit(task, number=1)
            assert sent.calls == []

        assert sent.calls == [{"number": 1}]

    def test_sends_nothing_after_a_rollback(self, task: str, sent: Sendings):
        with transaction.atomic():
            enqueue_on_commit(task)
            transaction.set_rollback(True)

        assert sent.calls == []

    def test_sends_the_same_once(self, task: str, sent: Sendings):
        with transaction.atomic():
            for _ in range(3):
                enqueue_on_commit(task, number=1)
            enqueue_on_commit(task, number=2)
            with transaction.atomic():
                enqueue_on_commit(task, number=1)

        assert sent.calls == [{"number": 1}, {"number": 2}]

    def test_sends_again_in_the_next_transaction(self, task: str, sent: Sendings):
        for _ in range(2):
            with transaction.atomic():
                enqueue_on_commit(task)

        assert sent.calls == [{}, {}]

    def test_rolled_back_part_does_not_take_the_task_of_the_rest_along(
        self, task: str, sent: Sendings
    ):
        with transaction.atomic():
            with transaction.atomic():
                enqueue_on_commit(task)
                transaction.set_rollback(True)
            enqueue_on_commit(task)

        assert sent.calls == [{}]


class TestGathered:
    def test_first_is_sent_by_itself(self, task: str, sent: Sendings):
        send_gathered(task, number=1)

        assert sent.calls == [{"number": 1}]

    def test_those_that_come_while_a_message_is_sent_go_in_one(
        self, task: str, monkeypatch: pytest.MonkeyPatch
    ):
        first_is_going, others_are_there = threading.Event(), threading.Event()
        calls: list[dict[str, Any]] = []

        def send(_task: object, *, kwargs: dict[str, Any], **_options: object) -> None:
            calls.append(kwargs)
            first_is_going.set()
            assert others_are_there.wait(timeout=30)

        monkeypatch.setattr(Task, "apply_async", send)
        send_gathered(task, number=1)
        assert first_is_going.wait(timeout=30)
        all_at_once(lambda number: send_gathered(task, number=number), range(2, 102))
        others_are_there.set()
        wait_for_sender()

        assert calls[0] == {"number": 1}
        ((first, others),) = [(call["number"], call["others"]) for call in calls[1:]]
        assert sorted([first, *others]) == list(range(2, 102))

    def test_task_that_nobody_has_is_told_at_once(self, task: str):
        with pytest.raises(NotRegistered):
            send_gathered("tests.nothing", number=1)


class TestBrokerDown:
    def assert_is_only_logged(
        self, task: str, caplog: pytest.LogCaptureFixture, *, within_s: float
    ) -> None:
        started = time.monotonic()

        with (
            caplog.at_level(logging.WARNING, logger="edu_platform.lib.queueing"),
            transaction.atomic(),
        ):
            enqueue_on_commit(task)

        assert time.monotonic() - started < within_s
        wait_for_sender()
        assert [record.message.split(":")[0] for record in caplog.records] == [
            "broker does not answer, tests.work waits for its sweep"
        ]

    def test_refusing_broker_is_only_logged(self, task: str, caplog: pytest.LogCaptureFixture):
        self.assert_is_only_logged(task, caplog, within_s=1)

    def test_unreachable_broker_holds_nobody_up(
        self, task_of: TaskOfBroker, caplog: pytest.LogCaptureFixture
    ):
        with unreachable_port() as port:
            task = task_of(f"redis://127.0.0.1:{port}/0")

            self.assert_is_only_logged(task, caplog, within_s=1)

    def test_hanging_broker_holds_nobody_up(
        self, task_of: TaskOfBroker, caplog: pytest.LogCaptureFixture
    ):
        with silent_port() as port:
            task = task_of(f"redis://127.0.0.1:{port}/0")

            self.assert_is_only_logged(task, caplog, within_s=1)


@pytest.mark.processes
def test_task_reaches_a_broker_that_is_there(valkey: str, task_of: TaskOfBroker):
    with transaction.atomic():
        enqueue_on_commit(task_of(valkey), number=1)
    wait_for_sender()

    with redis.Redis.from_url(valkey) as client:
        assert client.llen("celery") == 1
