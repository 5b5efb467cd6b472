"""Attempts that are made again after a deadlock, and how often."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import OperationalError

from schedule.lessons.trying_again import TRIES, ChangedMeanwhile, trying_again


class DatabaseSays(Exception):
    """An error of the driver, which names the database's code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.pgcode = code


def failing(times: int, *, code: str) -> Callable[[], int]:
    """Return an attempt that the database ends so many times; after that it gives how often it was called."""
    calls: list[int] = []

    def attempt() -> int:
        calls.append(1)
        if len(calls) <= times:
            raise OperationalError from DatabaseSays(code)
        return len(calls)

    return attempt


def test_after_a_deadlock():
    assert trying_again(failing(TRIES - 1, code="40P01")) == TRIES


def test_after_deadlocks_only_so_often():
    with pytest.raises(ChangedMeanwhile):
        trying_again(failing(TRIES, code="40P01"))


def test_not_where_the_database_is_away():
    with pytest.raises(OperationalError):
        trying_again(failing(1, code="57P01"))
