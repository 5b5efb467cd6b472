"""The common base of all actors: each does its one thing again and again, whatever is answered."""

from __future__ import annotations

import random
import threading
import time
import traceback
from abc import ABC, abstractmethod
from collections import Counter
from typing import ClassVar

from deploy.soak.plan import random_of
from deploy.soak.school import School, Teacher
from deploy.soak.visitor import NoAnswer

# How often a request that was not answered is sent.
TRIES = 20


class Actor(threading.Thread, ABC):
    """Calls `act` until the soak is over, with pauses of `pause_s` on average.

    `counts` tells how often what happened. An unexpected exception ends the actor, and is its `failure`.
    """

    pause_s: ClassVar[float] = 5.0

    def __init__(self, name: str, school: School, *, seed: int, ended: threading.Event) -> None:
        super().__init__(name=name, daemon=True)
        self.school = school
        self.stack = school.stack
        self.journal = school.journal
        self.chance: random.Random = random_of(seed, name)
        self.counts: Counter[str] = Counter()
        self.failure = ""
        self._ended = ended

    @abstractmethod
    def act(self) -> None: ...

    def run(self) -> None:
        try:
            while not self._ended.wait(self.chance.expovariate(1 / self.pause_s)):
                try:
                    self.act()
                except NoAnswer:
                    self.counts["unanswered"] += 1
        except Exception:  # noqa: BLE001 -- told at the end, as a failure of the soak
            self.failure = traceback.format_exc()

    def wait(self, mean_s: float) -> None:
        """Wait, even when the soak is over: what was begun is brought to its end."""
        time.sleep(self.chance.uniform(0.5, 1.5) * mean_s)

    @property
    def is_over(self) -> bool:
        return self._ended.is_set()


class TeacherActor(Actor):
    """An actor that acts for one teacher."""

    def __init__(
        self, name: str, school: School, *, teacher: Teacher, seed: int, ended: threading.Event
    ) -> None:
        super().__init__(name, school, seed=seed, ended=ended)
        self.teacher = teacher
