"""Whoever has seen one callback can sign any number: they fill no table, and nothing true is lost."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.utils import timezone

from classroom import tasks
from classroom.enums import EventState, Outcome
from classroom.models import CallbackEvent
from classroom.selectors import reported_recordings
from classroom.services import inbox_limits, purge
from classroom.services.callback_processing import process_event
from classroom.services.inbox_limits import was_found_foreign
from classroom.services.purge import thin_out_events
from classroom.stored_data import KEPT_CHARS
from tests.classroom.conftest import RecordingHandler, Sent
from tests.factories.classroom import CallbackEventFactory
from tests.support.callbacks import body_of, deliver
from tests.support.cloud import LocalCloud

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("inbox"),
]

ROOM = 3461739
MINUTE = dt.timedelta(minutes=1)
ADDRESS = "https://1.vod2.myqcloud.com/f0.mp4"


@pytest.fixture(autouse=True)
def _low_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox_limits, "STORED_AT_MOST", 3)
    monkeypatch.setattr(inbox_limits, "UNASKED", 2)
    monkeypatch.setattr(inbox_limits, "UNASKED_IN_TOTAL", 2)


def call(number: int, event_type: str = "RoomEnd", **data: Any) -> int:
    """Deliver an event unlike all others; return the status of the answer."""
    told = {"RoomId": ROOM} | data
    return int(deliver(body_of(event_type, told, Timestamp=number)).status_code)


class TestData:
    def test_is_kept_whole_up_to_a_limit(self, handler: RecordingHandler):
        data = {"RoomId": ROOM, "Text": "x" * (KEPT_CHARS - 28)}

        deliver(body_of("RoomEnd", data))

        kept = CallbackEvent.objects.get().data
        assert (len(kept), json.loads(kept)) == (KEPT_CHARS, data)

    def test_is_kept_without_where_people_were(self, handler: RecordingHandler):
        data = {"RoomId": ROOM, "UserId": "u1", "IPAddress": "203.0.113.9", "Location": "杭州"}

        deliver(body_of("MemberJoin", data))

        kept = CallbackEvent.objects.get().data
        assert json.loads(kept) == {"RoomId": ROOM, "UserId": "u1"}

    @pytest.mark.parametrize("is_wanted", [True, False])
    def test_of_more_is_kept_what_is_read(self, handler: RecordingHandler, is_wanted: bool):
        event_type = "RecordFinish" if is_wanted else "MemberJoin"
        read = {"RoomId": ROOM, "RecordUrl": ADDRESS, "Duration": 60, "RecordSize": 7}

        deliver(body_of(event_type, read | {"Lists": [["x" * 700]] * 1000}))

        event = CallbackEvent.objects.get()
        assert json.loads(event.data) == read | {"CutFromChars": 705_106}
        assert event.room_id == ROOM

    def test_that_is_large_still_tells_of_the_recording(self, handler: RecordingHandler):
        read = {"RoomId": ROOM, "RecordUrl": ADDRESS, "Duration": 60, "RecordSize": 7}

        deliver(body_of("RecordFinish", read | {"Text": "x" * 700_000}))

        (told,) = reported_recordings(ROOM)
        assert (told.url, told.duration_s, told.size_bytes) == (ADDRESS, 60, 7)

    @pytest.mark.parametrize(
        "data",
        [
            {"RecordUrl": "x" * 700_000},
            {"RecordUrl": "课" * KEPT_CHARS},
            {"DocumentId": [0] * 4000, "RecordUrl": {"a": "x" * 5000}},
        ],
    )
    def test_that_does_not_fit_is_left_out(self, handler: RecordingHandler, data: dict[str, Any]):
        deliver(body_of("RecordFinish", {"RoomId": ROOM} | data))

        kept = json.loads(CallbackEvent.objects.get().data)
        assert kept.keys() == {"RoomId", "CutFromChars"}

    def test_tells_events_apart_by_what_is_left_out(self, handler: RecordingHandler):
        for text in ("x", "y", "y"):
            call(1, Text=text * 5000)

        assert CallbackEvent.objects.count() == 2


class TestAlike:
    @pytest.mark.both_databases("what is counted in a statement of its own")
    def test_are_stored_so_many_times_a_day(self, handler: RecordingHandler, sent: Sent):
        assert {call(number) for number in range(20)} == {200}

        assert CallbackEvent.objects.count() == 3

    @pytest.mark.parametrize(
        ("event_types", "stored"),
        [
            (["RoomStart", "RoomEnd", "RoomExpire", "RecordFinish"], 12),
            (["made up", "made up as well", "and this"], 3),
        ],
    )
    def test_are_those_of_one_type_and_all_types_that_nobody_knows(
        self, handler: RecordingHandler, event_types: list[str], stored: int
    ):
        for number in range(10):
            for event_type in event_types:
                call(number, event_type)

        assert CallbackEvent.objects.count() == stored

    def test_are_those_of_one_room(self, handler: RecordingHandler):
        for number in range(10):
            call(number)
            call(number, RoomId=5)

        assert CallbackEvent.objects.count() == 6

    @pytest.mark.both_databases("moments are compared")
    def test_of_yesterday_do_not_count(self, handler: RecordingHandler):
        long_ago = timezone.now() - dt.timedelta(days=1, minutes=1)
        for _ in range(5):
            CallbackEventFactory.create(
                event_type="RoomEnd", received_at=long_ago, state=EventState.PROCESSED
            )

        for number in range(20):
            call(number)

        assert CallbackEvent.objects.count() == 8

    def test_are_looked_at_after_the_last_of_them(self, handler: RecordingHandler, sent: Sent):
        for number in range(5):
            call(number)
        now = timezone.now()
        work_through(now)
        looks = len(handler.told)
        asked = len(sent.messages)

        call(6)

        (again,) = CallbackEvent.objects.waiting()
        assert sent.messages[asked:] == [("classroom.process_event", again.pk, 0.0)]
        assert (CallbackEvent.objects.count(), again.attempts) == (3, 0)
        work_through(now + MINUTE)
        assert len(handler.told) == looks + 1
        assert not CallbackEvent.objects.waiting().exists()

    def test_that_come_while_one_is_looked_at_wait_for_one_more_look(
        self, handler: RecordingHandler, sent: Sent
    ):
        for number in range(5):
            call(number)
        now = timezone.now()

        def call_often() -> None:
            for number in range(100, 110):
                call(number)

        handler.while_fetching = call_often
        work_through(now)
        handler.while_fetching = lambda: None

        assert CallbackEvent.objects.waiting().count() == 1
        assert CallbackEvent.objects.count() == 4
        work_through(now + MINUTE)
        assert len(handler.told) == 2

    def test_do_not_wait_for_the_pause_after_a_failed_try(
        self, handler: RecordingHandler, sent: Sent
    ):
        now = timezone.now()
        for number in range(4):
            call(number)
        CallbackEvent.objects.update(attempts=5, due_at=now + 60 * MINUTE)

        call(5)

        (due,) = CallbackEvent.objects.due(at=timezone.now(), told_before=now)
        assert due.attempts == 0
        assert sent.event_ids[-1] == due.pk

    def test_do_not_have_a_foreign_room_looked_up_again(
        self, handler: RecordingHandler, sent: Sent
    ):
        for number in range(4):
            call(number)
        now = timezone.now()
        CallbackEvent.objects.update(
            state=EventState.PROCESSED, outcome=Outcome.UNKNOWN_ROOM, closed_at=now
        )

        call(5)

        assert was_found_foreign(ROOM, at=now)


def work_through(at: dt.datetime) -> None:
    for event_id in list(CallbackEvent.objects.waiting().values_list("pk", flat=True)):
        process_event(event_id, at=at)


class TestFullInbox:
    @pytest.fixture(autouse=True)
    def _full_of_made_up_rooms(
        self,
        monkeypatch: pytest.MonkeyPatch,
        inbox: LocalCloud,
        handler: RecordingHandler,
        sent: Sent,
    ) -> None:
        monkeypatch.setattr(inbox_limits, "WAITING_AT_MOST", 4)
        for number in range(10):
            call(number, RoomId=1000 + number)

    def test_has_the_cloud_call_again(self):
        answer = deliver(body_of("RoomEnd", {"RoomId": 5}))

        assert (answer.status_code, answer["Retry-After"]) == (503, "10")
        assert CallbackEvent.objects.count() == 4

    def test_takes_what_is_about_a_room_of_ours(self):
        CallbackEventFactory.create(room_id=5, state=EventState.PROCESSED)

        assert call(1, RoomId=5) == 200

    def test_takes_what_nobody_has_to_look_at(self):
        assert call(1, "MemberJoin") == 200

    def test_takes_more_when_there_is_place(self):
        CallbackEvent.objects.all().delete()

        assert call(1, RoomId=5) == 200


@pytest.mark.both_databases("what is thinned out")
class TestThinOut:
    def test_keeps_the_latest_of_what_is_of_no_use(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(purge, "USELESS_AT_MOST", 2)
        monkeypatch.setattr(purge, "DEAD_AT_MOST", 1)
        now = timezone.now()
        gone = [
            *(closed(outcome=Outcome.NOTHING_TO_DO), closed(outcome=Outcome.UNKNOWN_ROOM)),
            closed(EventState.DEAD),
        ]
        kept = [
            *(closed(outcome=Outcome.HANDLED), closed(outcome=Outcome.UNKNOWN_DOCUMENT)),
            *(CallbackEventFactory.create(), closed(EventState.DEAD)),
            closed(outcome=Outcome.NOTHING_TO_DO),
        ]

        assert thin_out_events(now + MINUTE) == len(gone)

        assert list(CallbackEvent.objects.order_by("pk")) == kept

    def test_is_a_task(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(purge, "DEAD_AT_MOST", 0)
        closed(EventState.DEAD)

        tasks.thin_out_events()

        assert CallbackEvent.objects.count() == 0


def closed(state: EventState = EventState.PROCESSED, **fields: Any) -> CallbackEvent:
    return CallbackEventFactory.create(state=state, **fields)
