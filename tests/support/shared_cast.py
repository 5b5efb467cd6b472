"""The lesson of the cast and its people, made once for neighbouring tests that are about it.

They stand in a transaction around those of the tests: each test finds them as they were made, and what it
writes is rolled back to there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

# Whatever of these a test asks for is a copy of its own.
MEMBERS = ("teacher", "assistant", "class_group", "lesson")
# Where transactions are real, rows are deleted after each test.
REAL_TRANSACTIONS = frozenset({"transactional_db", "live_server"})
IS_SHARING = pytest.StashKey[bool]()


def is_sharing(item: pytest.Item) -> bool:
    """Return whether the test is about the cast's own lesson, and all it writes is rolled back."""
    if IS_SHARING not in item.stash:
        item.stash[IS_SHARING] = _is_sharing(item)
    return item.stash[IS_SHARING]


def _is_sharing(item: pytest.Item) -> bool:
    marker = item.get_closest_marker("django_db")
    if marker is not None and marker.kwargs.get("transaction"):
        return False
    # Under a clock of its own, tomorrow is another day.
    if item.get_closest_marker("moved_clock"):
        return False
    fixtures = getattr(item, "_fixtureinfo").name2fixturedefs  # noqa: B009 -- pytest's own
    if "lesson" not in fixtures or fixtures.keys() & REAL_TRANSACTIONS:
        return False
    return all(
        name in fixtures and fixtures[name][-1].func.__module__ == "tests.cast" for name in MEMBERS
    )


class SharedCast:
    """Objects that tests of one file share, from the first that asks for them."""

    def __init__(self, blocker: Any, make: Callable[[], dict[str, Any]]) -> None:
        self._blocker, self._make = blocker, make
        self._around: transaction.Atomic | None = None
        self._cast: dict[str, Any] = {}
        self._day: dt.date | None = None

    def begin(self) -> None:
        """Before the transaction of a test that shares: have the one around it, with the cast inside."""
        # Its lesson is tomorrow's: at midnight a new one is made.
        is_fresh = self._day == timezone.localdate()
        if self._around is not None and is_fresh and not connection.needs_rollback:
            return
        self.end()
        with self._blocker.unblock():
            self._around = transaction.atomic()
            # As those of Django's test cases: the code under test takes them for none.
            self._around._from_testcase = True  # type: ignore[attr-defined]
            self._around.__enter__()
            self._cast = self._make()
            self._day = timezone.localdate()

    def end(self) -> None:
        if self._around is None:
            return
        around, self._around, self._cast = self._around, None, {}
        with self._blocker.unblock():
            transaction.set_rollback(True)
            around.__exit__(None, None, None)

    def copy(self) -> dict[str, Any]:
        """The members by name, as they were made; they refer to each other as the originals do."""
        return deepcopy(self._cast)
