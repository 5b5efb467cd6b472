"""The ones who enter classes, as the door knows them: people of the school, and guests."""

from __future__ import annotations

import datetime as dt
from typing import Protocol, TypeVar

from accounts.permissions import Relation
from schedule.models import Lesson


class CloudIdentity(Protocol):
    """Somebody as the classroom cloud knows them."""

    @property
    def classroom_user_id(self) -> str: ...
    @property
    def origin_id(self) -> str: ...


IdentityT = TypeVar("IdentityT", bound=CloudIdentity)


class Entrant(Protocol[IdentityT]):
    """Somebody who enters classes. What registers asks the cloud, and so runs in no transaction."""

    @property
    def key(self) -> str:
        """Return what tells them from all others at the door."""

    @property
    def relation(self) -> Relation:
        """Return as what they enter."""

    def check_door(self, lesson: Lesson, at: dt.datetime) -> None:
        """Check what the timetable alone decides.

        Raises:
            EntryRefused: why the door is closed.
        """

    def register(self) -> IdentityT:
        """Return their identity, registering it in the cloud when it is not yet."""

    def register_again(self, identity: IdentityT) -> IdentityT:
        """Register an identity that the cloud has forgotten."""

    def note_entry(self, lesson: Lesson, at: dt.datetime) -> None:
        """Note that they go into the class."""
