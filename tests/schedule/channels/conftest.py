from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.robots import RobotServer, running_robot


@pytest.fixture
def robot() -> Iterator[RobotServer]:
    with running_robot() as server:
        yield server
