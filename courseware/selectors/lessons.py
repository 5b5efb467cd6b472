"""Courseware on a lesson's pages, and what may be chosen for it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.models import User
from courseware.access import bindable_for, released_at
from courseware.enums import BindTrouble, Release
from courseware.models import Binding, BindingQuerySet, Courseware
from courseware.previews import preview_of
from courseware.selectors.library import cover_of, words_fit
from courseware.wording import (
    audience_text,
    newer_text,
    short_reason,
    state_words,
    type_text,
)
from edu_platform.lib.formatting import StateWords, followed_by, next_moment_text
from edu_platform.lib.statements import Statement
from schedule.models import Lesson

OFFERED = 20


@dataclass(frozen=True, slots=True)
class BoundRow:
    """One piece of a lesson's courseware."""

    code: str
    name: str
    cover: str
    suffix: str
    file_type: str
    state: StateWords
    is_ready: bool
    has_preview: bool
    is_shown_at_once: bool
    release: str
    release_label: str
    is_from_course: bool
    # Why it is not ready, and whether somebody has to do something about that.
    why: str
    # How a newer version on its way stands.
    newer: str
    has_failed: bool
    # Why it is not in the class although it is ready, and when that is tried again.
    trouble: str


@dataclass(frozen=True, slots=True)
class OfferedRow:
    """One piece of courseware that may be chosen."""

    code: str
    name: str
    cover: str
    suffix: str
    file_type: str
    state: StateWords
    # What is not ready cannot be chosen.
    is_ready: bool
    why: str
    has_preview: bool
    owner: str
    audience: str


@dataclass(frozen=True, slots=True)
class Offer:
    rows: tuple[OfferedRow, ...]
    # More than are shown fit the search.
    has_more: bool


def bindings_of(lesson_id: int) -> BindingQuerySet:
    """A lesson's courseware, in order; one query."""
    bound = Binding.objects.kept().filter(lesson_id=lesson_id).in_order()
    return bound.select_related("courseware", "courseware__coming")


_BOUND = Statement(bindings_of)
_RELEASED = Statement(lambda lesson_id, at: bindings_of(lesson_id).filter(released_at(at)))


def bound_rows(lesson: Lesson, at: dt.datetime) -> list[BoundRow]:
    """All courseware of a lesson, as its page shows it."""
    return [bound_row(binding, at) for binding in _BOUND.rows(lesson_id=lesson.pk)]


def released_rows(lesson: Lesson, at: dt.datetime) -> list[BoundRow]:
    """Return what the lesson's students may have now, as its page shows it."""
    return [bound_row(binding, at) for binding in _RELEASED.rows(lesson_id=lesson.pk, at=at)]


def bound_row(binding: Binding, at: dt.datetime) -> BoundRow:
    courseware = binding.courseware
    return BoundRow(
        code=courseware.code,
        name=courseware.name,
        cover=cover_of(courseware),
        suffix=courseware.suffix,
        file_type=type_text(courseware),
        state=state_words(courseware),
        is_ready=courseware.is_ready,
        has_preview=preview_of(courseware) is not None,
        is_shown_at_once=binding.is_shown_at_once,
        release=binding.release,
        release_label=str(Release(binding.release).label),
        is_from_course=binding.is_from_course,
        why=short_reason(courseware, at),
        newer=newer_text(courseware),
        has_failed=courseware.has_failed,
        trouble=_trouble(binding, at),
    )


def _trouble(binding: Binding, at: dt.datetime) -> str:
    if not binding.trouble:
        return ""
    sentences = {
        BindTrouble.LIMIT: _(
            "The class holds as many documents as are allowed: remove one to make room for this one."
        ),
        BindTrouble.REFUSED: _("It could not be shown in the class."),
        BindTrouble.SILENT: _(
            "The classroom service could not be reached when it was to be shown in the class."
        ),
        BindTrouble.FAULT: _("The platform could not bring it into the class, and tries again."),
    }
    sentence = sentences[BindTrouble(binding.trouble)]
    if binding.due_at is None:
        return sentence
    again = _("The next try is at %(time)s.") % {"time": next_moment_text(binding.due_at, at)}
    return followed_by(sentence, again)


def offer_for(user: User, lesson: Lesson, *, q: str, at: dt.datetime) -> Offer:
    """Return what may be added to the lesson, with these words in its name or tags: first what is ready, the newest first.

    For those who see everybody's, the words may stand in the owner's name too.
    """
    there = Binding.objects.kept().filter(lesson=lesson).values("courseware")
    found = bindable_for(user).exclude(pk__in=there)
    if q:
        found = found.filter(words_fit(q, user))
    newest = found.select_related("owner").order_by("-uploaded_at", "-pk")[: OFFERED + 1]
    rows = [_offered_row(courseware, at) for courseware in newest]
    ready_first = sorted(rows[:OFFERED], key=lambda row: not row.is_ready)
    return Offer(rows=tuple(ready_first), has_more=len(rows) > OFFERED)


def _offered_row(courseware: Courseware, at: dt.datetime) -> OfferedRow:
    return OfferedRow(
        code=courseware.code,
        name=courseware.name,
        cover=cover_of(courseware),
        suffix=courseware.suffix,
        file_type=type_text(courseware),
        state=state_words(courseware),
        is_ready=courseware.is_ready,
        why=short_reason(courseware, at),
        has_preview=preview_of(courseware) is not None,
        owner=courseware.owner.display_name if courseware.owner else _("the school"),
        audience=audience_text(courseware),
    )
