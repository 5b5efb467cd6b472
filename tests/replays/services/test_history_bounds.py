"""However long a cloud flaps, and however many callbacks come, the history of a replay stays short."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone, translation

from classroom.enums import EventState, Source
from classroom.models import CallbackEvent
from classroom.services.callback_processing import process_event
from classroom.services.merged_leases import UNMERGED_TYPES
from replays.enums import ReplayEventKind
from replays.models import ReplayEvent
from replays.selectors.history import history_of
from replays.services.history import ANOTHER_CALL, MOST_OF_A_KIND, most_of, note, note_many
from replays.services.polling import ask_for_missing
from replays.services.refresh import spans
from replays.services.state_sync import bring_up_to_date
from replays.wording.history import CALLS
from schedule.models import Lesson, Room
from tests.factories.classroom import CallbackEventFactory
from tests.factories.replays import ReplayFactory
from tests.support.classes import hold, make_room, poll
from tests.support.cloud import LocalCloud
from tests.support.replays import replay_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("impatient")]

MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def room(lesson: Lesson, local_cloud: LocalCloud) -> Room:
    return make_room(lesson)


def be_called(room: Room, *event_types: str) -> None:
    """Have all of these come before a worker looks."""
    CallbackEvent.objects.update(begun_at=None)  # as if half a second had gone by
    events = [
        CallbackEventFactory.create(event_type=event_type, room_id=room.number)
        for event_type in event_types
    ]
    process_event(events[0].pk, at=timezone.now())
    assert not CallbackEvent.objects.exclude(state=EventState.PROCESSED).exists()


def test_of_one_kind_the_first_and_the_latest_are_kept():
    replay = ReplayFactory.create()
    start = timezone.now()
    for number in range(20):
        note(replay, ReplayEventKind.SILENT, at=start + number * MINUTE)

    kept = list(replay.steps.order_by("at").values_list("at", flat=True))
    assert kept == [start, start + MINUTE, start + 19 * MINUTE]


def test_of_many_at_once_the_first_and_the_latest_are_kept():
    replay, other = ReplayFactory.create(), ReplayFactory.create()
    start = timezone.now()
    many = [
        ReplayEvent(replay=replay, kind=ReplayEventKind.SILENT, at=start + n * MINUTE)
        for n in range(20)
    ]
    note_many(
        [*many[:10], ReplayEvent(replay=other, kind=ReplayEventKind.SILENT, at=start), *many[10:]]
    )
    note_many(
        [
            ReplayEvent(replay=replay, kind=ReplayEventKind.SILENT, at=start + n * MINUTE)
            for n in (30, 31)
        ]
    )

    kept = list(replay.steps.order_by("at").values_list("at", flat=True))
    assert kept == [start, start + MINUTE, start + 31 * MINUTE]
    assert other.steps.count() == 1


def test_no_trail_is_longer_than_a_few_dozen_steps():
    replay = ReplayFactory.create()
    start = timezone.now()
    for number in range(12):
        note_many(
            [
                ReplayEvent(replay=replay, kind=kind, at=start + number * MINUTE)
                for kind in ReplayEventKind
            ]
        )

    assert replay.steps.count() == sum(most_of(kind) for kind in ReplayEventKind) == 64
    assert most_of(ReplayEventKind.TRASHED) == MOST_OF_A_KIND


def test_step_costs_two_statements_and_none_costs_nothing(django_assert_num_queries):
    replay = ReplayFactory.create()

    with django_assert_num_queries(2):
        note(replay, ReplayEventKind.NOTHING_YET, at=timezone.now())
    with django_assert_num_queries(0):
        note_many([])


def test_steps_of_many_replays_take_two_statements(django_assert_num_queries):
    replays = [ReplayFactory.create() for _number in range(10)]

    with django_assert_num_queries(2):
        note_many(
            [
                ReplayEvent(replay=each, kind=ReplayEventKind.SILENT, at=timezone.now())
                for each in replays
            ]
        )


def test_nothing_changed_costs_no_more_than_before(room, django_assert_num_queries):
    replay = replay_of(room)
    bring_up_to_date(replay.pk, timezone.now())

    with django_assert_num_queries(5):  # savepoints, the lock, the replay, its files
        bring_up_to_date(replay.pk, timezone.now())


@pytest.mark.parametrize(
    ("numbers", "text"), [([3], "3"), ([1, 2, 3], "1-3"), ([5, 1, 2], "1-2, 5")]
)
def test_files_are_told_together(numbers, text):
    assert spans(numbers) == text


def test_fifty_files_found_at_once_are_one_step(room, local_cloud):
    hold(local_cloud, room)
    for _number in range(2):
        local_cloud.record_again(room.number)
    local_cloud.recorded(room.number, 3)
    poll(room)

    ask_for_missing(timezone.now())

    step = replay_of(room).steps.get(kind=ReplayEventKind.FILE_FOUND)
    assert (step.detail, step.source) == ("1-3", Source.POLL)


def test_made_up_calls_are_one_and_push_nothing_out(room, local_cloud):
    hold(local_cloud, room)

    be_called(room, "RoomEnd", *(f"MadeUp{number}" for number in range(60)), "RecordFinish")
    be_called(room, *(f"MadeUpLater{number}" for number in range(60)))

    replay = replay_of(room)
    calls = replay.steps.filter(kind=ReplayEventKind.CALLBACK).order_by("at", "pk")
    assert list(calls.values_list("detail", flat=True)) == [
        "RoomEnd",
        ANOTHER_CALL,
        "RecordFinish",
    ]
    with translation.override("en"):
        told = [step.text for step in history_of(replay, at=timezone.now()).entries]
    assert [text for text in told if "Message received" in text] == [
        "Message received: the class had ended",
        "Message received about something else",
        "Message received: a recording was finished",
    ]


def test_every_call_that_is_noted_by_its_name_has_words():
    assert set(CALLS) == set(UNMERGED_TYPES)
    assert len(UNMERGED_TYPES) + 1 <= most_of(ReplayEventKind.CALLBACK)
