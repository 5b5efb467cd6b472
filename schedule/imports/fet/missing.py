"""Making the teachers of a file who are not known yet."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from accounts.enums import Role
from accounts.models import User
from accounts.names import DISPLAY_NAME_CHARS, USERNAME_CHARS, sign_in_name
from accounts.services.people import NewPerson, create_people
from schedule.imports.lookups import people_by_sign_in_name

# As Django's validator of usernames has it.
NOT_IN_USERNAMES = re.compile(r"[^\w.@+-]")
# A hundred namesakes are beyond any school.
MOST_NAMESAKES = 100


def make_teachers(names: Sequence[str], *, by: User | None) -> dict[str, User]:
    """People without a password who teach, by their names; usernames are the names, as far as they can be."""
    wanted = {name: User.normalize_username(NOT_IN_USERNAMES.sub("-", name)) for name in names}
    variants = {name: list(_variants(username)) for name, username in wanted.items()}
    taken = set(people_by_sign_in_name(each for some in variants.values() for each in some))
    new: list[NewPerson] = []
    for name in names:
        username = next(each for each in variants[name] if sign_in_name(each) not in taken)
        taken.add(sign_in_name(username))
        display_name = name[:DISPLAY_NAME_CHARS].strip()
        new.append(NewPerson(username, display_name, frozenset({Role.TEACHER})))
    return dict(zip(names, create_people(new, by=by), strict=True))


def _variants(username: str) -> Iterator[str]:
    """The username, and those that come after it when it is somebody else's."""
    yield username[:USERNAME_CHARS]
    for number in range(2, MOST_NAMESAKES + 1):
        end = f"-{number}"
        yield username[: USERNAME_CHARS - len(end)] + end
