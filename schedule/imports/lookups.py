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
from edu_platform.lib.spreadsheets.rows import Remarks, SheetFault
from edu_platform.lib.statements import Statement
from schedule.class_groups.memberships import get_or_add_class_group
from schedule.imports.names import taken_as
from schedule.lessons.may_teach import cannot_teach
from schedule.lessons.named import NotMeant, only_one_meant, people_named
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


def class_groups_by_name(
    names: Iterable[str],
) -> tuple[dict[str, ClassGroup], list[ClassGroup]]:
    """The active class groups of these names, and those among them that were missing and are made."""
    wanted = tuple(dict.fromkeys(names))
    group_by_name = known_class_groups(wanted)
    missing = sorted(name for name in wanted if name not in group_by_name)
    # In one order: of two files that make the same, one waits for the other, never both.
    for name in missing:
        group_by_name[name] = get_or_add_class_group(name)
    return group_by_name, [group_by_name[name] for name in missing]


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


def find_people(
    rows: Sequence[ReadRow[Wish]], faults: list[SheetFault], remarks: Remarks
) -> list[Staffed[Wish]]:
    """The wishes whose people may teach; what is wrong with people goes to `faults`."""
    texts = (name for row in rows for name in (row.teacher, *(row.assistants or ())) if name)
    finder = _TeacherFinder(people_named(texts), faults, remarks)
    staffed: list[Staffed[Wish]] = []
    for row in counted(rows, Phase.COMPARING, len(rows)):
        teachers = finder.find(filter(None, (row.teacher,)), row.line, "teacher")
        assistants = finder.find(row.assistants or (), row.line, "assistants")
        if teachers and assistants and teachers[0] in assistants:
            reason = gettext("the teacher is not their own assistant")
            faults.append(SheetFault(row.line, "assistants", reason))
        elif row.wish is not None and teachers and assistants is not None:
            has_column = row.assistants is not None
            staffed.append(Staffed(row.wish, teachers[0], assistants if has_column else None))
    return staffed


class _TeacherFinder:
    def __init__(
        self, people_by_text: dict[str, list[User]], faults: list[SheetFault], remarks: Remarks
    ) -> None:
        self._people_by_text = people_by_text
        self._faults, self._remarks = faults, remarks

    def find(self, names: Iterable[str], line: int, column: str) -> tuple[User, ...] | None:
        """The people whom these texts mean, each once, or None when one of them may not teach."""
        reasons: list[str] = []
        teachers: dict[int, User] = {}
        for name in names:
            try:
                user = only_one_meant(name, self._people_by_text[name])
            except NotMeant as err:
                reasons.append(err.words_in_files())
                continue
            if (reason := cannot_teach(user)) is not None:
                reasons.append(reason.words_in_files(name))
            teachers[user.pk] = user
            if name not in {user.username, user.display_name}:
                self._remarks.add(line, column, taken_as(name, user.username))
        self._faults.extend(SheetFault(line, column, reason) for reason in reasons)
        return None if reasons else tuple(teachers.values())
