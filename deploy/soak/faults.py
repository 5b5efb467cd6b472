"""Ways to inject each fault of the plan, and to mend it when its time is over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from deploy.soak.plan import PROCESSES, Fault, random_of
from deploy.soak.stack import Stack

# A context manager: what is before its `yield` breaks something, what is after it mends that.
Injection = Callable[[Stack, Fault], AbstractContextManager[None]]


@contextmanager
def _killed(stack: Stack, fault: Fault) -> Iterator[None]:
    service = stack.services[fault.part]
    service.kill()
    yield
    service.start()


@contextmanager
def _child_killed(stack: Stack, fault: Fault) -> Iterator[None]:
    stack.services[fault.part].kill_child(random_of(0, str(fault)))
    yield


@contextmanager
def _restarted(stack: Stack, fault: Fault) -> Iterator[None]:
    service = stack.services[fault.part]
    service.stop()
    yield
    service.start()


@contextmanager
def _frozen(stack: Stack, fault: Fault) -> Iterator[None]:
    service = stack.services[fault.part]
    service.freeze()
    yield
    service.thaw()


@contextmanager
def _clock_wrong(stack: Stack, fault: Fault) -> Iterator[None]:
    service = stack.services[fault.part]
    service.stop()
    service.start(clock_offset_s=fault.details["offset_s"])
    yield
    service.stop()
    service.start()


@contextmanager
def _broker_killed(stack: Stack, _fault: Fault) -> Iterator[None]:
    stack.valkey.kill()
    yield
    stack.start_broker()


@contextmanager
def _database_killed(stack: Stack, _fault: Fault) -> Iterator[None]:
    stack.postgres.kill()
    yield
    stack.start_database()


@contextmanager
def _database_frozen(stack: Stack, _fault: Fault) -> Iterator[None]:
    stack.freeze_database()
    yield
    stack.thaw_database()


@contextmanager
def _disk_full(stack: Stack, fault: Fault) -> Iterator[None]:
    stack.media.fill(left_bytes=fault.details["left_bytes"])
    yield
    stack.media.clear()


def _cloud_fault(kind: str) -> Injection:
    """A fault of the cloud's API; its details go to the cloud's control as they are."""

    @contextmanager
    def inject(stack: Stack, fault: Fault) -> Iterator[None]:
        details = {"action": "*", **fault.details}
        number = stack.cloud.add_fault(kind=kind, **details)
        yield
        stack.cloud.clear_fault(number)

    return inject


@contextmanager
def _recordings_hidden(stack: Stack, _fault: Fault) -> Iterator[None]:
    stack.cloud.tell("recording", describe_record_silent=True)
    yield
    stack.cloud.tell("recording", describe_record_silent=False)


@contextmanager
def _callbacks_lost(stack: Stack, _fault: Fault) -> Iterator[None]:
    stack.cloud.tell("callbacks", enabled=False)
    yield
    stack.cloud.tell("callbacks", enabled=True)


@contextmanager
def _callbacks_bad(stack: Stack, fault: Fault) -> Iterator[None]:
    good = {"lose": 0, "double": 0, "delay_s": 0, "reorder": False, "forge": False}
    stack.cloud.tell("callbacks", **fault.details)
    yield
    stack.cloud.tell("callbacks", **good)


FAULTS: dict[str, Injection] = {
    **{f"{process}_killed": _killed for process in PROCESSES},
    **{f"{process}_child_killed": _child_killed for process in ("web", "worker")},
    **{f"{process}_restarted": _restarted for process in PROCESSES},
    **{f"{process}_frozen": _frozen for process in ("web", "worker")},
    **{f"{process}_clock_wrong": _clock_wrong for process in PROCESSES},
    "broker_killed": _broker_killed,
    "database_killed": _database_killed,
    "database_frozen": _database_frozen,
    "disk_full": _disk_full,
    "cloud_slow": _cloud_fault("late"),
    "cloud_hangs": _cloud_fault("hang"),
    "cloud_broken": _cloud_fault("http500"),
    "cloud_busy": _cloud_fault("rate_limit"),
    "cloud_answers_lost": _cloud_fault("drop_after"),
    "cloud_garbles": _cloud_fault("garble"),
    "cloud_lies": _cloud_fault("fail"),
    "recordings_hidden": _recordings_hidden,
    "callbacks_lost": _callbacks_lost,
    "callbacks_bad": _callbacks_bad,
}
