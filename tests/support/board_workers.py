"""Workers of the platform under a clock that is moved by hand: what the clock starts, messages, and workers that are killed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import Any

from django.utils import timezone

from attendance.alarms import watching
from attendance.presence import looking, short_marks
from classroom.services.callback_processing import process_event
from classroom.services.inbox import hand_on, sweep_events, tell_of_members
from schedule.manual_recording.settling import settle_due
from schedule.rooms.ahead import make_rooms_ahead
from schedule.rooms.polling import poll_rooms
from schedule.rooms.sync import sync_rooms
from tests.support.board_oracle import FOR_EVER_S, Morning

CLOCK_S, SLOW_CLOCK_S = 10, 30


class Killed(BaseException):
    """The worker's process is gone."""


class Workers:
    """The clock's tasks, the messages between them, and when a worker is killed."""

    def __init__(self, morning: Morning) -> None:
        self.morning = morning
        self.waiting: list[tuple[float, str, dict[str, Any]]] = []
        self.marks: dict[str, dt.datetime] = {}
        self.loses_messages = self.is_to_be_killed = self.has_judged = False
        self.tasks: dict[str, Callable[..., object]] = {
            "attendance.look_due": lambda: looking.look_due(timezone.now()),
            "attendance.watch_due": self._watch,
            "classroom.process_event": self._process,
            "classroom.tell_of_members": lambda room_id: tell_of_members({room_id}),
        }

    def _watch(self) -> None:
        self.has_judged = True
        watching.watch_due(timezone.now())

    def _process(self, event_id: int, others: list[int] | None = None) -> None:
        hand_on(others or [])
        process_event(event_id, at=timezone.now())

    def send(self, name: str, *, delay_s: float = 0.0, **arguments: Any) -> None:
        if not self.loses_messages and name in self.tasks:
            self.waiting.append((timezone.now().timestamp() + delay_s, name, arguments))

    def mark(self, name: str, act: str, holds: dt.timedelta) -> int:
        """Do as Redis does with a mark, by the clock that is moved (`short_marks.lua`)."""
        now = timezone.now()
        left = self.marks.get(name, now) - now
        stood = left > short_marks.NO_TIME
        if act == "once" and left > holds + short_marks.MUCH_SOONER:
            stood = False
        if act == "set" or (act == "once" and not stood):
            self.marks[name] = now + holds
        elif act == "end" and stood and left <= holds:
            del self.marks[name]
        return int(stood)

    def next_s(self) -> float:
        return min((at_s for at_s, _name, _arguments in self.waiting), default=FOR_EVER_S)

    def take_messages(self) -> None:
        now_s = timezone.now().timestamp()
        due = [message for message in self.waiting if message[0] <= now_s]
        self.waiting = [message for message in self.waiting if message[0] > now_s]
        for _at_s, name, arguments in due:
            self.run(partial(self.tasks[name], **arguments))

    def tick(self, at_s: int) -> None:
        """Run what the clock runs."""
        now = timezone.now()
        if at_s % SLOW_CLOCK_S == 0:
            self.run(lambda: poll_rooms(now))
            self.run(lambda: sweep_events(now))
            self.run(lambda: make_rooms_ahead(now))
            self.run(lambda: settle_due(now))
        if at_s % (2 * SLOW_CLOCK_S) == 0:
            self.run(lambda: sync_rooms(now))
        self.run(lambda: looking.look_due(now))
        self.run(self._watch)

    def run(self, task: Callable[[], object]) -> None:
        try:
            task()
        except Killed:
            self.morning.kills.append(int(timezone.now().timestamp()))

    def mortal(self, act: Callable[..., Any], *, dies_before: bool) -> Callable[..., Any]:
        """Let the worker be killed at this act where that is due."""

        def acted(*arguments: Any, **options: Any) -> Any:
            answer = None if dies_before and self.is_to_be_killed else act(*arguments, **options)
            if self.is_to_be_killed:
                self.is_to_be_killed = False
                raise Killed
            return answer

        return acted
