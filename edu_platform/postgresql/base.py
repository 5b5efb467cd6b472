"""What Django loads for the engine `edu_platform.postgresql`.

A web process has more threads than PostgreSQL would give it connections: most of them wait for slow
peers, and those give their connection back. When all work at once, the ones too many wait here for a
connection instead of being refused by the server.
"""

from __future__ import annotations

import threading
from typing import Any

from django.conf import settings
from django.db.backends.postgresql import base
from django.db.utils import OperationalError

# Longer than any burst lasts; after it the request fails with 500, as without a connection.
WAIT_AT_MOST_S = 30.0

_places = threading.BoundedSemaphore(settings.DATABASE_CONNECTIONS_AT_MOST)


class DatabaseWrapper(base.DatabaseWrapper):
    """Holds one of the process's places for as long as it is connected."""

    _has_place = False

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        if not _places.acquire(timeout=WAIT_AT_MOST_S):
            raise OperationalError("no database connection of this process came free")
        try:
            connection = super().get_new_connection(conn_params)
        except BaseException:
            _places.release()
            raise
        self._has_place = True
        return connection

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc] # missing in the stubs
        finally:
            if self._has_place:
                self._has_place = False
                _places.release()
