"""Slots in a web process for work that keeps a thread for long.

Sending a file, receiving one, exporting.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, nullcontext
from typing import Any

from django.http import HttpRequest


class Slots:
    """Keeps who holds a thread of this process now."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken: Counter[Hashable] = Counter()

    def take(self, who: Hashable, *, at_most: int, each_at_most: int) -> bool:
        """Take a slot, unless all are taken, or this client has one."""
        with self._lock:
            is_full = self._taken.total() >= at_most
            if is_full or self._taken[who] >= each_at_most:
                return False
            self._taken[who] += 1
        return True

    def free(self, who: Hashable) -> None:
        with self._lock:
            self._taken[who] -= 1
            if not self._taken[who]:
                del self._taken[who]


def connection_of(request: HttpRequest) -> Any:
    """The connection of a request, where the web server tells."""
    return request.META.get("gunicorn.socket")


def with_own_bounds(request: HttpRequest) -> AbstractContextManager[None]:
    """Tell the web server's worker that this request's peer is bounded by us, and not by its own rules."""
    connection = connection_of(request)
    own_bounds = getattr(connection, "own_bounds", nullcontext)
    bounds: AbstractContextManager[None] = own_bounds()
    return bounds


def bound_sending(request: HttpRequest, held: ExitStack, *, piece_time_s: float) -> None:
    """As long as `held` is, have the connection broken on which a piece does not get on in its time."""
    connection = connection_of(request)
    if connection is None:
        return
    held.enter_context(with_own_bounds(request))
    connection.settimeout(piece_time_s)  # the server sets its own before each request


class Pieces:
    """A file in pieces; its resources are released at the end, also when no piece was taken."""

    def __init__(self, pieces: Iterable[str | bytes], held: ExitStack) -> None:
        self._pieces, self._held = iter(pieces), held

    def __iter__(self) -> Iterator[str | bytes]:
        return self

    def __next__(self) -> str | bytes:
        try:
            return next(self._pieces)
        except BaseException:  # also at the end
            self.close()
            raise

    def close(self) -> None:
        self._held.close()

    def __del__(self) -> None:
        self.close()  # when the answer was given up before anybody could close it
