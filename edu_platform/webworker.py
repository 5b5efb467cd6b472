"""The web server's worker: its own, but that no slow peer holds up what all connections share."""

from __future__ import annotations

from typing import Any

from gunicorn.workers.gthread import ThreadWorker


class PatientThreadWorker(ThreadWorker):
    """Takes leave of a connection in the thread that served it.

    Before a connection is closed, what its peer still sends is read for a while, so that the answer
    is not lost. The original does so in the loop that accepts all connections: a few peers who
    send on slowly, and never read their refusal, would keep everybody waiting.
    """

    def handle(self, conn: Any) -> Any:
        goes_on = super().handle(conn)  # type: ignore[no-untyped-call] # it has no types
        if goes_on is False:
            conn.close(graceful=True)
            conn.close = _is_closed_already
        return goes_on


def _is_closed_already(*, graceful: bool = False) -> None:
    """What the loop calls instead."""
