"""The order of tests: what shares something side by side, and what takes long at the start."""

from __future__ import annotations

import os

import pytest

from tests.support.shared_cast import is_sharing

USUAL_TIMEOUT_S = 120  # of pyproject.toml


def put_in_order(items: list[pytest.Item]) -> None:
    """Put first what takes long, each for another worker; in each file, what shares before the rest."""
    files: dict[object, int] = {}
    for item in items:
        files.setdefault(item.path, len(files))
    items.sort(key=lambda item: (files[item.path], not is_sharing(item)))
    long = [item for item in items if takes_long(item)]
    items[:] = [item for item in items if not takes_long(item)]
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    # Each worker begins with a part as large as the others', in the order of the whole.
    part = (len(items) + len(long)) // workers
    for number, item in enumerate(long):
        items.insert(number % workers * part, item)


def takes_long(item: pytest.Item) -> bool:
    """Return whether the test says so by its timeout. Begun last, it would keep all others waiting."""
    timeout = item.get_closest_marker("timeout")
    return timeout is not None and timeout.args[0] > USUAL_TIMEOUT_S
