from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

from django.db import models

Item = TypeVar("Item")

# SQLite may be built for no more than 999 values in a statement.
VALUES_A_STATEMENT = 500
ROWS_A_STATEMENT = 500


def in_batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    """Distinct items, in groups that fit into one statement."""
    distinct = iter(dict.fromkeys(items))
    while batch := list(islice(distinct, VALUES_A_STATEMENT)):
        yield batch


def update_rows(rows: Sequence[models.Model], columns: Iterable[str]) -> None:
    """Write these columns of rows that are there and locked, each with values of its own.

    As an insert that meets its row: `bulk_update` writes a condition for each value, and takes ten times as long.
    """
    if not rows:
        return
    type(rows[0])._default_manager.bulk_create(  # noqa: SLF001 -- as documented by Django
        rows,
        update_conflicts=True,
        unique_fields=["pk"],
        update_fields=list(columns),
        batch_size=ROWS_A_STATEMENT,
    )
