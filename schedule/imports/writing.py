"""Writing an import: in one transaction, which begins when all that can be worked out is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any, TypeVar

from django.db import connection, transaction

from edu_platform.lib.long_work import WrittenRows
from edu_platform.lib.progress import Phase, report
from schedule.models import Term

Result = TypeVar("Result")

# How often an import is worked out anew before somebody has to start it again.
TRIES = 3
# Takes how many units are written, such as lessons, and about how many rows each has; opens the transaction, and
# yields where what was done is noted, as plain JSON.
WriteIn = Callable[[int, int], AbstractContextManager[dict[str, Any]]]


class ChangedMeanwhile(Exception):
    """Something has changed since the import was worked out."""


@contextmanager
def own_transaction(units: int, rows_a_unit: int) -> Iterator[dict[str, Any]]:
    def report_written(rows: int) -> None:
        report(Phase.WRITING, min(units, rows // rows_a_unit), units)

    with transaction.atomic(), connection.execute_wrapper(WrittenRows(report_written)):
        yield {}


def trying_again(attempt: Callable[[], Result]) -> Result:
    """Return what the attempt gives, made anew while it finds that something has changed.

    Raises:
        ChangedMeanwhile: at the last try, too.
    """
    for _try in range(TRIES - 1):
        with suppress(ChangedMeanwhile):
            return attempt()
    return attempt()


def lock_unchanged(as_read: Term) -> None:
    """Lock a term, of which weekly lessons, bell times, days and plan are as they were when it was read.

    Raises:
        Term.DoesNotExist: it was deleted meanwhile.
        ChangedMeanwhile: they are not.
    """
    term = Term.objects.select_for_update().get(pk=as_read.pk)
    if (term.changed_at, term.planned_at) != (as_read.changed_at, as_read.planned_at):
        raise ChangedMeanwhile
