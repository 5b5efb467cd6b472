"""The columns of a replay that follow from its class: where it stands in lists."""

from __future__ import annotations

import pytest

from replays.enums import ReplayState
from replays.models import Replay
from replays.services.state_sync import bring_up_to_date
from schedule.enums import CloudStatus
from schedule.models import Lesson, Room
from tests.factories.replays import ReplayFactory
from tests.factories.schedule import school_time

pytestmark = pytest.mark.django_db


@pytest.fixture
def of_class(lesson: Lesson, room: Room) -> Replay:
    return ReplayFactory.create(lesson=lesson, room=room, state=ReplayState.PROCESSING)


def place_of(replay: Replay) -> tuple[str, int, object]:
    bring_up_to_date(replay.pk, school_time(2, 8))
    replay.refresh_from_db()
    return replay.state, replay.list_rank, replay.listed_at


def test_what_is_being_made_stands_first(of_class: Replay):
    assert place_of(of_class) == ("processing", 0, school_time(1, 8, 46))


def test_failed_one_stands_where_its_class_ended(of_class: Replay):
    Room.objects.update(recording_refused=True)

    assert place_of(of_class) == ("failed", 1, school_time(1, 8, 46))


def test_failed_one_whose_real_end_is_unknown_stands_at_the_planned_end(of_class: Replay):
    Room.objects.update(
        recording_refused=True, cloud_status=CloudStatus.RUNNING, real_ended_at=None
    )

    assert place_of(of_class) == ("failed", 1, of_class.planned_end)
