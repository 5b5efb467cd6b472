"""Say on which pages the rows of the timetable are seen in which the name of an erased person stands."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from django.db.models import F, Model
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.hooks import Place
from schedule.models import (
    Channel,
    ClassGroup,
    Course,
    Guest,
    Lesson,
    LessonChange,
    PlanningAction,
    WeeklyLesson,
)


def timetable_places(model: type[Model], keys: Collection[Any]) -> Mapping[Any, Place] | None:
    """Return the pages of rows of the timetable; None: it is another app's."""
    maker = _PLACES.get(model)
    return None if maker is None else maker(keys)


def _lessons(keys: Collection[Any]) -> dict[Any, Place]:
    lessons = Lesson.objects.filter(pk__in=keys).select_related("course")
    return {
        lesson.pk: Place(str(lesson), reverse("schedule:lesson", args=[lesson.code]))
        for lesson in lessons
    }


def _guests(keys: Collection[Any]) -> dict[Any, Place]:
    """Return the pages of their lessons, which list them."""
    guests = Guest.objects.filter(pk__in=keys).select_related("lesson__course")
    return {
        guest.pk: Place(str(guest.lesson), reverse("schedule:lesson", args=[guest.lesson.code]))
        for guest in guests
    }


def _class_groups(keys: Collection[Any]) -> dict[Any, Place]:
    groups = ClassGroup.objects.filter(pk__in=keys)
    return {
        group.pk: Place(group.name, reverse("class_groups:class_group", args=[group.code]))
        for group in groups
    }


def _courses(keys: Collection[Any]) -> dict[Any, Place]:
    courses = Course.objects.filter(pk__in=keys)
    return {
        course.pk: Place(course.name, reverse("courses:course", args=[course.code]))
        for course in courses
    }


def _terms(keys: Collection[Any]) -> dict[Any, Place]:
    rows = WeeklyLesson.objects.filter(pk__in=keys).select_related("term")
    return {
        row.pk: Place(row.term.name, reverse("schedule:term", args=[row.term.code])) for row in rows
    }


def _actions(keys: Collection[Any]) -> dict[Any, Place]:
    actions = PlanningAction.objects.filter(pk__in=keys)
    return {action.pk: _change_page(action.code) for action in actions}


def _changes(keys: Collection[Any]) -> dict[Any, Place]:
    rows = LessonChange.objects.filter(pk__in=keys).annotate(action_code=F("action__code"))
    return {row.pk: _change_page(row.action_code) for row in rows}


def _change_page(code: str) -> Place:
    return Place(_("Changes of the timetable"), reverse("schedule:timetable_change", args=[code]))


def _channels(keys: Collection[Any]) -> dict[Any, Place]:
    page = Place(_("Group robots"), reverse("schedule:channels"))
    return dict.fromkeys(keys, page)


_PLACES: dict[type[Model], Callable[[Collection[Any]], dict[Any, Place]]] = {
    Lesson: _lessons,
    Guest: _guests,
    ClassGroup: _class_groups,
    Course: _courses,
    WeeklyLesson: _terms,
    PlanningAction: _actions,
    LessonChange: _changes,
    Channel: _channels,
}
