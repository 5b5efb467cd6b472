from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connections

Argument = TypeVar("Argument")
Result = TypeVar("Result")


def all_at_once(work: Callable[[Argument], Result], arguments: Sequence[Argument]) -> list[Result]:
    """Call `work` with each argument, each in a thread of its own, all let go at the same moment."""
    gate = threading.Barrier(len(arguments))

    def run(argument: Argument) -> Result:
        gate.wait(timeout=30)
        try:
            return work(argument)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=len(arguments)) as pool:
        return list(pool.map(run, arguments))
