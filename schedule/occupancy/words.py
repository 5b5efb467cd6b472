"""Say in words who is in two lessons at once: people and class groups by name, several students by class groups."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext, ngettext

from accounts.models import User
from edu_platform.lib.batches import in_batches
from schedule.models import ClassGroup, Lesson, Occupation
from schedule.occupancy.overlaps import Overlap, Who


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
                names.order_by("display_name", "pk").values_list("display_name", flat=True)
            ),
            lesson=lesson,
        )
    who = {"person_id" if taken.holder.is_person else "class_group_id": taken.holder.pk}
    return Occupation(lesson=lesson, starts_at=taken.starts_at, ends_at=taken.ends_at, **who)


def who_in_words(found: Collection[Who]) -> dict[Who, str]:
    """Name people and class groups, and students by both class groups; two queries and more for hundreds."""
    holders = {holder for who in found for holder in (who.holder, who.other)}
    people = {holder.pk for holder in holders if holder.is_person}
    groups = {holder.pk for holder in holders if not holder.is_person}
    # Only a single student is named.
    people.update(pk for who in found if len(who.students) == 1 for pk in who.students)
    names = _names(User.objects.get_queryset().values_list("pk", "display_name"), people)
    group_names = _names(ClassGroup.objects.values_list("pk", "name"), groups)
    return {who: _who_in_words(who, names, group_names) for who in found}


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
