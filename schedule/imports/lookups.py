"""Finding what the cells of a file name, in a number of queries that hardly grows with the file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.utils.translation import gettext

from accounts.models import User
from accounts.names import sign_in_name
from edu_platform.lib.batches import in_batches
from edu_platform.lib.progress import Phase, counted
from edu_platform.lib.spreadsheets.rows import SheetFault
from edu_platform.lib.statements import Statement
from schedule.class_groups.memberships import get_or_add_class_group
from schedule.lessons.may_teach import cannot_teach
from schedule.models import ClassGroup


def people_by_username(usernames: Iterable[str]) -> dict[str, User]:
    """The people with these usernames, their roles read along."""
    user_by_username: dict[str, User] = {}
    for batch in in_batches(usernames):
        people = _BY_USERNAME.rows(usernames=batch)
        user_by_username.update({user.username: user for user in people})
    return user_by_username


_BY_USERNAME = Statement(
    lambda usernames: (
        User.objects.get_queryset().filter(username__in=usernames).prefetch_related("role_grants")
    )
)


def people_by_sign_in_name(usernames: Iterable[str]) -> dict[str, list[User]]:
    """The people whose usernames sign-in takes for one of these, by what it takes them for; the oldest first."""
    users_by_sign_in_name: dict[str, list[User]] = defaultdict(list)
    for batch in in_batches({sign_in_name(username) for username in usernames}):
        people = User.objects.get_queryset().filter(sign_in_name__in=batch)
        for user in people.order_by("pk").prefetch_related("role_grants"):
            users_by_sign_in_name[user.sign_in_name].append(user)
    return users_by_sign_in_name


def known_class_groups(names: Iterable[str]) -> dict[str, ClassGroup]:
    """The active class groups of these names."""
    group_by_name: dict[str, ClassGroup] = {}
    for batch in in_batches(names):
        groups = _GROUPS_NAMED.rows(names=batch)
        group_by_name.update({group.name: group for group in groups})
    return group_by_name


_GROUPS_NAMED = Statement(lambda names: ClassGroup.objects.active().filter(name__in=names))


def class_groups_by_name(names: Iterable[str]) -> dict[str, ClassGroup]:
    """The active class groups of these names; those that are missing are made."""
    wanted = tuple(dict.fromkeys(names))
    group_by_name = known_class_groups(wanted)
    # In one order: of two files that make the same, one waits for the other, never both.
    for name in sorted(name for name in wanted if name not in group_by_name):
        group_by_name[name] = get_or_add_class_group(name)
    return group_by_name


Wish = TypeVar("Wish")


@dataclass(frozen=True, slots=True)
class ReadRow(Generic[Wish]):
    """The people whom a row names, and what it asks for: nothing when it is at fault by itself.

    People are looked up for every row, so that all that is wrong with one is told together.
    """

    line: int
    teacher: str
    assistants: tuple[str, ...] | None  # None: the file has no such column
    wish: Wish | None


@dataclass(frozen=True, slots=True)
class Staffed(Generic[Wish]):
    """A wish whose people were found. `assistants` is None when the file says nothing of them."""

    wish: Wish
    teacher: User
    assistants: tuple[User, ...] | None


def find_people(rows: Sequence[ReadRow[Wish]], faults: list[SheetFault]) -> list[Staffed[Wish]]:
    """The wishes whose people may teach; what is wrong with people goes to `faults`."""
    usernames = (name for row in rows for name in (row.teacher, *(row.assistants or ())))
    finder = _TeacherFinder(people_by_username(usernames), faults)
    staffed: list[Staffed[Wish]] = []
    for row in counted(rows, Phase.COMPARING, len(rows)):
        teachers = finder.find(filter(None, (row.teacher,)), row.line, "teacher")
        assistants = finder.find(row.assistants or (), row.line, "assistants")
        if row.wish is not None and teachers and assistants is not None:
            has_column = row.assistants is not None
            staffed.append(Staffed(row.wish, teachers[0], assistants if has_column else None))
    return staffed


class _TeacherFinder:
    def __init__(self, user_by_username: dict[str, User], faults: list[SheetFault]) -> None:
        self.user_by_username = user_by_username
        self.faults = faults

    def find(self, names: Iterable[str], line: int, column: str) -> tuple[User, ...] | None:
        """The people of these usernames, or None when one of them may not teach."""
        reasons: list[str] = []
        teachers: list[User] = []
        for name in names:
            user = self.user_by_username.get(name)
            if user is not None and cannot_teach(user) is None:
                teachers.append(user)
            else:
                reasons.append(_why_not(user, name))
        self.faults.extend(SheetFault(line, column, reason) for reason in reasons)
        return None if reasons else tuple(teachers)


def _why_not(user: User | None, name: str) -> str:
    """Say why this username names nobody who may teach."""
    if user is None:
        return gettext("nobody has the username %(name)s") % {"name": name}
    reason = cannot_teach(user)
    return "" if reason is None else reason.words_in_files(name)
