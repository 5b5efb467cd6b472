"""What is done to many rows at once, and must not fail for all of them because of one."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TypeVar

logger = logging.getLogger(__name__)

T = TypeVar("T")


def in_halves(rows: Sequence[T], act: Callable[[Sequence[T]], int], *, told: str) -> int:
    """Act on all rows at once; where that fails, on each half, until the odd one stands alone.

    That one is logged with its trace, in the words of `told` with a %s, and left out. `act` does all or
    nothing, as in a transaction; the sum of what it returns is returned.
    """
    if not rows:
        return 0
    try:
        return act(rows)
    except Exception:
        # Whatever it is, it holds up no other row.
        if len(rows) == 1:
            logger.exception(told, rows)
            return 0
    middle = len(rows) // 2
    return in_halves(rows[:middle], act, told=told) + in_halves(rows[middle:], act, told=told)
