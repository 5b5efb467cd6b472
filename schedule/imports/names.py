"""Names in a file, normalised before anything is compared.

Usernames are of one width. Courses and class groups whose names differ in case or width only are one:
the one that the school has, or of new ones that which a file writes first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db.models import Value
from django.utils.translation import gettext

from accounts.models import User
from accounts.names import USERNAME_CHARS
from edu_platform.lib.spreadsheets.cells import RowReader
from schedule.lessons.moments import NotReadable
from schedule.lessons.named import (
    Spellings,
)
from schedule.models import ClassGroup, Course


@dataclass(frozen=True, slots=True)
class SchoolNames:
    courses: Spellings
    class_groups: Spellings

    @classmethod
    def read(cls) -> SchoolNames:
        """Read them as they are now; one query."""
        courses = Course.objects.annotate(is_course=Value(1)).values_list("name", "is_course")
        groups = ClassGroup.objects.active().annotate(is_course=Value(0))
        names = list(courses.union(groups.values_list("name", "is_course"), all=True))
        return cls(
            Spellings(name for name, is_course in names if is_course),
            Spellings(name for name, is_course in names if not is_course),
        )


# --- The cells of a row ---------------------------------------------------------------------------


def read_username(reader: RowReader, column: str) -> str:
    normalise = _remarking(reader, column, User.normalize_username)
    return reader.needed_text(column, max_length=USERNAME_CHARS, normalise=normalise)


def read_person(reader: RowReader, column: str) -> str:
    """Read by what a file names somebody: a username, or a display name."""
    return reader.needed_text(column, max_length=USERNAME_CHARS)


def read_people(reader: RowReader, column: str) -> tuple[str, ...]:
    return reader.entries(column, max_length=USERNAME_CHARS)


def taken_as(name: str, other_name: str) -> str:
    """Say that a name is taken as another, from which it differs in case or width."""
    return gettext("%(name)s is taken as %(found)s") % {"name": name, "found": other_name}


def _remarking(
    reader: RowReader, column: str, normalise: Callable[[str], str]
) -> Callable[[str], str]:
    """Normalise a name so that what becomes another one is said."""

    def remarked(name: str) -> str:
        normal_form = normalise(name)
        if normal_form != name:
            reader.remark(column, taken_as(name, normal_form))
        return normal_form

    return remarked


def spelled(reader: RowReader, column: str, spellings: Spellings, name: str) -> str:
    """Return the name as the school writes it, empty where it has none, or the cell is at fault."""
    try:
        return _remarking(reader, column, spellings.of)(name) if name else ""
    except NotReadable as err:
        reader.refuse(column, str(err))
        return ""


def all_spelled(
    reader: RowReader, column: str, spellings: Spellings, names: Iterable[str]
) -> tuple[str, ...]:
    """Return the names as the school writes them, each once, without those that are at fault."""
    written = (spelled(reader, column, spellings, name) for name in names)
    return tuple(dict.fromkeys(filter(None, written)))
