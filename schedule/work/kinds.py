"""Kinds of long work: how each is done, and in which words. Topics register theirs when the app starts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise

from accounts.models import User
from accounts.permissions import Action, may
from edu_platform.lib.long_work import RunningWork
from schedule.access import general_relations
from schedule.models import Work

# What more rows than these are touched by is long work. On a small server 1,000 lessons are planned, and as
# many rows of a file imported, in less than two seconds.
LONG_FROM_ROWS = 1000
# The fault of work that is not done as what it is about has changed; each kind says it in its own words.
CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Sentence:
    text: str
    is_warning: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of long work in words, and the page that goes on from there."""

    sentences: Sequence[Sentence]
    address: str
    way: str


def nobody_else(_user: User, _arguments: Mapping[str, Any]) -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkKind:
    name: str
    # Who may ask for it, and must still be allowed to when it is done.
    action: Action
    run: Callable[[RunningWork[Work]], None]
    # What is being done, in words, by the arguments of the work.
    title: Callable[[Mapping[str, Any]], str]
    # The arguments that the title says.
    named_by: tuple[str, ...]
    # For work that has ended, done or not.
    outcome: Callable[[Work], Outcome]
    # Reasons for which it may be refused, besides those that every kind has.
    faults: Mapping[str, str | Promise] = field(default_factory=dict)
    # Tells of somebody who may not do it everywhere whether they may do it to what the arguments name.
    is_allowed: Callable[[User, Mapping[str, Any]], bool] = nobody_else
    # About so many of its rows a small server does in a second, while none of its kind has been measured here.
    rows_a_second: int = 1000

    def may_be_asked_for(self, user: User, arguments: Mapping[str, Any]) -> bool:
        return may(self.action, general_relations(user)) or self.is_allowed(user, arguments)


KINDS: dict[str, WorkKind] = {}


def register_work(kind: WorkKind) -> None:
    KINDS[kind.name] = kind


def is_long(row_count: int) -> bool:
    """Tell whether what touches so many rows is left to a worker."""
    return row_count > LONG_FROM_ROWS
