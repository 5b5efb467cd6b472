"""What a higher app shows on a lesson's page. A leaf: apps register when they start."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from accounts.permissions import Relation
from schedule.models import Lesson


@dataclass(frozen=True, slots=True)
class Panel:
    """A template, and what it reads as `panel.…`."""

    template: str
    content: Mapping[str, object]


# None: nothing to show of this lesson to somebody of these relations.
PanelMaker = Callable[[Lesson, Collection[Relation]], Panel | None]

_makers: list[PanelMaker] = []


def register_lesson_panel(maker: PanelMaker) -> None:
    _makers.append(maker)


def lesson_panels(lesson: Lesson, relations: Collection[Relation]) -> list[Panel]:
    made = (maker(lesson, relations) for maker in _makers)
    return [panel for panel in made if panel is not None]
