"""Words for what has to be known of a file's names."""

from __future__ import annotations

from django.utils.translation import gettext

from accounts.models import User
from accounts.names import DISPLAY_NAME_CHARS
from edu_platform.lib.spreadsheets.rows import SheetFault
from schedule.enums import FetNameKind
from schedule.imports.fet.fet_rows import FetFile
from schedule.imports.fet.meanings import Meaning, Meanings, State
from schedule.models import CLASS_GROUP_NAME_CHARS

COLUMN_OF = {
    FetNameKind.DAY: "Day",
    FetNameKind.HOUR: "Hour",
    FetNameKind.TEACHER: "Teachers",
    FetNameKind.STUDENTS: "Students Sets",
}
# The longest names of teachers and class groups that an import makes.
MADE_CHARS = {
    FetNameKind.TEACHER: DISPLAY_NAME_CHARS,
    FetNameKind.STUDENTS: CLASS_GROUP_NAME_CHARS,
}


def open_faults(file: FetFile, meanings: Meanings) -> list[SheetFault]:
    """Return what has to be known of names before anything can be imported."""
    faults: list[SheetFault] = []
    for kind in FetNameKind:
        for name, meaning in meanings.of_kind(kind).items():
            reason = _why_open(kind, name, meaning)
            if reason:
                column = COLUMN_OF[kind]
                faults.append(SheetFault(file.line_of(kind, name), column, reason))
    return faults


def _why_open(kind: FetNameKind, name: str, meaning: Meaning[object]) -> str:
    if meaning.state is State.NEW:
        return why_not_made(kind, name)
    if meaning.state is not State.OPEN:
        return ""
    names = {"name": name, "found": ", ".join(map(in_words, meaning.found))}
    if meaning.found:
        return gettext("%(name)s may be any of these: %(found)s") % names
    texts = {
        FetNameKind.DAY: gettext("which weekday is %(name)s? More than seven days need --days"),
        FetNameKind.HOUR: gettext(
            "%(name)s holds no clock times, and the term has no bell time left for it"
        ),
        FetNameKind.TEACHER: gettext("no active teacher has the username or the name %(name)s"),
        FetNameKind.STUDENTS: gettext("no active class group is called %(name)s"),
    }
    return texts[kind] % names


def why_not_made(kind: FetNameKind, name: str) -> str:
    """Why nobody and no class group can have this name; empty when there is no reason."""
    limit = MADE_CHARS[kind]
    if len(name) <= limit:
        return ""
    return gettext("longer than %(count)s characters") % {"count": limit}


def in_words(found: object) -> str:
    """A person with the username, since names are shared; anything else as it calls itself."""
    return f"{found.display_name} ({found.username})" if isinstance(found, User) else str(found)
