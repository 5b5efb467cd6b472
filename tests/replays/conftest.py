from __future__ import annotations

import pytest

from replays.models import Replay, ReplayFile
from schedule.models import Lesson
from tests.factories.replays import ReplayFactory, ReplayFileFactory
from tests.factories.schedule import school_time


@pytest.fixture
def replay(lesson: Lesson) -> Replay:
    """The replay of the cast's lesson: ready, made at 08:46:14, without a file yet."""
    return ReplayFactory.create(lesson=lesson, made_at=school_time(1, 8, 46).replace(second=14))


@pytest.fixture
def file(replay: Replay) -> ReplayFile:
    """The only file of `replay`."""
    return ReplayFileFactory.create(replay=replay, number=1, size_bytes=354_073_313)
