"""Progress of what takes long. Code says how far it has come; who runs it decides where that is shown, if anywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TypeVar

from django.db import models
from django.utils.translation import gettext_lazy as _

Item = TypeVar("Item")


class Phase(models.TextChoices):
    READING = "reading", _("Reading")
    FILLING = "filling", _("Filling the file")
    COMPARING = "comparing", _("Comparing with the timetable")
    CHECKING = "checking", _("Checking who is free")
    PASSWORDS = "passwords", _("Preparing passwords")
    WRITING = "writing", _("Writing")


# Takes the phase, and how many portions of how many are done.
Sink = Callable[[Phase, int, int], None]

_sink: ContextVar[Sink | None] = ContextVar("progress_sink", default=None)


@contextmanager
def reporting_to(sink: Sink) -> Iterator[None]:
    """Pass all progress of the block to `sink`, which may raise to break the block off."""
    token = _sink.set(sink)
    try:
        yield
    finally:
        _sink.reset(token)


def report(phase: Phase, done: int, total: int) -> None:
    """Say how far the work has come; it costs next to nothing where nobody asked."""
    sink = _sink.get()
    if sink is not None:
        sink(phase, done, total)


def counted(items: Iterable[Item], phase: Phase, total: int) -> Iterator[Item]:
    """Yield the items, and report each that is done with."""
    report(phase, 0, total)
    for number, item in enumerate(items, start=1):
        yield item
        report(phase, number, total)


@dataclass(frozen=True, slots=True)
class Portion:
    """The part that is done of something that takes long."""

    done: int
    total: int

    @property
    def percent(self) -> int | None:
        """Return the part in percent; None while nobody knows how much there is."""
        return 100 * self.done // self.total if self.total else None

    @property
    def done_text(self) -> str:
        return f"{self.done:,}"

    @property
    def total_text(self) -> str:
        return f"{self.total:,}"
