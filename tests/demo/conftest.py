from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.demo import Demo


@pytest.fixture
def own_demo(tmp_path: Path) -> Iterator[Demo]:
    """A demo as `make demo` starts it, that nobody else has changed, and that may be stopped."""
    with Demo(tmp_path) as running:
        yield running
