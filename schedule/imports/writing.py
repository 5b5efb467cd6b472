"""Writing an import: in one transaction, which begins when all that can be worked out is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from django.db import connection, transaction

from edu_platform.lib.long_work import WrittenRows
from edu_platform.lib.progress import Phase, report

# Takes how many units are written, such as lessons, and about how many rows each has; opens the transaction, and
# yields where what was done is noted, as plain JSON.
WriteIn = Callable[[int, int], AbstractContextManager[dict[str, Any]]]


@contextmanager
def own_transaction(units: int, rows_a_unit: int) -> Iterator[dict[str, Any]]:
    def report_written(rows: int) -> None:
        report(Phase.WRITING, min(units, rows // rows_a_unit), units)

    with transaction.atomic(), connection.execute_wrapper(WrittenRows(report_written)):
        yield {}
