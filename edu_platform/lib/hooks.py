"""Hooks: a lower app calls functions that higher apps registered.

The lower app declares a hook in its `hooks.py`; a higher one registers its functions from its
`receivers.py`, once, when it starts.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

F = TypeVar("F")


class Hook(Generic[F]):
    """Functions in an explicit order, which does not hang on the order of INSTALLED_APPS."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._functions: dict[int, F] = {}

    def register(self, function: F, *, order: int) -> None:
        """Have a function run; the lowest order comes first.

        Raises:
            ValueError: another function has this order.
        """
        if order in self._functions:
            raise ValueError(f"{self.name}: two functions of order {order}")
        self._functions[order] = function

    @contextmanager
    def only(self, *functions: F) -> Iterator[None]:
        """For the length of a test, run these and no others."""
        kept, self._functions = self._functions, dict(enumerate(functions))
        try:
            yield
        finally:
            self._functions = kept

    def __iter__(self) -> Iterator[F]:
        return iter([function for _order, function in sorted(self._functions.items(), key=_order)])

    def __bool__(self) -> bool:
        return bool(self._functions)


def _order(item: tuple[int, object]) -> int:
    return item[0]
