from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def variant(*values: object) -> Iterator[None]:
    """Have what fails in here say of which variant of the test it was."""
    try:
        yield
    except BaseException as fault:  # what pytest says of a test is no `Exception`
        fault.add_note(f"variant: {', '.join(map(str, values))}")
        raise
