"""The queue at the door: order of arrival, who is counted, and what comes of those who do not come back."""

from __future__ import annotations

import threading
import time

import pytest
import redis
from django.core import signing

from schedule.door import queue
from schedule.door.queue import DoorBusy, Place, send_outside, turn
from tests.support.peers import refusing_port

A_MINUTE_US = 60_000_000


@pytest.fixture(autouse=True)
def _two_tickets_a_second(monkeypatch):
    monkeypatch.setattr(queue, "tickets_per_s", lambda: 2)


@pytest.fixture
def patient(monkeypatch):
    monkeypatch.setattr(queue, "STANDS_AT_MOST_S", 60)


def stand(who, arrived_us=0):
    return queue._ask("stand", who, arrived_us, holds_s=queue.GONE_AFTER_S)


def go_outside(who):
    """Have somebody sent outside, and return their place."""
    place = send_outside(who, 0).place
    assert place is not None
    return place


@pytest.mark.processes
@pytest.mark.usefixtures("valkey")
class TestOrder:
    def test_who_came_first_is_first(self):
        first, second = stand("1:1"), stand("2:1")

        assert (first.ahead_here, second.ahead_here) == (0, 1)
        assert first.arrived_us < second.arrived_us

    def test_who_looks_again_keeps_their_place(self):
        first = stand("1:1")
        stand("2:1")

        assert stand("1:1") == first

    def test_turns_come_in_the_order_of_arrival_to_all_processes(self, patient, monkeypatch):
        monkeypatch.setattr(queue, "LOOKS_EVERY_S", 0.01)
        arrived_us = stand("0:0").arrived_us
        let_in: list[int] = []
        passed: list[int] = []

        def go_in(number: int) -> None:
            # The last to arrive is the first to be let go.
            with turn(f"{number}:1", arrived_us - A_MINUTE_US + number):
                passed.append(len(set(range(number)) - set(let_in)))
                let_in.append(number)

        for number in range(8):
            stand(f"{number}:1", arrived_us - A_MINUTE_US + number)
        threads = [threading.Thread(target=go_in, args=(number,)) for number in reversed(range(8))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sorted(let_in) == list(range(8))
        assert max(passed) < 2, "two have their turn at once"

    def test_who_would_have_to_stand_too_long_is_sent_outside_at_once(self, monkeypatch):
        for number in range(20):
            stand(f"{number}:1")

        with pytest.raises(DoorBusy) as raised, turn("20:1", 0):
            raise AssertionError("it was not their turn")

        assert raised.value.place is not None
        assert raised.value.place.ahead == 20
        assert raised.value.wait_s == 9

    def test_those_outside_keep_nobody_waiting(self):
        for number in range(20):
            send_outside(f"{number}:1", 0)

        with turn("20:1", 0):
            assert stand("20:1") == Place(stand("20:1").arrived_us, 0, 20)

    def test_newcomer_does_not_pass_those_outside_while_enough_stand_here(self):
        for number in range(20):
            send_outside(f"{number}:1", 0)
        for number in range(2):
            stand(f"{number}:1")

        with pytest.raises(DoorBusy), turn("20:1", 0):
            raise AssertionError("it was not their turn")

    def test_those_who_came_earlier_and_are_outside_count_for_the_wait(self):
        for number in range(20):
            send_outside(f"{number}:1", 0)

        assert send_outside("20:1", 0).wait_s == 9
        assert send_outside("0:1", 0).wait_s == queue.WAITS_AT_LEAST_S

    def test_who_comes_back_goes_before_those_who_came_later(self):
        arrived_us = go_outside("1:1").arrived_us
        for number in range(2, 20):
            stand(f"{number}:1")

        assert stand("1:1", arrived_us).ahead_here == 0

    def test_place_is_known_also_without_the_word_of_the_page(self):
        place = go_outside("1:1")
        stand("2:1")

        assert stand("1:1") == place

    def test_word_of_the_page_is_enough(self, valkey):
        place = go_outside("1:1")
        with redis.Redis.from_url(valkey) as client:
            client.flushdb()
        stand("2:1")

        assert stand("1:1", place.arrived_us) == place

    def test_who_is_sent_outside_after_their_turn_keeps_their_place(self, valkey):
        arrived_us = stand("1:1").arrived_us
        with turn("1:1", 0) as told_us:
            with redis.Redis.from_url(valkey) as client:
                client.flushdb()  # as one who counts as gone is forgotten
            place = send_outside("1:1", told_us).place

        assert place is not None
        assert place.arrived_us == arrived_us

    def test_nobody_arrives_in_the_future(self):
        now_us = stand("1:1").arrived_us

        assert stand("2:1", now_us + A_MINUTE_US).arrived_us < now_us + A_MINUTE_US

    def test_who_leaves_makes_room(self):
        with turn("1:1", 0):
            assert stand("2:1").ahead_here == 1

        assert stand("2:1").ahead_here == 0


@pytest.mark.processes
@pytest.mark.usefixtures("valkey")
class TestThoseWhoDoNotComeBack:
    def test_place_of_a_killed_process_runs_out(self, monkeypatch):
        monkeypatch.setattr(queue, "GONE_AFTER_S", 0.1)
        stand("1:1")

        while stand("2:1").ahead_here:
            time.sleep(0.05)

    def test_place_outside_runs_out(self, monkeypatch):
        monkeypatch.setattr(queue, "GRACE_S", 0.1)
        monkeypatch.setattr(queue, "WAITS_AT_LEAST_S", 0)
        send_outside("1:1", 0)

        while stand("2:1").ahead_outside:
            time.sleep(0.05)


class TestWithoutRedis:
    @pytest.fixture(autouse=True)
    def _nobody_answers(self, settings):
        settings.REDIS_URL = f"redis://127.0.0.1:{refusing_port()}/0"

    def test_everybody_goes_in_as_they_come(self):
        with turn("1:1", 0), turn("2:1", 0), turn("3:1", 0):
            pass

    def test_who_is_sent_outside_is_told_a_time(self):
        busy = send_outside("1:1", 0)

        assert busy.place is None
        assert busy.wait_s >= queue.WAITS_UNCOUNTED_S


class TestWordOfThePage:
    def test_is_read_for_the_person_and_lesson_it_was_written_for(self):
        said = queue.sign_arrival("1:1", Place(123, 0, 0))

        assert queue.read_arrival("1:1", said) == 123
        assert queue.read_arrival("2:1", said) == 0
        assert queue.read_arrival("1:2", said) == 0

    @pytest.mark.parametrize("said", ["", "123", "\0"])
    def test_counts_only_from_us(self, said):
        assert queue.read_arrival("1:1", said) == 0

    def test_word_signed_for_something_else_counts_for_nothing(self):
        said = signing.dumps(["1:1", 123], salt="something else")

        assert queue.read_arrival("1:1", said) == 0

    def test_counts_for_a_while(self, monkeypatch):
        said = queue.sign_arrival("1:1", Place(123, 0, 0))
        monkeypatch.setattr(queue, "ARRIVAL_HOLDS_S", -1)

        assert queue.read_arrival("1:1", said) == 0
