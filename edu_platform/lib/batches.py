from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")

# SQLite may be built for no more than 999 values in a statement.
VALUES_A_STATEMENT = 500


def in_batches(items: Iterable[Item]) -> Iterator[Sequence[Item]]:
    """Distinct items, in groups that fit into one statement."""
    distinct = iter(dict.fromkeys(items))
    while batch := list(islice(distinct, VALUES_A_STATEMENT)):
        yield batch
