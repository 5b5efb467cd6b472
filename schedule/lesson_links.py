"""Where else a lesson is looked after: links that higher apps show to its planners. A leaf: apps register
when they start.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from schedule.models import Lesson


@dataclass(frozen=True, slots=True)
class LessonLink:
    """A page of our own; `offer` asks whoever has just planned the lesson to go there."""

    label: str
    address: str
    offer: str


LinkMaker = Callable[[Lesson], LessonLink]

_makers: list[LinkMaker] = []


def register_lesson_link(maker: LinkMaker) -> None:
    _makers.append(maker)


def lesson_links(lesson: Lesson) -> list[LessonLink]:
    return [maker(lesson) for maker in _makers]
