"""Everything that a file would make beside its rows: people, class groups, courses, each with the nearest name that is there."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from accounts.models import User
from edu_platform.lib.natural_order import natural_key, person_key
from schedule.imports.made_names import MadeNames
from schedule.lessons.nearest import AlmostNamesakes, NearestNames
from schedule.models import ClassGroup, Course


class NewKind(models.TextChoices):
    PERSON = "person", _("person")
    CLASS_GROUP = "class_group", _("class group")
    COURSE = "course", _("course")


# As commands print them.
_LINES: Mapping[NewKind, StrPromise] = {
    NewKind.PERSON: _("new person: %(name)s"),
    NewKind.CLASS_GROUP: _("new class group: %(name)s"),
    NewKind.COURSE: _("new course: %(name)s"),
}


@dataclass(frozen=True, slots=True, order=True)
class NewName:
    """A name that a file makes. `like`: what is there already, and may have been meant."""

    kind: str
    name: str
    # These are new people.
    username: str = ""
    like: str = ""

    @property
    def shown(self) -> str:
        return f"{self.name} ({self.username})" if self.username else self.name

    def place(self) -> tuple[object, ...]:
        """Return the key by which it stands among others of its kind."""
        key = person_key if self.kind == NewKind.PERSON else natural_key
        return key(self.name), self.name, self.username

    def line(self) -> str:
        """Return it as commands print it."""
        text = str(_LINES[NewKind(self.kind)]) % {"name": self.shown}
        return f"{text} — {self.question()}" if self.like else text

    def question(self) -> str:
        """Ask whether the one that is there was meant."""
        if self.kind == NewKind.PERSON and self.like.startswith(f"{self.name} ("):
            return gettext("%(name)s is there already") % {"name": self.like}
        return gettext("did you mean %(name)s?") % {"name": self.like}

    def kept(self) -> list[str]:
        """As JSON."""
        return [str(self.kind), self.name, self.username, self.like]


def names_made(
    made: MadeNames, people: Iterable[User] = (), class_groups: Iterable[str] = ()
) -> list[NewName]:
    """Return them in one order, for versions, without what is near to them."""
    groups = [*class_groups, *(group.name for group in made.class_groups)]
    return sorted(
        [
            *(NewName(NewKind.PERSON, user.display_name, user.username) for user in people),
            *(NewName(NewKind.CLASS_GROUP, name) for name in groups),
            *(NewName(NewKind.COURSE, course.name) for course in made.courses),
        ]
    )


def with_nearest(new: Sequence[NewName]) -> list[NewName]:
    """Say of each what is nearest to it of what was there before; those that have something like it first, by name."""
    by_kind: dict[str, list[NewName]] = defaultdict(list)
    for each in new:
        by_kind[each.kind].append(each)
    found = [
        dataclasses.replace(each, like=like)
        for kind, some in by_kind.items()
        for each, like in zip(some, _NEAREST[NewKind(kind)](some), strict=True)
    ]
    return sorted(found, key=lambda each: (not each.like, each.kind, each.place()))


Find = Callable[[Sequence[NewName]], list[str]]


def _near_names(
    rows: Callable[[], models.QuerySet[ClassGroup] | models.QuerySet[Course]],
) -> Find:
    def find(new: Sequence[NewName]) -> list[str]:
        made = {each.name for each in new}
        names = rows().values_list("name", flat=True)
        nearest = NearestNames(name for name in names if name not in made)
        return [nearest.nearest(each.name) for each in new]

    return find


def _namesakes(new: Sequence[NewName]) -> list[str]:
    """Return who is called so already, or almost so: two of a name are mostly one who was brought in twice."""
    made = {each.username for each in new}
    usernames: dict[str, str] = {}
    pinyin: dict[str, str] = {}
    people = User.objects.active().order_by("pk")
    for name, username, typed in people.values_list("display_name", "username", "name_pinyin"):
        if username not in made:
            usernames.setdefault(name, username)
            pinyin.setdefault(name, typed)
    almost = AlmostNamesakes(pinyin.items())
    names = (each.name if each.name in usernames else almost.nearest(each.name) for each in new)
    return [f"{name} ({usernames[name]})" if name else "" for name in names]


_NEAREST: Mapping[NewKind, Find] = {
    NewKind.PERSON: _namesakes,
    NewKind.CLASS_GROUP: _near_names(ClassGroup.objects.active),
    NewKind.COURSE: _near_names(Course.objects.all),
}
