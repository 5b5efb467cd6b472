"""Deleting a term with its weekly lessons, and with the lessons that were made of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from edu_platform.lib.bulk_writing import WriteIn, own_transaction
from edu_platform.lib.progress import Phase, report
from edu_platform.lib.versions import require_as_shown
from schedule.enums import ActionOrigin
from schedule.lessons.as_read import AsRead
from schedule.lessons.begun import by_now
from schedule.lessons.change import lessons_as_they_are
from schedule.lessons.delete import ROWS_A_DELETED, LessonBegun, delete_locked, require_deletable
from schedule.lessons.trying_again import ChangedMeanwhile, trying_again
from schedule.models import Lesson, PlanningAction, Term
from schedule.terms.locks import lock_unchanged
from schedule.terms.term_versions import going_with


def delete_term(
    term: Term,
    *,
    action: PlanningAction,
    at: dt.datetime,
    known: str = "",
    write_in: WriteIn = own_transaction,
) -> None:
    """Delete a term with its weekly lessons, and its lessons that nobody edited by hand.

    `at`: when it was asked for. `known`: the version of the term that a page showed, with what is deleted with it.

    Raises:
        Term.DoesNotExist: somebody else has deleted it.
        NotAsShown: the term, or what is deleted with it, has changed since.
        LessonBegun: what was held, or is being held, is not undone.
        ChangedMeanwhile: it is changed all the time.
    """
    action.origin = ActionOrigin.TERM
    trying_again(lambda: _attempt(term, action, at, known, write_in))


@dataclass(frozen=True, slots=True)
class _Read:
    """A term and its lessons, read before anything is locked."""

    term: Term
    # The version of the term, with what is deleted with it.
    version: str
    lessons: Sequence[Lesson]
    # Those of the lessons that nobody edited by hand.
    going: AsRead


def _attempt(
    term: Term, action: PlanningAction, at: dt.datetime, known: str, write_in: WriteIn
) -> None:
    read = _read(term)
    require_as_shown(read.term, known, read.version)
    require_deletable(read.lessons, at=by_now(at))
    try:
        with write_in(len(read.going.lessons), rows_a_unit=ROWS_A_DELETED):
            _write(read, action, at)
    except (ChangedMeanwhile, LessonBegun) as err:
        action.forget_saving()
        raise ChangedMeanwhile from err


def _read(term: Term) -> _Read:
    as_read = Term.objects.get(pk=term.pk)
    version = going_with(as_read).version(as_read)
    planned = as_read.planned_lessons.filter(lesson__isnull=False)
    edited_by_lesson = dict(planned.values_list("lesson", "is_edited"))
    lessons = lessons_as_they_are(edited_by_lesson)
    report(Phase.CHECKING, 0, 0)
    going = AsRead([lesson for lesson in lessons if not edited_by_lesson[lesson.pk]])
    return _Read(as_read, version, lessons, going)


def _write(read: _Read, action: PlanningAction, at: dt.datetime) -> None:
    """Delete what was read.

    Raises:
        ChangedMeanwhile, LessonBegun: it is not as it was.
    """
    term = lock_unchanged(read.term)
    read.going.lock(will_delete=True)
    if going_with(term).version(term) != read.version:
        raise ChangedMeanwhile
    # Those that stay, too: their class may have begun since.
    at = by_now(at)
    require_deletable(read.lessons, at=at)
    delete_locked(read.going.lessons, at=at, action=action)
    term.delete()
