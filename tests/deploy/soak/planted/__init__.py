"""Faults that are planted in a school in order, and what looks like one and has its reason, by noun."""

from __future__ import annotations

from tests.deploy.soak.planted import (
    attendance,
    callbacks,
    courseware,
    leaving,
    lessons,
    replays,
    rooms,
    work,
)
from tests.deploy.soak.planted.case import Case, Explained, Fault

__all__ = ["EXPLAINED", "FAULTS", "Case"]

FAULTS: tuple[Fault, ...] = (
    *(*lessons.FAULTS, *rooms.FAULTS, *replays.FAULTS),
    *(*courseware.FAULTS, *attendance.FAULTS, *callbacks.FAULTS, *work.FAULTS),
    *leaving.FAULTS,
)
EXPLAINED: Explained = (
    *(*lessons.EXPLAINED, *rooms.EXPLAINED, *courseware.EXPLAINED),
    *(*attendance.EXPLAINED, *callbacks.EXPLAINED, *work.EXPLAINED),
    *leaving.EXPLAINED,
)
