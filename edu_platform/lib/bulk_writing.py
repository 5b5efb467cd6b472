"""Writing what was worked out before: in one transaction, of which is reported how many of its rows are written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

from django.db import connection, transaction

from edu_platform.lib.progress import Phase, report


class WriteIn(Protocol):
    """Opens the transaction that writes, and yields where what was done is noted, as plain JSON.

    What is written of so many units, such as lessons, is reported by counting rows: about `rows_a_unit` each.
    """

    def __call__(
        self, units: int, *, rows_a_unit: int
    ) -> AbstractContextManager[dict[str, Any]]: ...


@contextmanager
def own_transaction(units: int, *, rows_a_unit: int) -> Iterator[dict[str, Any]]:
    """Open a transaction for it alone, as requests and commands do."""
    with transaction.atomic(), rows_reported(units, rows_a_unit=rows_a_unit):
        yield {}


@contextmanager
def rows_reported(units: int, *, rows_a_unit: int) -> Iterator[None]:
    """Report what the statements of the block have written of so many units."""

    def note(rows: int) -> None:
        report(Phase.WRITING, min(units, rows // rows_a_unit), units)

    with connection.execute_wrapper(_WrittenRows(note)):
        yield


class _WrittenRows:
    """Counts the rows that the statements of a connection write."""

    def __init__(self, note: Callable[[int], None]) -> None:
        self._note, self._rows = note, 0

    def __call__(
        self, execute: Callable[..., Any], sql: str, params: Any, many: Any, context: Any
    ) -> Any:
        answer = execute(sql, params, many, context)
        if sql.startswith(("INSERT", "UPDATE", "DELETE")):
            # SQLite counts no rows of an INSERT that returns keys.
            self._rows += max(context["cursor"].rowcount, sql.count("), (") + 1)
            self._note(self._rows)
        return answer
