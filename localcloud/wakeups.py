"""Waking the background threads when there is something to do."""

from __future__ import annotations

import threading


class Wakeups:
    """A counter to wait on. A wake-up between reading the counter and waiting is not missed."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._number = 0

    @property
    def number(self) -> int:
        return self._number

    def notify(self) -> None:
        with self._changed:
            self._number += 1
            self._changed.notify_all()

    def wait(self, seen: int, timeout_s: float) -> None:
        """Wait until a wake-up after `seen` was read, or until the time is over."""
        with self._changed:
            self._changed.wait_for(lambda: self._number != seen, timeout_s)
