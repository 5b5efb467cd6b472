"""Finding people, class groups and courses by what planners write."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Container, Iterable, Iterator, Sequence
from typing import Any

from django.db.models import Q, QuerySet, Value
from django.utils.translation import gettext

from accounts.enums import Role
from accounts.models import User
from accounts.names import sign_in_name
from edu_platform.lib.batches import VALUES_A_STATEMENT, in_batches
from edu_platform.lib.formatting import listed
from edu_platform.lib.statements import Statement
from edu_platform.lib.text import storable_text
from schedule.lessons.may_teach import who_may_teach
from schedule.lessons.moments import NotReadable
from schedule.models import ClassGroup, Course, Lesson

# Between the entries of a list: people write what their keyboard has.
SEPARATORS = re.compile("[;；]")
MORE_SEPARATORS = re.compile("[;；、,，]")
# In the address of a lesson's page.
CODE_IN_ADDRESS = re.compile(r"/lessons/([\w-]+)", re.ASCII)

# Each is looked for as three kinds of names.
TEXTS_A_STATEMENT = VALUES_A_STATEMENT // 3


# --- What a text names ----------------------------------------------------------------------------


def entries_of(text: str, separators: re.Pattern[str] = MORE_SEPARATORS) -> list[str]:
    """The entries of a list, each once."""
    return list(dict.fromkeys(filter(None, (entry.strip() for entry in separators.split(text)))))


class NotMeant(Exception):
    """A text names nobody, or does not say whom of several."""

    def __init__(self, text: str, candidates: Sequence[User] = ()) -> None:
        super().__init__(text)
        self.text, self.candidates = text, candidates

    def words(self) -> str:
        """Say it as a sentence of a page."""
        if not self.candidates:
            return gettext("Nobody has the username or name %(name)s.") % {"name": self.text}
        return gettext(
            "Several people are called %(name)s: write the username of one (%(usernames)s)."
        ) % {"name": self.text, "usernames": self._usernames}

    def words_in_files(self) -> str:
        """Say it as files name what is wrong with a cell."""
        if not self.candidates:
            return gettext("nobody has the username or name %(name)s") % {"name": self.text}
        return gettext(
            "several people are called %(name)s: write the username of one (%(usernames)s)"
        ) % {"name": self.text, "usernames": self._usernames}

    @property
    def _usernames(self) -> str:
        return listed(sorted(user.username for user in self.candidates))


class PeopleByName:
    """Finds among people whom a text means: username first, else the display name of active people of a role.

    This is the one rule for forms, pages, files and commands. A username may differ in case and width; nobody has it,
    and nobody of the role is called so: all people of this display name are meant, so that somebody can say why none
    of them will do. Without a role active people of any role will do.
    """

    def __init__(self, people: Iterable[User], *, role: Role | None) -> None:
        self._role = role
        self._by_username: dict[str, list[User]] = defaultdict(list)
        self._by_sign_in_name: dict[str, list[User]] = defaultdict(list)
        self._by_display_name: dict[str, list[User]] = defaultdict(list)
        for user in people:
            self._by_username[user.username].append(user)
            self._by_sign_in_name[user.sign_in_name].append(user)
            self._by_display_name[user.display_name].append(user)

    def meant(self, text: str) -> list[User]:
        """Return whom this text may mean; one alone where it says whom."""
        called = self._by_display_name.get(text, [])
        return (
            self.with_username(text)
            or [user for user in called if self._takes_part(user)]
            or list(called)
        )

    def with_username(self, text: str) -> list[User]:
        """Return who has this username: written exactly, else but for case and width."""
        return list(
            self._by_username.get(text) or self._by_sign_in_name.get(sign_in_name(text)) or ()
        )

    def _takes_part(self, user: User) -> bool:
        return user.is_active and (self._role is None or user.has_role(self._role))


def people_named(
    texts: Iterable[str], *, role: Role | None = Role.TEACHER
) -> dict[str, list[User]]:
    """Return the people whom each of these texts may mean, with their roles; few queries."""
    wanted = list(dict.fromkeys(texts))
    meant: dict[str, list[User]] = {}
    for some in _some_at_once(wanted):
        people = PeopleByName(_people_of_any_name(some), role=role)
        meant.update({text: people.meant(text) for text in some})
    return meant


def people_with_usernames(usernames: Iterable[str]) -> dict[str, list[User]]:
    """Return the people who have each of these usernames, written exactly or but for case and width; few queries."""
    wanted = list(dict.fromkeys(usernames))
    called: dict[str, list[User]] = {}
    for some in _some_at_once(wanted):
        people = PeopleByName(_people_of_any_name(some), role=None)
        called.update({name: people.with_username(name) for name in some})
    return called


def _some_at_once(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    for first in range(0, len(texts), TEXTS_A_STATEMENT):
        yield texts[first : first + TEXTS_A_STATEMENT]


def _people_of_any_name(texts: Sequence[str]) -> QuerySet[User, User]:
    storable = [storable_text(text) for text in texts]
    by_any_name = (
        Q(username__in=storable)
        | Q(sign_in_name__in=[sign_in_name(text) for text in storable])
        | Q(display_name__in=storable)
    )
    people = User.objects.get_queryset().filter(by_any_name).order_by("pk")
    return people.prefetch_related("role_grants")


def only_one_meant(text: str, candidates: Sequence[User], *, had: Container[int] = ()) -> User:
    """Return the one among those who may be meant; who is there already (`had`, keys) goes first.

    Raises:
        NotMeant: it is nobody, or may be several. Never guessed: who is meant is said by the username.
    """
    already = [user for user in candidates if user.pk in had]
    meant = already if len(already) == 1 else candidates
    if len(meant) != 1:
        raise NotMeant(text, meant)
    return meant[0]


def people_of_usernames(usernames: Iterable[str]) -> dict[str, User]:
    """By username, written exactly; with their roles."""
    users = User.objects.get_queryset().filter(username__in=set(map(storable_text, usernames)))
    return {user.username: user for user in users.prefetch_related("role_grants")}


def class_groups_named(
    text: str, own: Collection[ClassGroup]
) -> tuple[list[ClassGroup], list[str]]:
    """The class groups of a list, and the names of which there is none.

    Of a lesson that has class groups already, these are meant first, archived ones too. A name may hold
    a comma: what is between semicolons is looked for before its parts.
    """
    whole = entries_of(text, SEPARATORS)
    active = ClassGroup.objects.active().filter(name__in={*whole, *entries_of(text)})
    group_by_name = {group.name: group for group in active} | {group.name: group for group in own}
    names = [
        name
        for entry in whole
        for name in ([entry] if entry in group_by_name else entries_of(entry))
    ]
    names = list(dict.fromkeys(names))
    return [group_by_name[name] for name in names if name in group_by_name], [
        name for name in names if name not in group_by_name
    ]


def course_names() -> list[str]:
    return list(Course.objects.order_by("name_key", "pk").values_list("name", flat=True))


def lesson_of_code(text: str) -> Lesson | None:
    """The lesson of this code, or of the page at this address, with course and teacher."""
    match = CODE_IN_ADDRESS.search(text)
    rows = Lesson.objects.select_related("course", "teacher")
    return rows.filter(code=match[1] if match else text.strip()).first()


# --- What can be chosen ---------------------------------------------------------------------------


def teacher_choices() -> list[tuple[str, str]]:
    """Return those whose weeks can be chosen: username, and name with it."""
    return [(username, f"{name} ({username})") for username, name in _TEACHERS_TO_CHOOSE.rows()]


def class_group_choices() -> list[str]:
    return _GROUPS_TO_CHOOSE.rows()


def timetable_choices() -> tuple[list[tuple[str, str]], list[str]]:
    """Return both, which pages of timetables offer; one query."""
    rows = _TIMETABLES_TO_CHOOSE.rows()
    teachers = [(name, f"{label} ({name})") for is_group, name, label, _key in rows if not is_group]
    return teachers, [name for is_group, name, _label, _key in rows if is_group]


def _timetables() -> QuerySet[Any, Any]:
    teachers = who_may_teach().annotate(is_group=Value(False)).order_by()  # noqa: FBT003 -- SQL's
    groups = ClassGroup.objects.active().annotate(is_group=Value(True)).order_by()  # noqa: FBT003
    return (
        teachers.values_list("is_group", "username", "display_name", "name_key")
        .union(groups.values_list("is_group", "name", "code", "name_key"), all=True)
        .order_by("is_group", "name_key", "username")
    )


_TIMETABLES_TO_CHOOSE = Statement(_timetables)
_TEACHERS_TO_CHOOSE = Statement(
    lambda: who_may_teach().order_by("name_key", "username").values_list("username", "display_name")
)
_GROUPS_TO_CHOOSE = Statement(
    lambda: ClassGroup.objects.active().order_by("name_key", "pk").values_list("name", flat=True)
)


# --- Courses of these names -----------------------------------------------------------------------


def known_courses(names: Iterable[str]) -> dict[str, Course]:
    """The courses of these names."""
    course_by_name: dict[str, Course] = {}
    for batch in in_batches(names):
        courses = _COURSES_NAMED.rows(names=batch)
        course_by_name.update({course.name: course for course in courses})
    return course_by_name


def courses_by_name(names: Iterable[str]) -> dict[str, Course]:
    """The courses of these names; those that are missing are made."""
    wanted = tuple(dict.fromkeys(names))
    course_by_name = known_courses(wanted)
    # In one order: of two that make the same, one waits for the other, never both.
    for name in sorted(name for name in wanted if name not in course_by_name):
        course_by_name[name], _is_new = Course.objects.get_or_create(name=name)
    return course_by_name


_COURSES_NAMED = Statement(lambda names: Course.objects.filter(name__in=names))


# --- One spelling for one name --------------------------------------------------------------------


def folded(name: str) -> str:
    """Return a name without what people vary: case, width and blanks."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def first_spellings(names: Iterable[str]) -> dict[str, str]:
    """Return, by name, the first of these names that differs from it in case and width at most."""
    first: dict[str, str] = {}
    return {name: first.setdefault(folded(name), name) for name in names}


class Spellings:
    """The names that the school has, and those new ones that a file has written so far."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(names)
        self._alike: dict[str, list[str]] = defaultdict(list)
        for name in sorted(self._names):
            self._alike[folded(name)].append(name)

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def of(self, name: str) -> str:
        """Return the name as it is written in the school, or was before in the file.

        Raises:
            NotReadable: several names of the school differ from it in case and width only.
        """
        if name in self._names:
            return name
        alike = self._alike[folded(name)] or [name]
        if len(alike) > 1:
            values = {"name": name, "found": listed(alike)}
            raise NotReadable(gettext("%(name)s may be any of these: %(found)s") % values)
        self._alike[folded(name)] = alike
        return alike[0]


def course_spellings() -> Spellings:
    return Spellings(Course.objects.values_list("name", flat=True))


def class_group_spellings() -> Spellings:
    return Spellings(ClassGroup.objects.active().values_list("name", flat=True))
