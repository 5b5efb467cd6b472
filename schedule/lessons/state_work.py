"""Publishing, cancelling and restoring lessons of the administration's list: many are left to a worker."""

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
from edu_platform.lib.bulk_writing import WriteIn, own_transaction
from edu_platform.lib.long_work import RunningWork, WorkRefused, WorkState
from edu_platform.lib.progress import Phase, report
from edu_platform.lib.versions import version_of
from schedule.lessons.as_read import AsRead
from schedule.lessons.cancel import (
    ROWS_A_CANCELLED,
    ROWS_A_RESTORED,
    LessonIsDraft,
    LessonOver,
    cancel_locked,
    restore_locked,
)
from schedule.lessons.change import ROWS_A_PUBLISHED, lessons_as_they_are, publish_locked
from schedule.lessons.pages import LESSONS_LISTED, others_in_words
from schedule.lessons.plan import plan_of
from schedule.lessons.taking import LessonOverlaps, giving_way
from schedule.lessons.trying_again import ChangedMeanwhile, trying_again
from schedule.models import Lesson, PlanningAction, Work
from schedule.work.actions import action_arguments, action_of
from schedule.work.kinds import CHANGED, KINDS, Outcome, Sentence, WorkKind
from schedule.work.writing import begin_work

# Raised where time, or somebody who is quicker, keeps lessons from what was worked out for them.
CHANGED_BY_OTHERS = (ChangedMeanwhile, LessonOver, LessonIsDraft, LessonOverlaps)
FAULTS = {
    CHANGED: gettext_lazy("Nothing was done: others change these lessons just now. Try again.")
}

# A lesson that is left as it is, and why, in words.
Left = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """Something that is done to lessons, by a request to few of them and by a worker to many."""

    name: str
    title: Callable[[Mapping[str, Any]], str]
    # Returns why some of these lessons are left as they are, in words, by key.
    leave: Callable[[Sequence[Lesson]], Mapping[int, str]]
    # Does it to the others, locked by now.
    write: Callable[[Sequence[Lesson], PlanningAction], object]
    # Rows written for each lesson.
    rows_a_lesson: int
    done: str | Promise

    def do(
        self,
        lesson_ids: Collection[int],
        *,
        action: PlanningAction,
        write_in: WriteIn = own_transaction,
    ) -> list[Left]:
        """Do it to these lessons in one transaction, and return those that are left as they are.

        Raises:
            ChangedMeanwhile: others change them all the time.
        """
        return trying_again(lambda: self._attempt(lesson_ids, action, write_in))

    def _attempt(
        self, lesson_ids: Collection[int], action: PlanningAction, write_in: WriteIn
    ) -> list[Left]:
        lessons = lessons_as_they_are(lesson_ids)
        report(Phase.CHECKING, 0, 0)
        reasons = self.leave(lessons)
        left = [(str(lesson), reasons[lesson.pk]) for lesson in lessons if lesson.pk in reasons]
        going = AsRead([lesson for lesson in lessons if lesson.pk not in reasons])
        try:
            with write_in(len(going.lessons), rows_a_unit=self.rows_a_lesson) as noted:
                going.lock()
                self.write(going.lessons, action)
                noted.update(left=left[:LESSONS_LISTED], more=len(left[LESSONS_LISTED:]))
        except CHANGED_BY_OTHERS as err:
            action.forget_saving()
            raise ChangedMeanwhile from err
        return left


# --- The work -------------------------------------------------------------------------------------


def begin_state_work(
    deed: Deed, *, by: User, lesson_ids: Collection[int], action: PlanningAction
) -> Work:
    """Leave many lessons to a worker; a second press finds the work that runs."""
    lesson_ids = sorted(lesson_ids)
    return begin_work(
        KINDS[deed.name],
        by=by,
        scope=f"lessons:{version_of(lesson_ids)}",
        arguments={"count": len(lesson_ids), **action_arguments(action)},
        row_count=len(lesson_ids),
        content=json.dumps(lesson_ids).encode(),
    )


def _run(deed: Deed, work: RunningWork[Work]) -> None:
    lesson_ids = json.loads(bytes(work.row.content or b""))
    try:
        deed.do(lesson_ids, action=action_of(work.row), write_in=work.writing)
    except ChangedMeanwhile as err:
        raise WorkRefused(fault=CHANGED) from err


def _outcome(deed: Deed, work: Work) -> Outcome:
    sentences: list[Sentence] = []
    if work.state == WorkState.DONE:
        sentences.append(Sentence(str(deed.done)))
        for lesson, reason in work.result["left"]:
            sentences.append(Sentence(f"{lesson}: {reason}", is_warning=True))
        if more := work.result["more"]:
            sentences.append(Sentence(others_in_words(more), is_warning=True))
    return Outcome(sentences, reverse("admin:schedule_lesson_changelist"), _("To the list"))


def _kind_of(deed: Deed) -> WorkKind:
    return WorkKind(
        name=deed.name,
        action=Action.PLAN_LESSONS,
        run=partial(_run, deed),
        title=deed.title,
        named_by=("count",),
        outcome=partial(_outcome, deed),
        faults=FAULTS,
    )


# --- Deeds ----------------------------------------------------------------------------------------


def _leave_none(_lessons: Sequence[Lesson]) -> dict[int, str]:
    return {}


def _leave_over_and_drafts(lessons: Sequence[Lesson]) -> dict[int, str]:
    at = timezone.now()
    reasons: dict[int, str] = {}
    for lesson in lessons:
        if lesson.is_draft:
            reasons[lesson.pk] = _("it is a draft, which can be deleted")
        elif lesson.ends_at <= at and not lesson.is_cancelled:
            reasons[lesson.pk] = _("it is over")
    return reasons


def _leave_taken(lessons: Sequence[Lesson]) -> dict[int, str]:
    cancelled = [lesson for lesson in lessons if lesson.is_cancelled]
    return giving_way(cancelled, [plan_of(lesson) for lesson in cancelled])


def _publish(lessons: Sequence[Lesson], action: PlanningAction) -> None:
    publish_locked(lessons, action=action)


def _cancel(lessons: Sequence[Lesson], action: PlanningAction) -> None:
    cancel_locked(lessons, reason=action.reason, at=timezone.now(), action=action)


def _restore(lessons: Sequence[Lesson], action: PlanningAction) -> None:
    restore_locked(lessons, action=action)


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


PUBLISH = Deed(
    name="schedule.publish_lessons",
    title=_title_publish,
    leave=_leave_none,
    write=_publish,
    rows_a_lesson=ROWS_A_PUBLISHED,
    done=gettext_lazy("Published."),
)
CANCEL = Deed(
    name="schedule.cancel_lessons",
    title=_title_cancel,
    leave=_leave_over_and_drafts,
    write=_cancel,
    rows_a_lesson=ROWS_A_CANCELLED,
    done=gettext_lazy("Lessons that could be cancelled have been."),
)
RESTORE = Deed(
    name="schedule.restore_lessons",
    title=_title_restore,
    leave=_leave_taken,
    write=_restore,
    rows_a_lesson=ROWS_A_RESTORED,
    done=gettext_lazy("Cancellations that could be undone have been."),
)
STATE_WORK = tuple(_kind_of(deed) for deed in (PUBLISH, CANCEL, RESTORE))
