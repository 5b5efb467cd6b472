"""Read what a family sees of a child: the week, what comes next, and whom to ask."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.safestring import SafeString
from django.utils.translation import ngettext

from accounts.models import SchoolSettings, User
from edu_platform.lib.aggregates import Hexadecimal, lines_of, names_in
from edu_platform.lib.formatting import listed
from edu_platform.lib.statements import Statement
from schedule.families.page.weeks import written_week
from schedule.models import ClassGroup, Membership
from schedule.terms.reading import TermWeek, term_week_of
from schedule.timetable import page_facts, weeks
from schedule.timetable.cards import LessonCard
from schedule.timetable.timetables import family_viewer, own_timetable
from schedule.timetable.weeks import Week
from schedule.week_grid import monday_of

HOUR_MIN, DAY_HOURS = 60, 24


@dataclass(frozen=True, slots=True)
class ChildWeek:
    week: Week
    # As the class groups of the child have it; None outside terms.
    of_term: TermWeek | None
    table: SafeString
    # The lesson that runs now, else the next one, in whatever week it lies.
    next_lesson: LessonCard | None
    # How soon it begins, in words; empty of one that runs, or is further away than a day.
    next_in: str


@dataclass(frozen=True, slots=True)
class ClassPlace:
    """A class group of the child, and the people whom its families ask."""

    class_group: str
    class_teachers: Sequence[str]

    @property
    def names(self) -> str:
        return listed(self.class_teachers)


def child_week(child: User, day: dt.date, school: SchoolSettings, *, at: dt.datetime) -> ChildWeek:
    """Return the week that holds a day, as the child's own page has it."""
    viewer, timetable = family_viewer(child, school), own_timetable(child)
    lessons = page_facts.week_lessons(day, timetable, at=at)
    of_term = term_week_of(day)
    week, table = written_week(monday_of(day), lessons, viewer, at, of_term=of_term)
    if of_term is not None:
        of_term = of_term.for_class_groups(timetable.class_group_ids)
    upcoming = week.next_lesson or weeks.next_lesson(timetable, viewer, at)
    return ChildWeek(
        week, of_term, table, upcoming, "" if upcoming is None else _soon(upcoming, at)
    )


def _soon(upcoming: LessonCard, at: dt.datetime) -> str:
    minutes = round((upcoming.starts_at - at).total_seconds() / 60)
    if minutes <= 0:
        return ""
    if minutes < HOUR_MIN:
        return ngettext("in %(count)s minute", "in %(count)s minutes", minutes) % {"count": minutes}
    hours = round(minutes / HOUR_MIN)
    if hours > DAY_HOURS:
        return ""
    return ngettext("in %(count)s hour", "in %(count)s hours", hours) % {"count": hours}


def class_places(child: User, day: dt.date) -> list[ClassPlace]:
    """Return the class groups of the child on a day, in the order of their names; one query."""
    rows = _PLACES.rows(user_id=child.pk, day=day)
    return [ClassPlace(name, names_in(teachers)) for name, teachers in rows]


def _places(user_id: int, day: dt.date) -> QuerySet[ClassGroup, tuple[str, str | None]]:
    own = Membership.objects.of_students().on(day=day).filter(user=user_id)
    teachers = Membership.objects.of_class_teachers().on(day=day).filter(user__is_active=True)
    groups = ClassGroup.objects.filter(Exists(own.filter(class_group=OuterRef("pk"))))
    return (
        groups.order_by("name_key", "pk")
        .annotate(
            teachers=lines_of(
                teachers.filter(class_group=OuterRef("pk")),
                *(Hexadecimal("user__name_key"), "user__display_name"),
                of="class_group",
            )
        )
        .values_list("name", "teachers")
    )


_PLACES: Statement[tuple[str, str | None]] = Statement(_places)
