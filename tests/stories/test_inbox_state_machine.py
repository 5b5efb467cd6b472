"""Callbacks, polling, workers that die, a cloud that fails and lies, and people, in every order.

However they fall, nobody sees what the facts forbid, nothing that was taken is lost, and once the cloud and the
workers are well for a while everything is as it is in the cloud. INBOX_EXAMPLES=5000 searches for longer.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
import requests
import time_machine
from django.db import connection
from django.db.transaction import Atomic
from django.utils import timezone
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from classroom.client import rate_limits, transport
from classroom.hooks import NotOurs
from classroom.services import inbox_limits
from classroom.services.inbox import run_failed_again
from edu_platform.lib import due, queueing
from replays.models import Replay
from replays.services.reconciling import reconcile_room, rooms_since
from schedule.enums import RecordMode
from schedule.models import Lesson
from schedule.rooms import ahead
from tests.support.callbacks import KEY
from tests.support.cloud import SDK_APP_ID, SECRET_ID, SECRET_KEY
from tests.support.statemachine import threadless_cloud, truth
from tests.support.statemachine.worker import (
    NIGHTLY,
    TASKS,
    enter_with_savepoint,
)
from tests.support.statemachine.world import (
    BAD_BODIES,
    BEGINS_AT,
    WELL,
    FaultsHeard,
    School,
    Step,
    Trouble,
    World,
    make_school,
)
from tests.support.transactions import rolled_back

# About twelve seconds of a processor. From ten on, hypothesis spends many on small examples and on changes
# of earlier ones, which reach nothing more; of nine, all but the simplest are drawn at random.
USUAL_EXAMPLES = 9
EXAMPLES = int(os.environ.get("INBOX_EXAMPLES", USUAL_EXAMPLES))
STEPS_AN_EXAMPLE = 30
SECONDS_AN_EXAMPLE = 20

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.timeout(max(240, EXAMPLES * SECONDS_AN_EXAMPLE)),
]

HOUR_S, DAY_S = 3600.0, 86400.0
# A file that is made this soon after its class is found by polling alone.
FOUND_BY_POLLING = dt.timedelta(hours=20)
# The cloud is asked this long for what it says is gone.
ASKED_FOR = dt.timedelta(days=25)

INDEX = st.integers(0, 7)
WAITS_S = st.sampled_from([0.3, 1, 6, 31, 61, 130, 310, 660, 1800, HOUR_S, 3 * HOUR_S, DAY_S])
LONG_WAITS_S = st.sampled_from([2 * DAY_S, 7 * DAY_S, 31 * DAY_S])
IN_A_ROOM = st.sampled_from(
    ["start", "end", "come or go", "record by hand", "record again", "vanish", "lose files"]
)
PEOPLE_DO = st.sampled_from(
    ["trash", "trash", "restore", "check", "play", "move", "cancel", "uncancel", "reopen", "delete"]
)
RECORDED_SO = st.sampled_from(
    [
        *({}, {"delay_s": 3 * HOUR_S}, {"enabled": False}, {"storage_full": True}),
        {"describe_record_silent": True},
    ]
)
FAILURES = st.sampled_from(["http500", "drop_after", "drop_before", "garble", "rate_limit", "fail"])
ACTIONS = st.sampled_from(
    ["*", "DescribeRoom", "DescribeRecord", "GetRooms", "CreateRoom", "DeleteRecord"]
)
HIDDEN = st.sampled_from(
    [("DescribeRecord", "DescribeRoom", "DescribePlaybackList"), ("GetRooms",)]
)
TYPES = st.sampled_from(["RoomStart", "RoomEnd", "RecordFinish", "RoomExpire", "RoomSomethingNew"])


def steps_of(kinds: Mapping[str, st.SearchStrategy[tuple[Any, ...]]]) -> st.SearchStrategy[Step]:
    """Steps of these kinds, each with its words, as often as their names say: "call 5"."""
    names = [name for name in kinds for _time in range(int(name.rpartition(" ")[2]))]
    return st.sampled_from(names).flatmap(
        lambda name: kinds[name].map(lambda words: (name.rpartition(" ")[0], *words))
    )


MEANWHILE = st.lists(
    steps_of(
        {
            "class 1": st.tuples(INDEX, st.integers(0, 2)),
            "fact 3": st.tuples(IN_A_ROOM, INDEX),
            "files 2": st.tuples(st.integers(1, 3)),
            "call 2": st.tuples(INDEX),
            "task 3": st.tuples(st.sampled_from(TASKS)),
            "message 2": st.tuples(INDEX),
            "person 2": st.tuples(PEOPLE_DO, INDEX),
            "wait 2": st.tuples(WAITS_S),
        }
    ),
    min_size=1,
    max_size=3,
)
TROUBLE = st.one_of(
    st.just(WELL),
    st.builds(Trouble, dies_after=st.integers(0, 40)),
    st.builds(Trouble, waits_at=st.integers(0, 4), meanwhile=MEANWHILE),
)
STEPS = steps_of(
    {
        "class 4": st.tuples(INDEX, st.integers(0, 2)),
        "fact 2": st.tuples(IN_A_ROOM, INDEX),
        "files 2": st.tuples(st.integers(1, 3)),
        "recorded so 1": st.tuples(RECORDED_SO),
        "taken call 5": st.tuples(INDEX, TROUBLE),
        "call 2": st.tuples(INDEX),
        "forged call 1": st.tuples(TYPES, INDEX),
        "bad call 1": st.tuples(st.sampled_from(sorted(BAD_BODIES)), INDEX),
        "message 2": st.tuples(INDEX, TROUBLE),
        "message twice 1": st.tuples(INDEX),
        "messages lost 1": st.tuples(),
        "polling 5": st.tuples(st.sampled_from([31, 660, HOUR_S, DAY_S]), TROUBLE),
        "task 3": st.tuples(st.sampled_from(TASKS), TROUBLE),
        "all work 1": st.tuples(),
        "fails 1": st.tuples(ACTIONS, FAILURES, st.sampled_from([1, 3, 9, None])),
        "hides 1": st.tuples(HIDDEN),
        "denies a room 1": st.tuples(st.sampled_from([1, 3])),
        "well 2": st.tuples(),
        "person 3": st.tuples(PEOPLE_DO, INDEX),
        "deletion 2": st.tuples(INDEX, st.sampled_from([60, 31 * DAY_S]), TROUBLE),
        "wait 2": st.tuples(st.one_of(WAITS_S, LONG_WAITS_S)),
    }
)


class InboxAndReplays(RuleBasedStateMachine):
    """The platform between its cloud, its workers and its people."""

    school: ClassVar[School]
    # The example that has the client's requests and the queued messages.
    current: ClassVar[World]

    @classmethod
    def answer(cls, request: requests.PreparedRequest) -> requests.Response:
        return cls.current.answer(request)

    @classmethod
    def send(cls, *message: Any) -> None:
        cls.current.broker.send(*message)

    def __init__(self) -> None:
        super().__init__()
        self.is_broken = False
        self.around = ExitStack()
        self.around.enter_context(rolled_back())
        clock = self.around.enter_context(time_machine.travel(BEGINS_AT, tick=False))
        inbox_limits.allowances = inbox_limits.Allowances()
        self.world = World(self.school, clock)
        type(self).current = self.world
        self.around.callback(self.world.cloud.close)
        self.around.enter_context(connection.execute_wrapper(self.world.workers.before_statement))
        self.faults = FaultsHeard()
        logging.getLogger().addHandler(self.faults)
        self.around.callback(logging.getLogger().removeHandler, self.faults)

    @contextmanager
    def noting_failure(self) -> Iterator[World]:
        """Note a failure: an example that has failed need not come to rest."""
        try:
            yield self.world
        except BaseException:
            self.is_broken = True
            raise

    def do(self, step: Step) -> None:
        with self.noting_failure() as world:
            world.do(step)

    @initialize(mode=st.sampled_from(RecordMode))
    def rooms_are_made(self, mode: RecordMode) -> None:
        with self.noting_failure() as world:
            Lesson.objects.filter(pk=self.school.lessons[-1].pk).update(record_mode=mode)
            world.work_off()

    # One rule: of several, hypothesis leaves most out of an example, and little would come together.
    @rule(step=STEPS)
    def next_step(self, step: Step) -> None:
        self.do(step)

    @invariant()
    def nobody_sees_what_the_facts_forbid(self) -> None:
        with self.noting_failure() as world:
            assert not self.faults.heard, self.faults.heard[0]
            world.clock.shift(0.1)
            truth.check_now(world)

    def teardown(self) -> None:
        try:
            if not self.is_broken:
                self.come_to_rest()
        finally:
            self.around.close()

    def come_to_rest(self) -> None:
        """Once cloud and workers are well, time alone repairs what was lost."""
        world, began_at = self.world, timezone.now()
        world.heal()
        world.record_so({})
        # First the leases of dead workers end, then what is looked at twice has its second look.
        for seconds in (130, 660):
            self.work(after_s=seconds)
        last = max(Lesson.objects.values_list("ends_at", flat=True), default=timezone.now())
        until_over_s = max((last - timezone.now()).total_seconds(), 0)
        for later_s in (until_over_s + 5 * HOUR_S, 3 * HOUR_S, 25 * HOUR_S, 3 * DAY_S):
            self.work(after_s=later_s)
        truth.check_now(world)
        truth.check_found(world, within=FOUND_BY_POLLING, ended_after=began_at - ASKED_FOR)
        self.reconcile()
        truth.check_same(world)
        truth.check_rest(world)
        if world.trashed:
            for purged_s in (31 * DAY_S, 660):
                self.work(after_s=purged_s)
            assert not Replay.objects.filter(pk__in=world.trashed, purged_at=None).exists()
            truth.check_now(world)
            truth.check_same(world)
            truth.check_rest(world)
        assert not self.faults.heard, self.faults.heard[0]

    def work(self, *, after_s: float) -> None:
        self.world.wait(after_s)
        while self.world.cloud.make_files():
            pass
        self.world.work_off()

    def reconcile(self) -> None:
        """Compare every room with the cloud once more, as an operator can by command."""
        for name in NIGHTLY:
            self.world.run(name)
        run_failed_again(timezone.now())
        for _look in range(2):  # what is missing is gone when it is missing again
            self.work(after_s=660)
            for room_id in rooms_since(BEGINS_AT - dt.timedelta(days=1), at=timezone.now()):
                with suppress(NotOurs):
                    reconcile_room(room_id, is_dry_run=False)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, settings: Any) -> type[InboxAndReplays]:
    """The machine, whose client needs no sockets, and whose broker is a list."""
    settings.LCIC_ENDPOINT = threadless_cloud.URL
    settings.LCIC_SDK_APP_ID = SDK_APP_ID
    settings.LCIC_SECRET_ID, settings.LCIC_SECRET_KEY = SECRET_ID, SECRET_KEY
    settings.LCIC_CALLBACK_KEY = [KEY]
    settings.REPLAY_HOSTS = ["*.vod2.myqcloud.com"]
    make_client = transport._new_client

    def without_sockets(read_timeout_s: float) -> Any:
        client = make_client(read_timeout_s)
        adapter = threadless_cloud.SessionAdapter(InboxAndReplays.answer)
        client.request.conn._session.mount("http://", adapter)
        return client

    monkeypatch.setattr(transport, "_new_client", without_sockets)
    monkeypatch.setattr(transport, "_local", threading.local())
    monkeypatch.setattr(transport, "FIRST_WAIT_S", 0)
    monkeypatch.setattr(
        rate_limits.RateLimiter, "take", lambda _self, actions, *_more, **_options: actions[0]
    )
    # Runs count their seconds by the clock that is moved.
    monkeypatch.setattr(due, "time", SimpleNamespace(monotonic=time.time))
    monkeypatch.setattr(ahead, "MADE_AT_ONCE", 1)
    monkeypatch.setattr(inbox_limits, "allowances", None)
    # So that some of a room's callbacks stand for others.
    monkeypatch.setattr(inbox_limits, "STORED_AT_MOST", 4)
    monkeypatch.setattr(inbox_limits, "UNASKED", 1)
    monkeypatch.setattr(queueing, "GATHERED_FOR_S", 0)
    monkeypatch.setattr(queueing, "_in_background", lambda work, *words: work(*words))
    monkeypatch.setattr(queueing, "_send_or_drop", InboxAndReplays.send)
    monkeypatch.setattr(Atomic, "__enter__", enter_with_savepoint(Atomic.__enter__))
    return InboxAndReplays


def test_in_the_end_everything_is_as_in_the_cloud(machine: type[InboxAndReplays]) -> None:
    with time_machine.travel(BEGINS_AT, tick=False):
        machine.school = make_school()
    is_search = EXAMPLES != USUAL_EXAMPLES
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS_AN_EXAMPLE,
            # The usual run says the same each time; a search is for what nobody has seen yet.
            derandomize=not is_search,
            print_blob=True,
            # To explain a failure every line would be traced, for minutes.
            phases=set(Phase) - {Phase.explain},
        ),
    )
