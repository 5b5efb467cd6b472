from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import pytest
from celery import Task

from classroom.hooks import Changes, RoomEvent, RoomHandler, document_handlers, room_handlers
from classroom.services import inbox_limits
from classroom.services.inbox_limits import Allowances
from edu_platform.lib import queueing
from tests.support.callbacks import KEY
from tests.support.cloud import LocalCloud
from tests.support.cloudcalls import make_quick


@pytest.fixture(autouse=True)
def _quick_cloud_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    make_quick(monkeypatch)


@pytest.fixture(autouse=True)
def _own_allowances(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget what tests before this one have stored: it is no matter of this one's."""
    monkeypatch.setattr(inbox_limits, "allowances", Allowances())


def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True)
class Applied:
    """The learned facts of a handler: saved by a function."""

    save: Callable[[], object] = _nothing

    def apply(self) -> None:
        self.save()


class RecordingHandler:
    """Asks the cloud for the room, and notes the told and what it would save."""

    def __init__(self) -> None:
        self.told: list[RoomEvent] = []
        self.saved: list[int | None] = []
        # Run after the cloud was asked, and while the facts are saved.
        self.while_fetching: Callable[[], None] = lambda: None
        self.while_saving: Callable[[], None] = lambda: None

    def __call__(self, told: RoomEvent) -> Changes:
        self.told.append(told)
        details = told.snapshot.details
        self.while_fetching()

        def save() -> None:
            self.saved.append(details.status if details else None)
            self.while_saving()

        return Applied(save)

    @property
    def types(self) -> list[frozenset[str]]:
        """The types of events that each look answered."""
        return [told.event_types for told in self.told]


class Register(Protocol):
    def __call__(self, handler: RoomHandler, /, *, order: int) -> None: ...


@pytest.fixture
def register() -> Iterator[Register]:
    """Nobody handles anything, until `register(handler, order=…)`."""
    with room_handlers.only(), document_handlers.only():
        yield room_handlers.register


@pytest.fixture
def handler(register: Register) -> RecordingHandler:
    """The only handler of events of rooms."""
    recording = RecordingHandler()
    register(recording, order=1)
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
            # A worker hands on the others, a message each.
            others: Any = kwargs.get("others", [])
            self._messages += [
                (str(task.name), event_id, countdown) for event_id in (kwargs["event_id"], *others)
            ]

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
