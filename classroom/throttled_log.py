"""Counts events that outsiders can cause in any number, and logs them once a minute at most."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter

logger = logging.getLogger(__name__)

LOG_EVERY_S = 60.0


class ThrottledLog:
    """Counts by reason; `what` begins the line in the log."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._next_log_at = 0.0

    def count(self, reason: str) -> None:
        with self._lock:
            self._counts[reason] += 1
            now = time.monotonic()
            if now < self._next_log_at:
                return
            self._next_log_at = now + LOG_EVERY_S
            counts, self._counts = self._counts, Counter()
        reasons = ", ".join(f"{name} {number}" for name, number in sorted(counts.items()))
        logger.warning(
            "callbacks %s since the last such line: %s (%s)", self._what, counts.total(), reasons
        )
