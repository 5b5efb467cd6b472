"""Lines about what outsiders can cause in any number: a few a minute, then how many more there were."""

from __future__ import annotations

import logging
import threading
import time

MINUTE_S = 60.0
LINES_A_MINUTE = 20


class BoundedLog:
    """Lines of one kind; `what` names in the log those that were left out."""

    def __init__(
        self, logger: logging.Logger, what: str, lines_a_minute: int = LINES_A_MINUTE
    ) -> None:
        self._logger = logger
        self._what = what
        self._lines_a_minute = lines_a_minute
        self._lock = threading.Lock()
        self._minute_began_s = float("-inf")
        self._lines = 0

    def info(self, text: str, *values: object) -> bool:
        """Log the line, unless there were many within a minute; say whether it was logged."""
        return self._log(logging.INFO, text, values)

    def warning(self, text: str, *values: object) -> bool:
        return self._log(logging.WARNING, text, values)

    def _log(self, level: int, text: str, values: tuple[object, ...]) -> bool:
        is_one_of_few = self.admits()
        if is_one_of_few:
            self._logger.log(level, text, *values)
        return is_one_of_few

    def admits(self) -> bool:
        """Count a line that somebody else logs; False when it is one of too many."""
        left_out = 0
        with self._lock:
            now_s = time.monotonic()
            if now_s - self._minute_began_s >= MINUTE_S:
                left_out = max(0, self._lines - self._lines_a_minute)
                self._minute_began_s, self._lines = now_s, 0
            self._lines += 1
            is_one_of_few = self._lines <= self._lines_a_minute
        if left_out:
            self._logger.warning("%s, not logged one by one: %s", self._what, left_out)
        return is_one_of_few
