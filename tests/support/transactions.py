"""Transactions around code under test, as those of Django's test cases are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext


@contextmanager
def without_savepoints() -> Iterator[None]:
    """Have nothing inside make savepoints, as for an error that is caught: any error ends the whole transaction.

    What a factory makes by the services of the platform takes a third fewer statements so.
    """
    features = connection.features
    before = features.uses_savepoints
    features.uses_savepoints = False
    try:
        yield
    finally:
        features.uses_savepoints = before


@contextmanager
def rolled_back() -> Iterator[None]:
    """A transaction of which nothing stays. Code that must not run in a transaction takes it for none."""
    block = transaction.atomic()
    block._from_testcase = True  # type: ignore[attr-defined]
    with block:
        try:
            yield
        finally:
            connection.run_on_commit = []
            transaction.set_rollback(True)


@contextmanager
def reading_alone() -> Iterator[None]:
    """Require that the block writes nothing, and takes no transaction from anybody."""
    with CaptureQueriesContext(connection) as queries:
        yield
    words = {query["sql"].lstrip("(").split()[0] for query in queries.captured_queries}
    assert words <= {"SELECT", "DECLARE"}
