from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
import redis
from prometheus_client import REGISTRY

from classroom.client import rate_limits
from classroom.client.errors import CloudBusy, CloudUnavailable
from classroom.client.rate_limits import Priority, RateLimiter
from deploy.services import valkey as valkey_server
from edu_platform.lib import redis_scripts
from tests.support.peers import refusing_port, silent_port, unreachable_port
from tests.support.threads import all_at_once

DOOR = Priority.INTERACTIVE
FRESH = Priority.CLASS_ENDED
BACKGROUND = Priority.BACKGROUND
ACTION = "GetRooms"
QUICK_S = 1.0


@pytest.fixture(autouse=True)
def _impatient(_quick_cloud_calls: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The vendor's limits again, and people who do not queue."""
    monkeypatch.setattr(rate_limits, "CALLS_PER_S", {"DescribeRoom": 50, "BatchRegister": 10})
    monkeypatch.setattr(rate_limits, "DEFAULT_CALLS_PER_S", 20)
    for priority in Priority:
        monkeypatch.setattr(priority, "patience_s", 0.0)


@pytest.fixture
def refused_redis() -> str:
    return f"redis://127.0.0.1:{refusing_port()}/0"


@pytest.fixture
def hanging_redis() -> Iterator[str]:
    with silent_port() as port:
        yield f"redis://127.0.0.1:{port}/0"


@pytest.fixture
def unreachable_redis() -> Iterator[str]:
    with unreachable_port() as port:
        yield f"redis://127.0.0.1:{port}/0"


def taken(limiter: RateLimiter, priority: Priority, action: str = ACTION) -> int:
    """Take places until none is left, and say how many there were."""
    for number in range(200):
        try:
            limiter.take([action], priority)
        except CloudUnavailable:
            return number
    raise AssertionError("no end of places")


def granted_at(limiter: RateLimiter, priority: Priority, action: str = ACTION) -> float:
    """Take a place, however long that takes, and say when it was, by Redis's clock."""
    limiter.take([action], priority, patience_s=60)
    newest: Any = limiter._shared.client.lindex(f"lcic:{action}:all", 0)
    return int(newest) / 1_000_000


def most_in_a_second(times: list[float]) -> int:
    return max(sum(begin <= each < begin + 1 for each in times) for begin in times)


def in_order_of_places(takes: Sequence[Callable[[], object]]) -> list[int]:
    """Run all of them side by side, begun in this order; return the numbers as they ended, in their halves."""
    ended: list[int] = []

    def run(number: int) -> None:
        takes[number]()
        ended.append(number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(takes))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    half = len(takes) // 2
    return sorted(ended[:half]) + sorted(ended[half:])


def wait_for_a_fresh_second() -> None:
    time.sleep(rate_limits.WINDOW_S)


@pytest.mark.processes
class TestShared:
    @pytest.mark.parametrize(
        ("action", "places"), [("GetRooms", 20), ("DescribeRoom", 50), ("BatchRegister", 10)]
    )
    def test_each_action_has_the_vendor_s_limit(self, valkey: str, action: str, places: int):
        assert taken(RateLimiter(valkey), DOOR, action) == places

    def test_actions_do_not_take_from_each_other(self, valkey: str):
        limiter = RateLimiter(valkey)
        taken(limiter, DOOR, "CreateRoom")

        assert taken(limiter, DOOR, "GetRooms") == 20

    def test_two_processes_share_one_count(self, valkey: str):
        first, second = RateLimiter(valkey), RateLimiter(valkey)
        for _ in range(15):
            first.take([ACTION], DOOR)

        assert taken(second, DOOR) == 5
        assert taken(first, DOOR) == 0

    @pytest.mark.parametrize(("priority", "places"), [(DOOR, 20), (FRESH, 19), (BACKGROUND, 18)])
    def test_the_less_urgent_leave_a_little_free_where_nobody_else_is(
        self, valkey: str, priority: Priority, places: int
    ):
        limiter = RateLimiter(valkey)

        times = [granted_at(limiter, priority) for _ in range(3 * places)]

        assert most_in_a_second(times) == places

    def test_the_background_leaves_the_door_what_it_used_of_late(self, valkey: str):
        limiter = RateLimiter(valkey)
        for _ in range(12):
            limiter.take([ACTION], DOOR)

        times = [granted_at(limiter, BACKGROUND) for _ in range(15)]

        assert most_in_a_second(times) == 20 - 12 - 2

    def test_classes_that_ended_leave_the_door_what_it_used_of_late(self, valkey: str):
        limiter = RateLimiter(valkey)
        for _ in range(12):
            limiter.take([ACTION], DOOR)

        assert taken(limiter, FRESH) == 20 - 12 - 1

    def test_as_many_rooms_as_ever_are_left_to_be_looked_at_at_the_door(self, valkey: str):
        limiter = RateLimiter(valkey)
        for _ in range(100):
            granted_at(limiter, BACKGROUND, "DescribeRoom")

        assert taken(limiter, DOOR, "DescribeRoom") >= 25

    def test_who_waits_at_the_door_is_next(self, valkey: str, monkeypatch: pytest.MonkeyPatch):
        limiter = RateLimiter(valkey)
        taken(limiter, DOOR)
        monkeypatch.setattr(DOOR, "patience_s", 5.0)

        order = in_order_of_places(
            [lambda: limiter.take([ACTION], BACKGROUND, patience_s=60)] * 4
            + [lambda: limiter.take([ACTION], DOOR)] * 4
        )

        assert order == [4, 5, 6, 7, 0, 1, 2, 3]

    def test_callback_that_waits_goes_before_the_background(self, valkey: str):
        limiter = RateLimiter(valkey)
        taken(limiter, FRESH)

        assert taken(limiter, FRESH) == 0
        wait_s = limiter._ask([ACTION], FRESH, 0)[1]

        assert limiter._ask([ACTION], BACKGROUND, 0)[1] > wait_s

    def test_no_two_processes_take_one_place(self, valkey: str):
        limiters = [RateLimiter(valkey) for _ in range(8)]

        counts = all_at_once(lambda limiter: taken(limiter, DOOR), limiters)

        assert sum(counts) == 20

    def test_of_two_actions_the_one_is_taken_that_has_a_place(self, valkey: str):
        limiter = RateLimiter(valkey)
        both = ["LoginUserWithRoom", "LoginOriginIdWithRoom"]

        takes = Counter(limiter.take(both, DOOR) for _ in range(40))

        assert takes == dict.fromkeys(both, 20)
        with pytest.raises(CloudBusy):
            limiter.take(both, DOOR)

    def test_who_cannot_be_served_in_time_is_told_at_once_how_long_it_takes(
        self, valkey: str, monkeypatch: pytest.MonkeyPatch
    ):
        limiter = RateLimiter(valkey)
        taken(limiter, DOOR)

        with pytest.raises(CloudBusy) as raised:
            limiter.take([ACTION], DOOR, patience_s=0.1)

        assert 0.1 < raised.value.wait_s <= rate_limits.WINDOW_S

    def test_refused_call_takes_nothing(self, valkey: str):
        limiter = RateLimiter(valkey)
        taken(limiter, DOOR)
        taken(limiter, BACKGROUND)
        wait_for_a_fresh_second()

        assert taken(limiter, DOOR) == 20

    def test_places_come_free_after_a_second(self, valkey: str):
        limiter = RateLimiter(valkey)
        taken(limiter, DOOR)
        wait_for_a_fresh_second()

        assert taken(limiter, DOOR) == 20

    def test_call_queues_within_its_patience(self, valkey: str, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(DOOR, "patience_s", 5.0)
        limiter = RateLimiter(valkey)
        started = time.monotonic()

        for _ in range(21):
            limiter.take([ACTION], DOOR)

        assert 0.9 < time.monotonic() - started < 5

    def test_redis_that_comes_back_is_used_again(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
    ):
        monkeypatch.setattr(redis_scripts, "REST_S", 0.2)
        port = refusing_port()
        limiter = RateLimiter(f"redis://127.0.0.1:{port}/0")
        assert taken(limiter, DOOR) == 5

        monkeypatch.setattr(valkey_server, "free_port", lambda: port)
        server = valkey_server.Valkey(tmp_path_factory.mktemp("valkey"), durable=False)
        try:
            time.sleep(0.25)

            assert taken(limiter, DOOR) == 20
        finally:
            server.stop()

    @pytest.mark.parametrize("priority", [DOOR, FRESH, BACKGROUND])
    def test_clock_of_redis_that_is_set_back_holds_up_no_call(
        self, valkey: str, priority: Priority
    ):
        limiter = RateLimiter(valkey)
        an_hour_ahead = int((time.time() + 3600) * rate_limits.US)
        with redis.Redis.from_url(valkey) as client:
            client.lpush(f"lcic:{ACTION}:all", *[an_hour_ahead] * 20)
            client.lpush(f"lcic:{ACTION}:0", *[an_hour_ahead] * 20)
            client.set(f"lcic:{ACTION}:waits", "", ex=3600)

        limiter.take([ACTION], priority)

        assert most_in_a_second([granted_at(limiter, DOOR) for _ in range(30)]) <= 20

    def test_count_stands_in_redis_only_for_a_moment(self, valkey: str):
        taken(RateLimiter(valkey), FRESH)

        with redis.Redis.from_url(valkey) as client:
            assert client.keys("*") != []
            while client.keys("*"):
                time.sleep(0.1)


class TestSeen:
    def test_calls_that_are_left(self, valkey: str):
        limiter = RateLimiter(valkey)
        wait_for_a_fresh_second()
        limiter.take([ACTION], DOOR)

        assert limiter.calls_left([ACTION, "DescribeRoom"]) == {ACTION: 19, "DescribeRoom": 50}

    def test_nobody_knows_what_is_left_without_redis(self, refused_redis: str):
        assert RateLimiter(refused_redis).calls_left([ACTION]) is None

    def test_refused_ones_are_counted(self, refused_redis: str):
        limiter = RateLimiter(refused_redis)
        name, labels = "edu_cloud_budget_refused_total", {"priority": "background"}
        before = REGISTRY.get_sample_value(name, labels) or 0.0

        taken(limiter, BACKGROUND)

        assert REGISTRY.get_sample_value(name, labels) == before + 1


class TestRefusal:
    def test_has_had_no_effect_and_says_when_to_come_back(self, refused_redis: str):
        limiter = RateLimiter(refused_redis)
        taken(limiter, DOOR)

        with pytest.raises(CloudUnavailable) as raised:
            limiter.take([ACTION], DOOR)

        assert raised.value.outcome_is_known is True
        assert raised.value.retry_after_s > 0

    def test_comes_after_the_patience(self, refused_redis: str, monkeypatch: pytest.MonkeyPatch):
        limiter = RateLimiter(refused_redis)
        taken(limiter, DOOR)
        monkeypatch.setattr(DOOR, "patience_s", 0.3)
        started = time.monotonic()

        with pytest.raises(CloudUnavailable):
            limiter.take([ACTION], DOOR)

        assert 0.3 <= time.monotonic() - started < QUICK_S


class TestWithoutRedis:
    @pytest.mark.parametrize("peer", ["refused_redis", "hanging_redis", "unreachable_redis"])
    def test_process_takes_a_small_share_soon(self, request: pytest.FixtureRequest, peer: str):
        limiter = RateLimiter(request.getfixturevalue(peer))
        started = time.monotonic()

        assert taken(limiter, DOOR) == 5

        assert time.monotonic() - started < QUICK_S

    @pytest.mark.parametrize(("priority", "places"), [(DOOR, 5), (FRESH, 4), (BACKGROUND, 2)])
    def test_share_is_divided_alike(self, refused_redis: str, priority: Priority, places: int):
        assert taken(RateLimiter(refused_redis), priority) == places

    def test_dead_redis_is_left_alone_for_a_while(
        self, hanging_redis: str, caplog: pytest.LogCaptureFixture
    ):
        limiter = RateLimiter(hanging_redis)
        with caplog.at_level(logging.WARNING):
            taken(limiter, DOOR)
            taken(limiter, BACKGROUND, "CreateRoom")

        assert [record.name for record in caplog.records] == ["classroom.client.rate_limits"]


def test_process_has_one_limiter():
    assert rate_limits.rate_limiter() is rate_limits.rate_limiter()
