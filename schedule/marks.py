"""Marks that a higher app adds to the lessons of a timetable. A leaf: apps register when they start."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from accounts.permissions import Relation
from schedule.models import Lesson


@dataclass(frozen=True, slots=True)
class LessonMark:
    """A shape and a word, so that nothing is told by colour alone."""

    shape: str
    label: str
    css_class: str


# What the viewer is to each lesson.
SeenLessons = Mapping[Lesson, Collection[Relation]]
# Called once a page with all its lessons: the marks by the lesson's id, asked for in one query at most.
MarkMaker = Callable[[SeenLessons, dt.datetime], Mapping[int, LessonMark]]

_makers: list[MarkMaker] = []


def register_lesson_marks(maker: MarkMaker) -> None:
    _makers.append(maker)


def marks_of(seen: SeenLessons, at: dt.datetime) -> dict[int, tuple[LessonMark, ...]]:
    """The marks of these lessons, by the lesson's id; those without any are left out."""
    found: dict[int, tuple[LessonMark, ...]] = {}
    for maker in _makers:
        for lesson_id, mark in maker(seen, at).items():
            found[lesson_id] = (*found.get(lesson_id, ()), mark)
    return found
