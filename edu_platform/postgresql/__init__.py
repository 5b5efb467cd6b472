"""Django's PostgreSQL backend, with a bound on the connections of one process."""

from __future__ import annotations
