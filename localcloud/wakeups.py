"""How one thread tells others that there is something to do."""

from __future__ import annotations

import threading


class News:
    """A counter to wait on: what is told between looking at it and waiting is not missed."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._number = 0

    @property
    def number(self) -> int:
        return self._number

    def tell(self) -> None:
        with self._changed:
            self._number += 1
            self._changed.notify_all()

    def wait(self, seen: int, timeout_s: float) -> None:
        """Wait until something was told after `seen` was read, or the time is over."""
        with self._changed:
            self._changed.wait_for(lambda: self._number != seen, timeout_s)
