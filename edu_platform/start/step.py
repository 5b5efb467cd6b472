"""Hold what a step of the first hour consists of: facts, and pages where it is done."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from edu_platform.lib.http import with_query


@dataclass(frozen=True, slots=True)
class Way:
    """A page where the step, or some of it, is done."""

    words: str
    address: str


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that the step needs, or is good to have, in a sentence."""

    words: str
    is_there: bool
    # Missing, it does not keep the step open.
    is_needed: bool = True
    # A page that shows more of it.
    way: Way | None = None


@dataclass(frozen=True, slots=True)
class Step:
    name: str
    title: str
    # What it is good for.
    purpose: str
    # What is there in short, or what is to be done.
    summary: str
    is_done: bool
    facts: tuple[Fact, ...]
    who: str
    # For the reader: none, where somebody else does it. The first is the usual one.
    ways: tuple[Way, ...] = ()
    # The reader may do it.
    is_yours: bool = True

    @property
    def address(self) -> str:
        return address_of(self.name)


def address_of(name: str) -> str:
    """Return where the step of this name is shown."""
    return with_query(reverse("start:start"), {"step": name})
