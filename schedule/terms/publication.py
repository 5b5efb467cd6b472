"""Publishing the drafts of a term's plan."""

from __future__ import annotations

from edu_platform.lib.bulk_writing import WriteIn, own_transaction
from edu_platform.lib.versions import require_as_shown
from schedule.enums import LessonState
from schedule.lessons.as_read import AsRead
from schedule.lessons.change import ROWS_A_PUBLISHED, lessons_as_they_are, publish_locked
from schedule.lessons.trying_again import ChangedMeanwhile, trying_again
from schedule.models import Lesson, LessonQuerySet, PlanningAction, Term
from schedule.terms.term_versions import version_of_drafts


def drafts_of(term: Term) -> LessonQuerySet:
    """The lessons of a term's plan that nobody but staff sees yet."""
    return Lesson.objects.filter(planned__term=term, state=LessonState.DRAFT)


def draft_ids_of(term: Term) -> list[int]:
    return list(drafts_of(term).values_list("pk", flat=True))


def publish_term(
    term: Term, *, action: PlanningAction, known: str = "", write_in: WriteIn = own_transaction
) -> int:
    """Publish all drafts of a term by one action, and return how many they were. It is no edit of them.

    `known`: the version of the drafts that a page showed.

    Raises:
        NotAsShown: there are others by now.
        ChangedMeanwhile: they are changed all the time.
    """
    return trying_again(lambda: _attempt(term, action, known, write_in))


def _attempt(term: Term, action: PlanningAction, known: str, write_in: WriteIn) -> int:
    draft_ids = draft_ids_of(term)
    version = version_of_drafts(draft_ids)
    require_as_shown(term, known, version)
    drafts = AsRead(lessons_as_they_are(draft_ids))
    try:
        with write_in(len(draft_ids), rows_a_unit=ROWS_A_PUBLISHED) as noted:
            drafts.lock()
            _require_the_same(term, version)
            count = noted["count"] = publish_locked(drafts.lessons, action=action)
    except ChangedMeanwhile:
        action.forget_saving()
        raise
    return count


def _require_the_same(term: Term, version: str) -> None:
    if version_of_drafts(draft_ids_of(term)) != version:
        raise ChangedMeanwhile
