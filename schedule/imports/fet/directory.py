"""The teachers and class groups that names in a file may mean."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from accounts.models import User
from schedule.lessons.may_teach import who_may_teach
from schedule.lessons.spellings import folded
from schedule.models import ClassGroup

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Directory:
    """Active teachers by username, and active class groups by name."""

    teachers: dict[str, User]
    groups: dict[str, ClassGroup]
    _teachers_by_name: dict[str, list[User]]
    _groups_by_name: dict[str, list[ClassGroup]]

    @classmethod
    def read(cls) -> Directory:
        """As it is now; two queries."""
        teachers = list(who_may_teach().order_by("username"))
        groups = list(ClassGroup.objects.active().order_by("name"))
        return cls(
            {user.username: user for user in teachers},
            {group.name: group for group in groups},
            _by_name(teachers, lambda user: (user.username, user.display_name)),
            _by_name(groups, lambda group: (group.name,)),
        )

    def teachers_called(self, name: str) -> Sequence[User]:
        """All whose username or display name this is."""
        return self._teachers_by_name.get(folded(name), ())

    def groups_called(self, name: str) -> Sequence[ClassGroup]:
        """The one of exactly this name, else all whose name it is but for case and width."""
        if name in self.groups:
            return (self.groups[name],)
        return self._groups_by_name.get(folded(name), ())


def _by_name(objects: Iterable[T], names_of: Callable[[T], Iterable[str]]) -> dict[str, list[T]]:
    found: dict[str, list[T]] = defaultdict(list)
    for each in objects:
        for name in {folded(name) for name in names_of(each)}:
            found[name].append(each)
    return dict(found)
