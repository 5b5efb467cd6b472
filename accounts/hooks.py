"""Hooks for higher apps: a person's own links, what is under way for them, what keeps a role, leaving and erasing."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Model

from accounts.enums import Role
from accounts.models import User
from edu_platform.lib.formatting import sentences
from edu_platform.lib.hooks import Hook

# Return the keys of those whose work still to come needs the role: then staff take it, not what the school's sign-in
# says.
RoleNeeds = Callable[[Collection[User], Role], Collection[int]]
role_needs: Hook[RoleNeeds] = Hook("work that needs a role of people")


def keys_in_need(people: Collection[User], role: Role) -> set[int]:
    """Return the keys of those whose work still to come needs the role; for many by few statements."""
    return {key for needs in role_needs for key in needs(people, role)} if people else set()


@dataclass(frozen=True, slots=True)
class OwnLink:
    """A link to a page that is somebody's own, in words."""

    address: str
    words: str


# Called when a person looks at their profile.
LinkMaker = Callable[[User], Iterable[OwnLink]]
own_links: Hook[LinkMaker] = Hook("links on a person's own profile")


@dataclass(frozen=True, slots=True)
class UnderWay:
    """Long work that has not ended, in words."""

    address: str
    title: str
    state: str
    # None: nobody knows.
    percent: int | None
    # The name of who asked for it, where that is somebody else.
    whose: str = ""


# Called when a person looks at their notices, where what becomes of it will be told.
UnderWayMaker = Callable[[User], Iterable[UnderWay]]
under_way_makers: Hook[UnderWayMaker] = Hook("work under way that a person has asked for")


# --- Erasing a person -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ErasureRefusal:
    """Say why somebody cannot be erased now, and name the page where that is put in order."""

    words: str
    address: str = ""
    link_words: str = ""


# Called with the person; a query or two.
ErasureRefusals = Callable[[User], Iterable[ErasureRefusal]]
erasure_refusals: Hook[ErasureRefusals] = Hook("reasons not to erase a person now")


# Called with names of a person; one query. Where a course is called so, the name is a word as well.
WordFinder = Callable[[Collection[str]], bool]
word_finders: Hook[WordFinder] = Hook("names that are words of the school as well")


# Called in a transaction of its own each, before the registry's rows go, and once more whenever erasing begins anew: so
# that it is safe to repeat. Called with the person, and by what they are known. Files are deleted when it commits.
ErasingStep = Callable[[User, Collection[str]], None]
erasing_steps: Hook[ErasingStep] = Hook("what an app does itself when a person is erased")


# Called with a model, and the keys of its rows in whose text a name was struck out, in the same transaction.
StruckListener = Callable[[type[Model], Collection[Any]], None]
struck_listeners: Hook[StruckListener] = Hook("rows in whose text a name was struck out")


@dataclass(frozen=True, slots=True)
class Place:
    """A row in which a name stands: its page, where it has one, and what it is called."""

    words: str
    address: str = ""


# Called with a model and keys of its rows: where these are seen, by key; two queries at most. None: another app's.
PlaceMaker = Callable[[type[Model], Collection[Any]], Mapping[Any, Place] | None]
place_makers: Hook[PlaceMaker] = Hook("pages on which rows are seen")


def places_of(model: type[Model], keys: Collection[Any]) -> Mapping[Any, Place]:
    """Return where rows are seen; those that no app knows a page of are left out."""
    for maker in place_makers:
        if (places := maker(model, keys)) is not None:
            return places
    return {}


class ErasingWaits(Exception):
    """Something about the person is still under way: erasing them goes on later."""


# Called with the keys of people whose accounts are closed, and the moment, inside the transaction that closes them, and
# again every night of all who have left: what is theirs ends, or is handed over. A few statements; safe to repeat.
LeavingListener = Callable[[Collection[int], dt.datetime], None]
leaving_listeners: Hook[LeavingListener] = Hook("people who leave")

# Called with the keys of people who are students no more, and the moment, inside the transaction that takes the role away.
# A few statements; safe to repeat.
former_student_listeners: Hook[LeavingListener] = Hook("people who are students no more")

# Called with the keys of students, for pages that ask before the role is taken away: a sentence on what would end, by key.
# One query; those for whom nothing ends are left out.
FormerStudentNoteMaker = Callable[[Collection[int]], Mapping[int, str]]
former_student_note_makers: Hook[FormerStudentNoteMaker] = Hook(
    "what ends with the role of students"
)


def former_student_notes(keys: Collection[int]) -> dict[int, str]:
    """Say by key, where anything ends for a student, what does once they are a student no more."""
    lines: dict[int, list[str]] = defaultdict(list)
    for maker in former_student_note_makers if keys else ():
        for key, sentence in maker(keys).items():
            lines[key].append(sentence)
    return {key: sentences(words) for key, words in lines.items()}


# Sentences for the page that asks before: what would end or be handed over. Two queries at most.
LeavingNoteMaker = Callable[[User, dt.datetime], Iterable[str]]
leaving_note_makers: Hook[LeavingNoteMaker] = Hook("what ends when a person leaves")
