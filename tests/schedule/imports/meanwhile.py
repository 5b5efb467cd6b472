"""Changes that come between working an import out and writing it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from edu_platform.lib.bulk_writing import WriteIn, own_transaction


def after(*changes: Callable[[], object]) -> WriteIn:
    """Open the transaction that writes after one of these changes each time, while there are any."""
    left = list(changes)

    @contextmanager
    def write_in(units: int, *, rows_a_unit: int) -> Iterator[dict[str, Any]]:
        if left:
            left.pop(0)()
        with own_transaction(units, rows_a_unit=rows_a_unit) as noted:
            yield noted

    return write_in
