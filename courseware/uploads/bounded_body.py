"""Reading request bodies: a limited number at once, each for a limited time.

A slow sender holds a thread of the web server. Without these limits a few slow senders would hold
all of them, and nobody could open a page.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.http import HttpRequest
from django.utils.translation import gettext as _

from courseware.exceptions import CoursewareRefused
from edu_platform.lib.slots import Slots, connection_of, with_own_bounds

SENDERS_AT_MOST = 40
# Per person: as many as uploads one may have open, plus a form.
SENDERS_A_PERSON = 4
# How long one part of an upload may take. A slower sender goes on with another one: what came is kept.
PART_TIME_S = 300.0
# How long the files of one form may take, which cannot go on where they stopped.
FORM_TIME_S = 1800.0
# A sender that is silent for this long is gone. Shorter than a lease, so that a client that
# reconnects soon gets in.
SILENT_AT_MOST_S = 15.0
ALARM_EVERY_S = 1.0


class TooManySenders(CoursewareRefused):
    """All slots for senders are taken."""

    status = 503

    def __init__(self) -> None:
        super().__init__(_("Too many files are being sent: try again in a moment."))


_slots = Slots()


class _Alarm:
    """Ends the bodies whose time is over, in one thread for all."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._bodies: set[BoundedBody] = set()
        self._thread: threading.Thread | None = None

    @contextmanager
    def set_for(self, body: BoundedBody) -> Iterator[None]:
        with self._changed:
            self._bodies.add(body)
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, daemon=True)
                self._thread.start()
            elif len(self._bodies) == 1:
                self._changed.notify()
        try:
            yield
        finally:
            with self._changed:
                self._bodies.discard(body)

    def _watch(self) -> None:
        while True:
            with self._changed:
                self._changed.wait(ALARM_EVERY_S if self._bodies else None)
                # Here, so that nothing is ended whose request is over already.
                for body in self._bodies:
                    if body.is_over:
                        body.end()


_alarm = _Alarm()


class BoundedBody:
    """The body of a request, which ends when its time is over: what came by then can be read."""

    def __init__(self, request: HttpRequest, *, total_s: float) -> None:
        self._request = request
        self._ends_at = time.monotonic() + total_s

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self._ends_at

    def read(self, size: int, /) -> bytes:
        return b"" if self.is_over else self._request.read(size)

    def end(self) -> None:
        """End it now, also for a thread that waits for more of it; an answer can still be sent."""
        self._ends_at = 0.0
        connection = connection_of(self._request)
        if connection is not None:
            with suppress(OSError):  # it is closed already
                connection.shutdown(socket.SHUT_RD)


@contextmanager
def bounded(request: HttpRequest, *, person_pk: int, total_s: float) -> Iterator[BoundedBody]:
    """Take a place, and let the body end when nothing comes for long, or all in all too little.

    The server itself would wait for ever.

    Raises:
        TooManySenders: no place is free.
    """
    if not _slots.take(person_pk, at_most=SENDERS_AT_MOST, each_at_most=SENDERS_A_PERSON):
        raise TooManySenders
    try:
        body = BoundedBody(request, total_s=total_s)
        with with_own_bounds(request), _watched(request, body):
            yield body
    finally:
        _slots.free(person_pk)


@contextmanager
def _watched(request: HttpRequest, body: BoundedBody) -> Iterator[None]:
    connection = connection_of(request)
    if connection is None:
        yield
        return
    waits_s = connection.gettimeout()
    connection.settimeout(SILENT_AT_MOST_S)
    try:
        # A read returns only when all that it asked for has come, byte by byte if need be: so the
        # end cannot be left to the reader.
        with _alarm.set_for(body):
            yield
    finally:
        if body.is_over:
            # The rest of the body may still come, and must not be taken for another request: the
            # server closes a connection whose body it could not read.
            request.META["wsgi.input"].failed = True
        connection.settimeout(waits_s)
