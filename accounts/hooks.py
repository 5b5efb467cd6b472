"""Hooks for higher apps: links on one's own profile, what is under way for a person, and what keeps a role."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from accounts.enums import Role
from accounts.models import User
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
