"""Telling on a page what has changed since it was shown, so that nothing was done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from schedule.history.reading import HistoryEntry, changes_since
from schedule.models import Lesson

# So many lessons are named, each with what was done to it; more are counted.
LESSONS_NAMED = 5


@dataclass(frozen=True, slots=True)
class ChangedLesson:
    """The change of a lesson; it is named where a page shows several."""

    entries: Sequence[HistoryEntry]
    lesson: Lesson | None = None


@dataclass(frozen=True, slots=True)
class Unlike:
    """A field of a form that says something else than is there by now."""

    label: str
    now: str
    sent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Meanwhile:
    """Changes since a page was shown; nothing was done."""

    heading: str = ""
    # How it is now, in one sentence.
    said: str = ""
    lessons: Sequence[ChangedLesson] = ()
    # How many more lessons have changed.
    more: int = 0
    unlike: Sequence[Unlike] = ()
    # What was not done, and what can be done now.
    advice: str = ""


def lesson_meanwhile(lesson: Lesson, known: str, *, advice: str) -> Meanwhile:
    """Say what was done to a lesson since a page showed it in this version."""
    entries = changes_since(lesson, known)
    return Meanwhile(
        heading=_("The lesson has changed since you opened this page"),
        lessons=[ChangedLesson(entries)] if entries else (),
        advice=advice,
    )


def lessons_meanwhile(changed: Sequence[tuple[Lesson, str]], *, advice: str) -> Meanwhile:
    """Say what was done to these lessons, each of which a page showed in the version beside it."""
    named = changed[:LESSONS_NAMED]
    return Meanwhile(
        heading=_("Lessons have changed since you opened this page"),
        lessons=[ChangedLesson(changes_since(lesson, known), lesson) for lesson, known in named],
        more=len(changed) - len(named),
        advice=advice,
    )


def saving_overwrites() -> str:
    return _("Nothing was saved. Saving once more makes it as the form says.")
