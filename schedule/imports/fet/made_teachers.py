"""Teachers whom a timetable of FET makes, and their usernames."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from itertools import count

from accounts.enums import Role
from accounts.erasing.earlier_usernames import days_erased, new_person_question
from accounts.models import User
from accounts.names import USERNAME_CHARS, sign_in_name
from accounts.services.people import NewPerson, create_people
from edu_platform.lib.spreadsheets.rows import SheetRemark
from edu_platform.lib.stand_in_keys import stand_in_key
from schedule.imports.fet.fet_rows import FetRow
from schedule.imports.lookups import people_by_sign_in_name
from schedule.lessons.named import first_spellings

# As Django's validator of usernames has it.
NOT_IN_USERNAMES = re.compile(r"[^\w.@+-]")

NUMBERED = re.compile(r"-\d+$")


def new_teachers(names: Iterable[str]) -> dict[str, User]:
    """People who teach, by their names, not saved yet; usernames are the names, as far as they can be.

    Names that differ in case or width only are one person's.
    """
    first = first_spellings(names)
    wanted = {name: _username_of(name) for name in first.values()}
    taken = set(people_by_sign_in_name(wanted.values()))
    user_by_spelling: dict[str, User] = {}
    for number, (name, username) in enumerate(wanted.items()):
        free = next(variant for variant in _variants(username) if not _is_taken(variant, taken))
        taken.add(sign_in_name(free))
        user = User(pk=stand_in_key(number), username=free, display_name=name)
        user.set_known_roles({Role.TEACHER})
        user_by_spelling[name] = user
    return {name: user_by_spelling[spelling] for name, spelling in first.items()}


def erased_before(teachers: Mapping[str, User]) -> dict[str, dt.date]:
    """Return by name, of new teachers, on which day somebody was erased whose username they get."""
    days = days_erased(user.username for user in teachers.values())
    return {name: days[user.username] for name, user in teachers.items() if user.username in days}


def new_person_remarks(
    erased_days: Mapping[str, dt.date], rows: Sequence[FetRow]
) -> list[SheetRemark]:
    """Ask of each of these teachers, where the file names them first, whether it is a new person."""
    line_by_name: dict[str, int] = {}
    for row in rows:
        for name in row.teachers:
            line_by_name.setdefault(name, row.line)
    return [
        SheetRemark(line_by_name[name], "Teachers", f"{name}: {new_person_question(day)}")
        for name, day in erased_days.items()
    ]


def save_teachers(teachers: Sequence[User], *, by: User | None) -> None:
    """Save them without a password; each stand-in has the key of its row then."""
    new = [NewPerson(user.username, user.display_name, user.roles) for user in teachers]
    for user, saved in zip(teachers, create_people(new, by=by), strict=True):
        user.pk = saved.pk


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
