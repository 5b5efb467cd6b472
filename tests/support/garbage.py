"""The garbage collector and the thousands of tests and modules: it leaves them alone."""

from __future__ import annotations

import gc
from collections.abc import Generator

import pytest

# Objects that come before the young are looked through; pages leave little garbage, and a run has memory.
YOUNG = 20_000


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for no garbage while tests are read: nearly all that is made then stays to the end."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


def pytest_collection_finish() -> None:
    """Look at none of it again, and seldom at what comes after it."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, *gc.get_threshold()[1:])
