"""Publishing, cancelling and restoring many lessons as long work: their list leaves them to a worker."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from accounts.permissions import Action
from edu_platform.lib.long_work import RunningWork, WorkRefused, WorkState
from edu_platform.lib.progress import Phase, report
from edu_platform.lib.versions import version_of
from schedule.lessons.cancel import (
    ROWS_A_CANCELLED,
    ROWS_A_RESTORED,
    LessonIsDraft,
    LessonOver,
    cancel_lessons,
    restore_lessons,
)
from schedule.lessons.change import ROWS_A_PUBLISHED, lessons_as_they_are, publish_lessons
from schedule.lessons.pages import LESSONS_LISTED, others_in_words
from schedule.lessons.plan import plan_of
from schedule.lessons.taking import LessonOverlaps, giving_way
from schedule.lessons.trying_again import ChangedMeanwhile, trying_again
from schedule.models import Lesson, PlanningAction, Work
from schedule.work.actions import action_arguments, action_of
from schedule.work.kinds import CHANGED, Outcome, Sentence, WorkKind
from schedule.work.writing import begin_work

# Raised where others change the lessons while it is looked which of them can be cancelled.
CHANGED_BY_OTHERS = (LessonOver, LessonIsDraft, LessonOverlaps, Lesson.DoesNotExist)
FAULTS = {
    CHANGED: gettext_lazy("Nothing was done: others change these lessons just now. Try again.")
}
# Reasons for which one of many is left as it is.
OVER, DRAFT, TAKEN = "over", "draft", "taken"
LEFT = {
    OVER: gettext_lazy("it is over"),
    DRAFT: gettext_lazy("it is a draft, which can be deleted"),
    TAKEN: gettext_lazy("somebody has another lesson at that time"),
}
PUBLISHED = gettext_lazy("Published.")
CANCELLED = gettext_lazy("Lessons that could be cancelled have been.")
RESTORED = gettext_lazy("Cancellations that could be undone have been.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """Something that is done to many lessons."""

    # Takes the lessons; returns the reasons for those that are left as they are, by key.
    leave: Callable[[Sequence[Lesson]], Mapping[int, str]]
    write: Callable[[Sequence[Lesson], Work], None]
    # Rows written for each lesson, with its history, those whom it takes, and its replay.
    rows_a_lesson: int
    done: str | Promise


def begin_state_work(
    kind: WorkKind, *, by: User, lesson_ids: Collection[int], action: PlanningAction
) -> Work:
    """Leave many lessons to a worker; a second press finds the work that runs."""
    lesson_ids = sorted(lesson_ids)
    return begin_work(
        kind,
        by=by,
        scope=f"lessons:{version_of(lesson_ids)}",
        arguments={"count": len(lesson_ids), **action_arguments(action)},
        row_count=len(lesson_ids),
        content=json.dumps(lesson_ids).encode(),
    )


def _run(deed: Deed, work: RunningWork[Work]) -> None:
    lesson_ids = json.loads(bytes(work.row.content or b""))
    try:
        trying_again(lambda: _attempt(deed, lesson_ids, work))
    except ChangedMeanwhile as err:
        raise WorkRefused(fault=CHANGED) from err


def _attempt(deed: Deed, lesson_ids: Sequence[int], work: RunningWork[Work]) -> None:
    lessons = lessons_as_they_are(lesson_ids)
    report(Phase.CHECKING, 0, 0)
    left = deed.leave(lessons)
    going = [lesson for lesson in lessons if lesson.pk not in left]
    named = [lesson for lesson in lessons if lesson.pk in left][:LESSONS_LISTED]
    try:
        with work.writing(len(going), rows_a_unit=deed.rows_a_lesson) as result:
            deed.write(going, work.row)
            result["left"] = [[str(lesson), left[lesson.pk]] for lesson in named]
            result["more"] = len(left) - len(named)
    except CHANGED_BY_OTHERS as err:
        raise ChangedMeanwhile from err


def _leave_none(_lessons: Sequence[Lesson]) -> dict[int, str]:
    return {}


def _leave_over_and_drafts(lessons: Sequence[Lesson]) -> dict[int, str]:
    at = timezone.now()
    left: dict[int, str] = {}
    for lesson in lessons:
        if lesson.is_draft:
            left[lesson.pk] = DRAFT
        elif lesson.ends_at <= at and not lesson.is_cancelled:
            left[lesson.pk] = OVER
    return left


def _leave_taken(lessons: Sequence[Lesson]) -> dict[int, str]:
    cancelled = [lesson for lesson in lessons if lesson.is_cancelled]
    plans = [plan_of(lesson) for lesson in cancelled]
    return dict.fromkeys(giving_way(cancelled, plans), TAKEN)


def _publish(lessons: Sequence[Lesson], work: Work) -> None:
    publish_lessons(lessons, action=action_of(work))


def _cancel(lessons: Sequence[Lesson], work: Work) -> None:
    action = action_of(work)
    cancel_lessons(lessons, reason=action.reason, at=timezone.now(), action=action)


def _restore(lessons: Sequence[Lesson], work: Work) -> None:
    restore_lessons(lessons, action=action_of(work))


def _outcome(deed: Deed, work: Work) -> Outcome:
    sentences: list[Sentence] = []
    if work.state == WorkState.DONE:
        sentences.append(Sentence(str(deed.done)))
        for lesson, reason in work.result["left"]:
            sentences.append(Sentence(f"{lesson}: {LEFT[reason]}", is_warning=True))
        if more := work.result["more"]:
            sentences.append(Sentence(others_in_words(more), is_warning=True))
    return Outcome(sentences, reverse("admin:schedule_lesson_changelist"), _("To the list"))


def _title_publish(arguments: Mapping[str, Any]) -> str:
    count = arguments["count"]
    title = ngettext("Publish %(count)s lesson", "Publish %(count)s lessons", count)
    return title % {"count": count}


def _title_cancel(arguments: Mapping[str, Any]) -> str:
    count = arguments["count"]
    title = ngettext("Cancel %(count)s lesson", "Cancel %(count)s lessons", count)
    return title % {"count": count}


def _title_restore(arguments: Mapping[str, Any]) -> str:
    count = arguments["count"]
    title = ngettext(
        "Undo the cancellation of %(count)s lesson",
        "Undo the cancellation of %(count)s lessons",
        count,
    )
    return title % {"count": count}


def _kind(name: str, title: Callable[[Mapping[str, Any]], str], deed: Deed) -> WorkKind:
    return WorkKind(
        name=name,
        action=Action.PLAN_LESSONS,
        run=partial(_run, deed),
        title=title,
        named_by=("count",),
        outcome=partial(_outcome, deed),
        faults=FAULTS,
    )


PUBLISH_LESSONS = _kind(
    "schedule.publish_lessons",
    _title_publish,
    Deed(leave=_leave_none, write=_publish, rows_a_lesson=ROWS_A_PUBLISHED, done=PUBLISHED),
)
CANCEL_LESSONS = _kind(
    "schedule.cancel_lessons",
    _title_cancel,
    Deed(
        leave=_leave_over_and_drafts, write=_cancel, rows_a_lesson=ROWS_A_CANCELLED, done=CANCELLED
    ),
)
RESTORE_LESSONS = _kind(
    "schedule.restore_lessons",
    _title_restore,
    Deed(leave=_leave_taken, write=_restore, rows_a_lesson=ROWS_A_RESTORED, done=RESTORED),
)
STATE_WORK = (PUBLISH_LESSONS, CANCEL_LESSONS, RESTORE_LESSONS)
