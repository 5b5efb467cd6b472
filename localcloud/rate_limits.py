"""Rate limits: how often an action may be called a second, counted over the last second."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Callable

from localcloud.errors import CloudError

WINDOW_S = 1.0
DEFAULT_CALLS_PER_S = 20
CALLS_PER_S = {"DescribeRoom": 50, "BatchRegister": 10}


class RateLimiter:
    """Counts calls per action in memory; the caller holds the cloud's lock."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._called_at: dict[str, deque[float]] = defaultdict(deque)

    def count(self, action: str, *, per_second: int) -> None:
        """Count one call.

        Raises:
            CloudError: RequestLimitExceeded when the second already holds its number of calls.
        """
        at = self._now_s()
        called_at = self._called_at[action]
        while called_at and at - called_at[0] >= WINDOW_S:
            called_at.popleft()
        if len(called_at) >= per_second:
            raise CloudError(
                "RequestLimitExceeded", f"{action} is limited to {per_second} calls a second."
            )
        called_at.append(at)
