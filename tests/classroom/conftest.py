from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from celery import Task

from classroom import registry
from classroom.enums import EventKind
from classroom.registry import Handler, RoomHint, Save
from classroom.services import allowances
from classroom.services.allowances import Allowances
from edu_platform.lib import queueing
from tests.support.callbacks import KEY
from tests.support.cloud import LocalCloud
from tests.support.cloudcalls import make_quick


@pytest.fixture(autouse=True)
def _quick_cloud_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    make_quick(monkeypatch)


@pytest.fixture(autouse=True)
def _own_allowances(monkeypatch: pytest.MonkeyPatch) -> None:
    """What tests before this one have stored is no matter of this one's."""
    monkeypatch.setattr(allowances, "allowances", Allowances())


class RecordingHandler:
    """Asks the cloud for the room, and notes the hint and what it would save."""

    def __init__(self) -> None:
        self.hints: list[RoomHint] = []
        self.saved: list[int | None] = []
        # Run after the cloud was asked, and while the facts are saved.
        self.while_fetching: Callable[[], None] = lambda: None
        self.while_saving: Callable[[], None] = lambda: None

    def __call__(self, hint: RoomHint) -> Save:
        self.hints.append(hint)
        details = hint.look.details
        self.while_fetching()

        def save() -> None:
            self.saved.append(details.status if details else None)
            self.while_saving()

        return save

    @property
    def types(self) -> list[frozenset[str]]:
        """The types of events that each look answered."""
        return [hint.event_types for hint in self.hints]


Register = Callable[..., None]


@pytest.fixture
def register(monkeypatch: pytest.MonkeyPatch) -> Register:
    """Nobody handles anything, until `register(handler)`, in the order in which apps start."""
    monkeypatch.setattr(registry, "_handlers", {})
    monkeypatch.setattr(registry, "_document_handlers", [])

    def add(handler: Handler, kind: EventKind = EventKind.ROOM) -> None:
        registry.register(kind, handler)

    return add


@pytest.fixture
def handler(register: Register) -> RecordingHandler:
    """The only handler of events of rooms."""
    recording = RecordingHandler()
    register(recording)
    return recording


@pytest.fixture
def inbox(local_cloud: LocalCloud, settings: Any) -> LocalCloud:
    """Callbacks of the local cloud are taken when `KEY` signed them."""
    settings.LCIC_CALLBACK_KEY = [KEY]
    return local_cloud


def wait_for_sender() -> None:
    """Return when everything that was to be sent so far was sent, or dropped."""
    queueing._sender(os.getpid()).submit(int).result(timeout=30)


class Sent:
    """Messages about events that went to the workers: task, event and delay."""

    def __init__(self) -> None:
        self._messages: list[tuple[str, object, float]] = []

    def note(
        self,
        task: Task[Any, Any],
        *,
        kwargs: dict[str, object],
        retry: bool,
        countdown: float = 0.0,
    ) -> None:
        assert retry is False
        if "event_id" in kwargs:
            self._messages.append((str(task.name), kwargs["event_id"], countdown))

    @property
    def messages(self) -> list[tuple[str, object, float]]:
        wait_for_sender()
        return self._messages

    @property
    def event_ids(self) -> list[object]:
        """The events of the messages, every one of which asks for their processing."""
        assert {task for task, *_ in self.messages} <= {"classroom.process_event"}
        return [event_id for _, event_id, _ in self.messages]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sent]:
    """A broker that takes every message, and no worker."""
    wait_for_sender()
    monkeypatch.setattr(queueing, "_rest_ends_at", 0.0)
    messages = Sent()

    def send(task: Task[Any, Any], **options: Any) -> None:
        messages.note(task, **options)

    monkeypatch.setattr(Task, "apply_async", send)
    yield messages
    wait_for_sender()
