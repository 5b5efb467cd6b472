"""People who could stand in when a teacher is away, the most fitting first.

Active teachers are proposed who are not away themselves and are in no other lesson at that time, published or
draft. `Substitute.rank` says in which order.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from schedule.lessons.may_teach import who_may_teach
from schedule.models import Lesson, Occupation, Substitution, Term, begins_within
from schedule.occupancy.bookings import Party, read_bookings
from schedule.occupancy.overlaps import Occupancy
from schedule.week_grid import monday_of, period_of_days, period_of_week, sunday_of

# Outside terms: how far around a lesson somebody has to teach its course or class groups to count as who knows them.
WEEKS_AROUND = 4
# The page offers this many of those who are free; others are named by hand.
SUBSTITUTES_OFFERED = 10


@dataclass(frozen=True, slots=True)
class Substitute:
    """Somebody who is free at the time of a lesson."""

    user: User
    # In the lesson's term, or within WEEKS_AROUND of it; lessons that they stood in for do not count.
    teaches_course: bool
    teaches_class_group: bool
    # That they teach or assist in, from its Monday to its Sunday; without the lesson itself.
    lessons_that_week: int

    def rank(self, given: int = 0) -> tuple[int, int]:
        """Lower is better; among equals the order of names decides.

        First who teaches both its course and one of its class groups, then who teaches one of the two, then
        the others; among these, who has the fewest lessons that week, with `given` ones that are not there yet.
        """
        return -(self.teaches_course + self.teaches_class_group), self.lessons_that_week + given


def substitutes_for(lessons: Sequence[Lesson], *, absent: User) -> dict[int, list[Substitute]]:
    """By lesson, everybody who could stand in for the absent teacher, ranked.

    Five queries for any number of lessons that were read with their class groups.
    """
    if not lessons:
        return {}
    teachers = list(who_may_teach().exclude(pk=absent.pk).order_by("name_key", "username"))
    taken = _Taken(teachers, lessons)
    usual_teachers = _usual_teachers_near(lessons)
    return {lesson.pk: _ranked(lesson, teachers, taken, usual_teachers) for lesson in lessons}


def _ranked(
    lesson: Lesson, teachers: Sequence[User], taken: _Taken, usual_teachers: _UsualTeachers
) -> list[Substitute]:
    not_free = taken.at_the_time_of(lesson) | {lesson.teacher_id}
    counts = taken.lessons_in_week_of(lesson)
    of_course = usual_teachers.course_teachers[lesson.course_id]
    of_groups = {
        teacher
        for group in lesson.class_groups.all()
        for teacher in usual_teachers.class_group_teachers[group.pk]
    }
    free = (
        Substitute(user, user.pk in of_course, user.pk in of_groups, counts[user.pk])
        for user in teachers
        if user.pk not in not_free
    )
    # The order of names stays among equals.
    return sorted(free, key=Substitute.rank)


# --- Who is taken ---------------------------------------------------------------------------------


class _Taken:
    """Finds who of these people is in which lessons during the weeks of the lessons."""

    def __init__(self, people: Iterable[User], lessons: Sequence[Lesson]) -> None:
        starts_at, ends_at = period_of_days(*_weeks_around(lessons))
        party = Party(frozenset(user.pk for user in people), frozenset())
        self._occupancy = Occupancy(read_bookings(starts_at=starts_at, ends_at=ends_at, of=party))

    def at_the_time_of(self, lesson: Lesson) -> set[int]:
        """Return who is in another lesson then."""
        then = self._occupancy.at(lesson.starts_at, lesson.ends_at)
        return {booking.holder.pk for booking in then if booking.lesson_pk != lesson.pk}

    def lessons_in_week_of(self, lesson: Lesson) -> Counter[int]:
        """Count the other lessons that each person has that week."""
        week = self._occupancy.beginning_within(*period_of_week(_week_of(lesson.starts_at)))
        return Counter(booking.holder.pk for booking in week if booking.lesson_pk != lesson.pk)


def _week_of(moment: dt.datetime) -> dt.date:
    return monday_of(timezone.localdate(moment))


def _weeks_around(lessons: Iterable[Lesson]) -> tuple[dt.date, dt.date]:
    """The Monday of the first week that holds one of the lessons, and the Sunday of the last."""
    mondays = {_week_of(lesson.starts_at) for lesson in lessons}
    return min(mondays), sunday_of(max(mondays))


# --- Who knows what -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _UsualTeachers:
    """The teachers of each course, and of each class group."""

    course_teachers: Mapping[int, set[int]]
    class_group_teachers: Mapping[int, set[int]]


def _usual_teachers_near(lessons: Sequence[Lesson]) -> _UsualTeachers:
    """Find who teaches the courses and class groups of these lessons near them in time; three queries."""
    starts, ends = period_of_days(*_days_near(lessons))
    of_courses = Lesson.objects.within(starts_at=starts, ends_at=ends).filter(
        ~Exists(Substitution.objects.filter(lesson=OuterRef("pk"))),
        course__in={lesson.course_id for lesson in lessons},
    )
    # An index has the occupations of a class group by their start, and another one the lessons.
    of_class_groups = Occupation.objects.filter(
        begins_within(starts, ends),
        begins_within(starts, ends, prefix="lesson__"),
        ~Exists(Substitution.objects.filter(lesson=OuterRef("lesson"))),
        class_group__in={group.pk for lesson in lessons for group in lesson.class_groups.all()},
    )
    return _UsualTeachers(
        _teachers_by(of_courses.values_list("course", "teacher").distinct()),
        _teachers_by(of_class_groups.values_list("class_group", "lesson__teacher").distinct()),
    )


def _teachers_by(rows: Iterable[tuple[Any, int]]) -> Mapping[int, set[int]]:
    teachers_by_key: dict[int, set[int]] = defaultdict(set)
    for key, teacher in rows:
        teachers_by_key[key].add(teacher)
    return teachers_by_key


def _days_near(lessons: Iterable[Lesson]) -> tuple[dt.date, dt.date]:
    """The first and the last day of the terms that hold these lessons, and around those outside terms."""
    days = {timezone.localdate(lesson.starts_at) for lesson in lessons}
    terms = list(Term.objects.filter(first_monday__lte=max(days), last_day__gte=min(days)))
    spans = [_days_near_one(day, terms) for day in days]
    return min(first for first, _last in spans), max(last for _first, last in spans)


def _days_near_one(day: dt.date, terms: Iterable[Term]) -> tuple[dt.date, dt.date]:
    for term in terms:
        if term.holds(day):
            return term.first_monday, term.last_day
    around = dt.timedelta(weeks=WEEKS_AROUND)
    return day - around, day + around


def why_in_words(substitute: Substitute, lesson: Lesson) -> str:
    """Say why somebody is proposed to stand in."""
    assists = substitute.user in lesson.assistants.all()
    reasons = [_("assists in this lesson")] if assists else []
    if substitute.teaches_course:
        reasons.append(_("teaches this course"))
    if substitute.teaches_class_group:
        groups = list(lesson.class_groups.all())
        reasons.append(
            _("teaches %(name)s") % {"name": groups[0].name}
            if len(groups) == 1
            else _("teaches one of its class groups")
        )
    count = substitute.lessons_that_week
    counted = ngettext("%(count)s lesson that week", "%(count)s lessons that week", count)
    return " · ".join([*reasons, counted % {"count": count}])
