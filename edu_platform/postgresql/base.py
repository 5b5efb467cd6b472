"""Django loads this for the engine `edu_platform.postgresql`: connections are kept, and bounded.

Opening a connection costs more than most requests ask of it, so a process keeps those that are given
back. A web process has more threads than PostgreSQL would give it connections: most of them wait for
slow peers, and those give their connection back. When all work at once, the ones too many wait here for
a connection instead of being refused by the server.
"""

from __future__ import annotations

import os
import select
import threading
import time
from typing import Any

import psycopg2
from django.conf import settings
from django.db.backends.base.base import NO_DB_ALIAS
from django.db.backends.postgresql import base
from django.db.utils import OperationalError
from psycopg2 import extensions
from psycopg2.pool import ThreadedConnectionPool

# Longer than any burst lasts; after it the request fails with 500, as without a connection.
WAIT_AT_MOST_S = 30.0
# Servers keep what a connection has learned of tables; a new one begins small.
CONNECTION_AGE_S = 600.0


class KeptConnection(extensions.connection):
    """A connection that knows its pool, by the name that Django gives it, and its age."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.opened_at_s = time.monotonic()
        self._pool: ConnectionPool | None = None

    def belongs_to(self, pool: ConnectionPool) -> KeptConnection:
        self._pool = pool
        return self

    @property
    def is_usable(self) -> bool:
        """Tell whether it is young enough, and the server has not hung up.

        An idle connection has nothing to read until the server says farewell.
        """
        if self.closed or time.monotonic() - self.opened_at_s > CONNECTION_AGE_S:
            return False
        watch = select.poll()
        watch.register(self.fileno(), select.POLLIN)
        return not watch.poll(0)


class ConnectionPool(ThreadedConnectionPool):
    """The connections of a process to one database, in the form that Django's engine asks for."""

    def __init__(self, at_most: int, **parameters: Any) -> None:
        super().__init__(0, at_most, connection_factory=KeptConnection, **parameters)
        self.minconn = at_most  # so many it keeps; given at the start, they would be opened at once
        self._free = threading.BoundedSemaphore(at_most)

    def open(self) -> None:
        """Open nothing yet: Django calls this before it takes a connection."""

    def getconn(self, key: Any = None) -> KeptConnection:
        """Take a connection.

        Raises:
            OperationalError: none came free, or the server cannot be reached.
        """
        if not self._free.acquire(timeout=WAIT_AT_MOST_S):
            raise OperationalError("no database connection of this process came free")
        try:
            taken = self._taken(key)
            while not taken.is_usable:
                super().putconn(taken, close=True)
                taken = self._taken(key)
        except BaseException:
            self._free.release()
            raise
        return taken.belongs_to(self)

    def _taken(self, key: Any) -> KeptConnection:
        taken: Any = super().getconn(key)
        connection: KeptConnection = taken
        return connection

    def putconn(self, conn: Any = None, key: Any = None, close: bool = False) -> None:  # noqa: FBT001, FBT002
        """Give a connection back; what it had not committed is rolled back."""
        try:
            super().putconn(conn, key, close or not _is_rolled_back(conn))
        finally:
            self._free.release()


def _is_rolled_back(connection: KeptConnection) -> bool:
    try:
        if connection.info.transaction_status != extensions.TRANSACTION_STATUS_IDLE:
            connection.rollback()
    except psycopg2.Error:
        return False
    return True


_pools: dict[str, ConnectionPool] = {}  # by the database


def _begin_without_pools() -> None:
    _pools.clear()


# A connection belongs to one process.
os.register_at_fork(after_in_child=_begin_without_pools)


class DatabaseWrapper(base.DatabaseWrapper):
    @property
    def pool(self) -> ConnectionPool | None:
        if self.alias == NO_DB_ALIAS:
            return None
        pool = _pools.get(self._database)
        if pool is None:
            at_most = settings.DATABASE_CONNECTIONS_AT_MOST
            made = ConnectionPool(at_most, **self.get_connection_params())
            pool = _pools.setdefault(self._database, made)
        return pool

    @property
    def _database(self) -> str:
        return " ".join(str(self.settings_dict[part]) for part in ("HOST", "PORT", "USER", "NAME"))

    def close_pool(self) -> None:
        if pool := _pools.pop(self._database, None):
            pool.closeall()

    def init_connection_state(self) -> None:
        """Set what Django leaves to its own pool; a connection that was kept has it already."""
        super().init_connection_state()
        self.ensure_timezone()

    def ensure_timezone(self) -> bool:
        if self.connection is None:
            return False
        is_to_commit: bool = self._configure_connection(self.connection)  # type: ignore[attr-defined] # missing in the stubs
        return is_to_commit
