from __future__ import annotations

from django.db import connections

# What a BigInteger column takes.
INT64 = range(-(2**63), 2**63)


def release_database() -> None:
    """Give the database connection back before a wait: a slow cloud must not hold it.

    Raises:
        RuntimeError: inside a transaction, where no wait belongs.
    """
    for connection in connections.all(initialized_only=True):
        # Django's test case wraps a whole test in blocks of its own.
        own_blocks = [
            block
            for block in connection.atomic_blocks
            if not getattr(block, "_from_testcase", False)
        ]
        if own_blocks:
            raise RuntimeError("a wait for the classroom cloud inside a database transaction")
        if not connection.in_atomic_block:
            connection.close()
