"""Faults and their times, drawn from the seed before anything starts.

A fault breaks one part. No part has two faults at a time, different parts have.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

PROCESSES = ("web", "worker", "beat")
# Between the beginnings of two faults, on average.
PAUSE_S = 8.0
# The school opens before the first fault, and all are over before the last classes end.
FIRST_AT_S = 5.0
LAST_SHARE = 0.95
# These create something: a lost answer leaves it unknown whether they did.
CREATING_ACTIONS = (
    "CreateRoom",
    "CreateDocument",
    "RegisterUser",
    "BatchRegister",
    "BindDocumentToRoom",
)
READING_ACTIONS = (
    *("DescribeRoom", "DescribeRecord", "GetRooms", "BatchDescribeDocument"),
    *("GetRoomEvent", "DescribeRoomStatistics"),
)
GARBLE_SHAPES = ("truncated", "text", "foreign")
# Within the tolerance of a callback's signature, beyond it, and beyond what the cloud accepts of a call.
CLOCK_OFFSETS_S = (-900, -120, -40, 40, 120, 900)


@dataclass(frozen=True, kw_only=True)
class Fault:
    """Breaks `part` for `lasting_s`, beginning `at_s` after the start of the run."""

    name: str
    part: str
    at_s: float
    lasting_s: float
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def ends_s(self) -> float:
        return self.at_s + self.lasting_s

    def __str__(self) -> str:
        details = " ".join(f"{name}={value}" for name, value in self.details.items())
        return f"{self.at_s:6.1f} s  {self.name} for {self.lasting_s:.1f} s {details}".rstrip()


@dataclass(frozen=True, kw_only=True)
class FaultKind:
    """Draws faults of a name; `details` draws what only this kind has."""

    name: str
    part: str
    shortest_s: float
    longest_s: float
    weight: int = 1
    details: Callable[[random.Random], dict[str, Any]] = lambda _chance: {}

    def draw(self, chance: random.Random, at_s: float) -> Fault:
        lasting_s = round(chance.uniform(self.shortest_s, self.longest_s), 1)
        return Fault(
            name=self.name,
            part=self.part,
            at_s=round(at_s, 1),
            lasting_s=lasting_s,
            details=self.details(chance),
        )


def _process_faults(
    name: str, lasting_s: tuple[float, float], weight: int, processes: Sequence[str] = PROCESSES
) -> list[FaultKind]:
    shortest_s, longest_s = lasting_s
    return [
        FaultKind(
            name=f"{process}_{name}",
            part=process,
            shortest_s=shortest_s,
            longest_s=longest_s,
            weight=weight,
        )
        for process in processes
    ]


def _draw_free_bytes(chance: random.Random) -> dict[str, Any]:
    """Room for nothing, for a part of a small file, or for some files."""
    return {"left_bytes": chance.choice((0, 20_000, 200_000))}


def _draw_action(chance: random.Random) -> dict[str, Any]:
    return {"action": chance.choice((*CREATING_ACTIONS, *CREATING_ACTIONS, "*"))}


def _draw_error(chance: random.Random) -> dict[str, Any]:
    action, code = chance.choice(
        [
            ("DescribeRecord", "ResourceNotFound.Room"),
            ("BatchDescribeDocument", "ResourceNotFound.Document"),
            ("GetRooms", "InternalError"),
            ("DescribeRoom", "AuthFailure.SignatureExpire"),
            ("GetRoomEvent", "InternalError"),
            ("DescribeRoomStatistics", "ResourceUnavailable.RoomStatistics"),
            ("CreateRoom", "FailedOperation"),
        ]
    )
    return {"action": action, "code": code}


def _draw_callback_faults(chance: random.Random) -> dict[str, Any]:
    return {
        "lose": round(chance.uniform(0, 0.6), 2),
        "double": round(chance.uniform(0, 0.6), 2),
        "delay_s": [0, round(chance.uniform(0, 4), 1)],
        "reorder": chance.random() < 0.5,
        "forge": chance.random() < 0.5,
    }


KINDS: tuple[FaultKind, ...] = (
    *_process_faults("killed", (0.2, 6), 3),
    *_process_faults("child_killed", (0, 0), 3, processes=("web", "worker")),
    *_process_faults("restarted", (0.2, 2), 1),
    *_process_faults("frozen", (2, 12), 1, processes=("web", "worker")),
    *(
        FaultKind(
            name=f"{process}_clock_wrong",
            part=process,
            shortest_s=6,
            longest_s=20,
            details=lambda chance: {"offset_s": chance.choice(CLOCK_OFFSETS_S)},
        )
        for process in PROCESSES
    ),
    FaultKind(name="broker_killed", part="broker", shortest_s=0.2, longest_s=12, weight=4),
    FaultKind(name="database_killed", part="database", shortest_s=0.2, longest_s=8, weight=3),
    FaultKind(name="database_frozen", part="database", shortest_s=2, longest_s=8, weight=1),
    FaultKind(
        name="disk_full",
        part="disk",
        shortest_s=4,
        longest_s=15,
        weight=3,
        details=_draw_free_bytes,
    ),
    FaultKind(
        name="cloud_slow",
        part="cloud",
        shortest_s=4,
        longest_s=15,
        details=lambda chance: {"seconds": round(chance.uniform(0.5, 4), 1)},
    ),
    FaultKind(
        name="cloud_hangs",
        part="cloud",
        shortest_s=4,
        longest_s=12,
        details=lambda chance: {
            "action": chance.choice((*CREATING_ACTIONS, *READING_ACTIONS, "*"))
        },
    ),
    FaultKind(name="cloud_broken", part="cloud", shortest_s=4, longest_s=15),
    FaultKind(name="cloud_busy", part="cloud", shortest_s=4, longest_s=10),
    FaultKind(
        name="cloud_answers_lost",
        part="cloud",
        shortest_s=4,
        longest_s=15,
        weight=3,
        details=_draw_action,
    ),
    FaultKind(
        name="cloud_garbles",
        part="cloud",
        shortest_s=4,
        longest_s=12,
        weight=2,
        details=lambda chance: {
            "action": chance.choice((*CREATING_ACTIONS, *READING_ACTIONS)),
            "code": chance.choice(GARBLE_SHAPES),
        },
    ),
    FaultKind(
        name="cloud_lies", part="cloud", shortest_s=3, longest_s=10, weight=2, details=_draw_error
    ),
    FaultKind(name="recordings_hidden", part="recordings", shortest_s=5, longest_s=30, weight=2),
    FaultKind(name="callbacks_lost", part="callbacks", shortest_s=5, longest_s=30, weight=2),
    FaultKind(
        name="callbacks_bad",
        part="callbacks",
        shortest_s=10,
        longest_s=40,
        weight=3,
        details=_draw_callback_faults,
    ),
)


def make_plan(seed: int, minutes: float, kinds: Sequence[FaultKind] = KINDS) -> list[Fault]:
    """The faults of a run, in the order in which they begin, the same for the same seed.

    A longer run has all faults of a shorter one with its seed.
    """
    chance = random_of(seed, "faults")
    last_s = minutes * 60 * LAST_SHARE
    at_s = FIRST_AT_S
    plan: list[Fault] = []
    while at_s < last_s:
        free = [kind for kind in kinds if not _is_broken(kind.part, at_s, plan)]
        if free:
            (kind,) = chance.choices(free, [each.weight for each in free])
            plan.append(kind.draw(chance, at_s))
        at_s += chance.expovariate(1 / PAUSE_S)
    return [fault for fault in plan if fault.ends_s <= last_s]


def _is_broken(part: str, at_s: float, plan: Sequence[Fault]) -> bool:
    # Times are rounded to a tenth of a second.
    return any(fault.part == part and fault.ends_s >= at_s - 0.1 for fault in plan)


def random_of(seed: int, name: str) -> random.Random:
    """A source of chance of one's own, which does not depend on how often others draw."""
    return random.Random(f"{name} of {seed}")  # noqa: S311 -- to be repeated, not to be secret
