"""Say in words who is in two lessons at once, and by which lessons."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext, ngettext

from accounts.models import User
from edu_platform.lib.batches import in_batches
from schedule.models import ClassGroup, Lesson, LessonSnapshot, Occupation
from schedule.occupancy.bookings import Holder, Party
from schedule.occupancy.overlaps import Occupancy, Overlap, Who


@dataclass(frozen=True, slots=True)
class StudentsTaken:
    """Students of a class group who are in a lesson of another one at that time."""

    class_group: str
    other_group: str
    students: tuple[str, ...]
    lesson: Lesson

    @property
    def who(self) -> str:
        return students_in_words(self.students, self.class_group, self.other_group)


def taken_by(overlap: Overlap, lesson: Lesson) -> Occupation | StudentsTaken:
    """Return who is taken there, by this lesson, as a refusal names it; a few queries."""
    booking, taken = overlap.booking, overlap.taken
    if overlap.students:
        names = User.objects.get_queryset().filter(pk__in=overlap.students)
        groups = ClassGroup.objects.in_bulk([booking.holder.pk, taken.holder.pk])
        return StudentsTaken(
            class_group=groups[booking.holder.pk].name,
            other_group=groups[taken.holder.pk].name,
            students=tuple(
                names.order_by("name_key", "username").values_list("display_name", flat=True)
            ),
            lesson=lesson,
        )
    who = {"person_id" if taken.holder.is_person else "class_group_id": taken.holder.pk}
    return Occupation(lesson=lesson, starts_at=taken.starts_at, ends_at=taken.ends_at, **who)


def named(people: Iterable[User], class_groups: Iterable[ClassGroup]) -> dict[Holder, str]:
    """Return what these are called, who need not be saved yet."""
    return {
        **{Holder(is_person=True, pk=user.pk): user.display_name for user in people},
        **{Holder(is_person=False, pk=group.pk): group.name for group in class_groups},
    }


NOBODY_NAMED: Mapping[Holder, str] = {}


def who_in_words(
    subjects: Collection[Who], *, known: Mapping[Holder, str] = NOBODY_NAMED
) -> dict[Who, str]:
    """Name people and class groups, and students by both class groups; two queries and more for hundreds.

    `known`: the names of some of them.
    """
    holders = {holder for who in subjects for holder in (who.holder, who.other)} - known.keys()
    people = {holder.pk for holder in holders if holder.is_person}
    groups = {holder.pk for holder in holders if not holder.is_person}
    # Only a single student is named.
    people.update(pk for who in subjects if len(who.students) == 1 for pk in who.students)
    names = _names(User.objects.get_queryset().values_list("pk", "display_name"), people)
    group_names = _names(ClassGroup.objects.values_list("pk", "name"), groups)
    for holder, name in known.items():
        (names if holder.is_person else group_names)[holder.pk] = name
    return {who: _who_in_words(who, names, group_names) for who in subjects}


def _names(rows: QuerySet[Any, tuple[int, str]], pks: Iterable[int]) -> dict[int, str]:
    return {pk: name for batch in in_batches(pks) for pk, name in rows.filter(pk__in=batch)}


def _who_in_words(who: Who, people: Mapping[int, str], groups: Mapping[int, str]) -> str:
    pk = who.holder.pk
    if who.students:
        names = [people.get(student, "") for student in who.students]
        return students_in_words(names, groups[pk], groups[who.other.pk])
    return people[pk] if who.holder.is_person else groups[pk]


def students_in_words(names: Collection[str], class_group: str, other_group: str) -> str:
    """Name a single student, and several by their class groups."""
    if len(names) == 1:
        (name,) = names
        return gettext("%(student)s (%(class_group)s and %(other_group)s)") % {
            "student": name,
            "class_group": class_group,
            "other_group": other_group,
        }
    return ngettext(
        "%(count)s student of %(class_group)s and %(other_group)s",
        "%(count)s students of %(class_group)s and %(other_group)s",
        len(names),
    ) % {"count": len(names), "class_group": class_group, "other_group": other_group}


# A page names these, and there are hardly ever more than two.
NAMED_AT_MOST = 20


@dataclass(frozen=True, slots=True)
class Clash:
    """Somebody whom the plan takes is taken already."""

    who: str
    lesson: Lesson


def clashes_of(
    wanted: LessonSnapshot, *, without: Lesson | None, groups_may_overlap: bool
) -> list[Clash]:
    """Name who of a lesson as it is wanted is taken by others than the lesson itself; five queries at most.

    People and class groups come before students.
    """
    people = frozenset({wanted.teacher.pk, *wanted.assistant_ids})
    groups = frozenset[int]() if groups_may_overlap else frozenset(wanted.class_group_ids)
    party = Party(people, groups)
    starts_at, ends_at = wanted.starts_at, wanted.ends_at
    own = () if without is None else (without.pk,)
    occupancy = Occupancy.read(party, starts_at=starts_at, ends_at=ends_at, without=own)
    against = occupancy.against(party, starts_at, ends_at)
    conflicts = sorted(against, key=lambda conflict: bool(conflict.who.students))[:NAMED_AT_MOST]
    if not conflicts:
        return []
    names = who_in_words({conflict.who for conflict in conflicts})
    lessons = Lesson.objects.select_related("course", "teacher").in_bulk(
        {conflict.taken.lesson_pk for conflict in conflicts}
    )
    return [
        Clash(names[conflict.who], lesson)
        for conflict in conflicts
        if (lesson := lessons.get(conflict.taken.lesson_pk or 0)) is not None
    ]


def overlap_in_words(taken: Occupation | StudentsTaken | None) -> str:
    """Say who is taken, and by which lesson; None where another transaction was quicker."""
    if taken is None:
        return is_in_words("", None, count=1)
    count = len(taken.students) if isinstance(taken, StudentsTaken) else 1
    return is_in_words(taken.who, taken.lesson, count=count)


def is_in_words(who: str, lesson: Lesson | None, *, count: int) -> str:
    """Say that somebody, or so many students, named by `who`, are in this lesson; None where nobody knows in which."""
    if lesson is None:
        return gettext("Another lesson was planned at the same time: please try again.")
    return ngettext(
        "%(who)s is in the lesson %(lesson)s at that time.",
        "%(who)s are in the lesson %(lesson)s at that time.",
        count,
    ) % {"who": who, "lesson": lesson}


def taken_in_words(who: Who, name: str, other: str) -> str:
    """Say that somebody, or the students of a class group, are in the other lesson; both are given in words."""
    return ngettext(
        "%(who)s is in %(other)s at that time",
        "%(who)s are in %(other)s at that time",
        len(who.students) or 1,
    ) % {"who": name, "other": other}
