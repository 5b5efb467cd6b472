"""Making the teachers of a file who are not known yet."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence
from itertools import count

from accounts.enums import Role
from accounts.models import User
from accounts.names import USERNAME_CHARS, sign_in_name
from accounts.services.people import NewPerson, create_people
from schedule.imports.lookups import people_by_sign_in_name
from schedule.lessons.spellings import first_spellings

# As Django's validator of usernames has it.
NOT_IN_USERNAMES = re.compile(r"[^\w.@+-]")
NUMBERED = re.compile(r"-\d+$")


def make_teachers(names: Sequence[str], *, by: User | None) -> dict[str, User]:
    """People without a password who teach, by their names; usernames are the names, as far as they can be.

    Names that differ in case or width only are one person's.
    """
    first = first_spellings(names)
    wanted = {name: _username_of(name) for name in first.values()}
    taken = set(people_by_sign_in_name(wanted.values()))
    new: list[NewPerson] = []
    for name, username in wanted.items():
        free = next(each for each in _variants(username) if not _is_taken(each, taken))
        taken.add(sign_in_name(free))
        new.append(NewPerson(free, name, frozenset({Role.TEACHER})))
    made = dict(zip(wanted, create_people(new, by=by), strict=True))
    return {name: made[spelling] for name, spelling in first.items()}


def _username_of(name: str) -> str:
    return User.normalize_username(NOT_IN_USERNAMES.sub("-", name))[:USERNAME_CHARS]


def _is_taken(username: str, taken: Container[str]) -> bool:
    """`taken` holds names that were looked up; those with a number are looked up here, since few need one."""
    if sign_in_name(username) in taken:
        return True
    return bool(NUMBERED.search(username) and people_by_sign_in_name([username]))


def _variants(username: str) -> Iterator[str]:
    """The username, then the username with a number."""
    yield username
    for number in count(2):
        end = f"-{number}"
        yield username[: USERNAME_CHARS - len(end)] + end
