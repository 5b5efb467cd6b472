"""Publishing, cancelling and restoring several lessons, and opening their rooms again: many are left to a worker."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.permissions import Action
from edu_platform.lib.batches import in_batches
from edu_platform.lib.bulk_writing import WriteIn, own_transaction
from edu_platform.lib.http import with_query
from edu_platform.lib.long_work import RunningWork, WorkRefused, WorkState
from edu_platform.lib.progress import Phase, report
from edu_platform.lib.versions import NotAsShown
from schedule.enums import LessonState
from schedule.history.snapshots import require_lesson_as_shown
from schedule.lessons.as_read import AsRead
from schedule.lessons.cancel import (
    ROWS_A_CANCELLED,
    ROWS_A_RESTORED,
    LessonIsDraft,
    LessonOver,
    cancel_locked,
    restore_locked,
)
from schedule.lessons.change import (
    AS_IT_IS,
    ROWS_A_PUBLISHED,
    Versions,
    lessons_as_they_are,
    publish_locked,
)
from schedule.lessons.plan import plan_of
from schedule.lessons.several import (
    LESSONS_LISTED,
    lessons_of,
    others_in_words,
    read_by_worker,
    sent_with,
    versions_sent,
)
from schedule.lessons.taking import LessonOverlaps, giving_way
from schedule.lessons.trying_again import ChangedMeanwhile, trying_again
from schedule.models import Lesson, PlanningAction, Room, Work
from schedule.rooms.replacement import RoomStillOpen, open_another_room, why_another_room
from schedule.rooms.time_left import NoTimeLeft
from schedule.work.actions import action_of
from schedule.work.kinds import CHANGED, Outcome, Sentence, WorkKind

# Raised where time, or somebody who is quicker, keeps lessons from what was worked out for them.
CHANGED_BY_OTHERS = (
    *(ChangedMeanwhile, LessonOver, LessonIsDraft, LessonOverlaps),
    *(NoTimeLeft, RoomStillOpen),
)
FAULTS = {
    CHANGED: gettext_lazy(
        "Nothing was done: since you opened the page some of these lessons have changed, or were deleted. The page shows them as they are now."
    )
}

# The room that is put aside, and the one that comes.
ROWS_AN_OPENED = 2
# A lesson that is left as it is, and why, in words.
Left = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonsAction:
    """Something that is done to lessons, by a request to few of them and by a worker to many."""

    name: str
    # The page that asks before.
    page: str
    title: Callable[[Mapping[str, Any]], str]
    # Tells whether there is anything to do to a lesson.
    concerns: Callable[[Lesson], bool]
    # In which state it leaves a lesson; none where that stays.
    becomes: LessonState | None
    # Returns why some of these lessons are left as they are, in words, by key.
    leave: Callable[[Sequence[Lesson]], Mapping[int, str]]
    # Does it to the others, locked by now.
    write: Callable[[Sequence[Lesson], PlanningAction], object]
    # Rows written for each lesson.
    rows_a_lesson: int
    done: str | Promise

    def do(
        self,
        lesson_ids: Sequence[int],
        *,
        action: PlanningAction,
        known: Versions = AS_IT_IS,
        write_in: WriteIn = own_transaction,
    ) -> list[Left]:
        """Do it to these lessons in one transaction, and return those that are left as they are.

        Raises:
            NotAsShown: one has changed since a page showed it in its version of `known`, or was deleted.
            ChangedMeanwhile: others change them all the time.
        """
        return trying_again(lambda: self._attempt(lesson_ids, action, known, write_in))

    def _attempt(
        self,
        lesson_ids: Sequence[int],
        action: PlanningAction,
        known: Versions,
        write_in: WriteIn,
    ) -> list[Left]:
        lessons = lessons_as_they_are(lesson_ids)
        report(Phase.CHECKING, 0, 0)
        _require_all(lessons, lesson_ids if known else ())
        for lesson in lessons:
            require_lesson_as_shown(lesson, known.get(lesson.pk, ""))
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


def _require_all(lessons: Sequence[Lesson], shown: Collection[object]) -> None:
    """Go on only where none of those that a page showed is missing.

    Raises:
        NotAsShown: one was deleted since.
    """
    if len(lessons) < len(set(shown)):
        raise NotAsShown(lessons)


# --- The work -------------------------------------------------------------------------------------


def _run(lessons_action: LessonsAction, work: RunningWork[Work]) -> None:
    sent = _sent(work.row)
    lessons = list(lessons_of(sent["codes"]))
    versions = versions_sent(lessons, sent["codes"], sent["known"])
    ids = [lesson.pk for lesson in lessons]
    try:
        _require_all(lessons, sent["codes"] if versions else ())
        lessons_action.do(ids, action=action_of(work.row), known=versions, write_in=work.writing)
    except (NotAsShown, ChangedMeanwhile) as err:
        raise WorkRefused(fault=CHANGED, **sent) from err


def _sent(work: Work) -> dict[str, Any]:
    """Read what was sent to the worker; the release before sent keys, of which some may wait while it is replaced."""
    sent: Any = read_by_worker(work)
    if isinstance(sent, dict):
        return sent
    keys = [Lesson.objects.filter(pk__in=batch) for batch in in_batches(sent)]
    codes = [code for lessons in keys for code in lessons.values_list("code", flat=True)]
    return {"codes": codes, "known": ""}


def _outcome(lessons_action: LessonsAction, work: Work) -> Outcome:
    if sent_with(work)[0]:
        address = with_query(reverse(lessons_action.page), {"work": work.code})
        return Outcome((), address, _("Back to these lessons"))
    sentences: list[Sentence] = []
    if work.state == WorkState.DONE:
        sentences.append(Sentence(str(lessons_action.done)))
        for lesson, reason in work.result["left"]:
            sentences.append(Sentence(f"{lesson}: {reason}", is_warning=True))
        if more := work.result["more"]:
            sentences.append(Sentence(others_in_words(more), is_warning=True))
    return Outcome(sentences, reverse("schedule:lessons"), _("To the list"))


def _kind_of(lessons_action: LessonsAction) -> WorkKind:
    return WorkKind(
        name=lessons_action.name,
        action=Action.PLAN_LESSONS,
        run=partial(_run, lessons_action),
        title=lessons_action.title,
        named_by=("count",),
        outcome=partial(_outcome, lessons_action),
        faults=FAULTS,
    )


# --- Actions --------------------------------------------------------------------------------------


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


def _leave_open_and_over(lessons: Sequence[Lesson]) -> dict[int, str]:
    at = timezone.now()
    rooms: dict[int | None, Room] = {}
    for batch in in_batches(lesson.pk for lesson in lessons):
        current = Room.objects.current().filter(lesson__in=batch)
        rooms.update({room.lesson_id: room for room in current})
    reasons: dict[int, str] = {}
    for lesson in lessons:
        try:
            why_another_room(lesson, rooms.get(lesson.pk), at=at, may_leave_running=True)
        except NoTimeLeft:
            reasons[lesson.pk] = _("it is over")
        except RoomStillOpen:
            reasons[lesson.pk] = _("its class has not begun and can be entered")
    return reasons


def _publish(lessons: Sequence[Lesson], action: PlanningAction) -> None:
    publish_locked(lessons, action=action)


def _cancel(lessons: Sequence[Lesson], action: PlanningAction) -> None:
    cancel_locked(lessons, reason=action.reason, at=timezone.now(), action=action)


def _restore(lessons: Sequence[Lesson], action: PlanningAction) -> None:
    restore_locked(lessons, action=action)


def _open_rooms(lessons: Sequence[Lesson], _action: PlanningAction) -> None:
    for lesson in lessons:
        open_another_room(lesson, at=timezone.now(), may_leave_running=True)


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


def _title_open_rooms(arguments: Mapping[str, Any]) -> str:
    count = arguments["count"]
    title = ngettext(
        "Open another room for %(count)s lesson", "Open other rooms for %(count)s lessons", count
    )
    return title % {"count": count}


PUBLISH = LessonsAction(
    name="schedule.publish_lessons",
    page="schedule:lessons_publish",
    concerns=lambda lesson: lesson.is_draft,
    becomes=LessonState.PUBLISHED,
    title=_title_publish,
    leave=_leave_none,
    write=_publish,
    rows_a_lesson=ROWS_A_PUBLISHED,
    done=gettext_lazy("Published."),
)
CANCEL = LessonsAction(
    name="schedule.cancel_lessons",
    page="schedule:lessons_cancel",
    concerns=lambda lesson: not lesson.is_cancelled,
    becomes=LessonState.CANCELLED,
    title=_title_cancel,
    leave=_leave_over_and_drafts,
    write=_cancel,
    rows_a_lesson=ROWS_A_CANCELLED,
    done=gettext_lazy("Lessons that could be cancelled have been."),
)
RESTORE = LessonsAction(
    name="schedule.restore_lessons",
    page="schedule:lessons_restore",
    concerns=lambda lesson: lesson.is_cancelled,
    becomes=LessonState.PUBLISHED,
    title=_title_restore,
    leave=_leave_taken,
    write=_restore,
    rows_a_lesson=ROWS_A_RESTORED,
    done=gettext_lazy("Cancellations that could be undone have been."),
)
OPEN_ROOMS = LessonsAction(
    name="schedule.open_rooms",
    page="schedule:lessons_open_rooms",
    title=_title_open_rooms,
    concerns=lambda _lesson: True,
    becomes=None,
    leave=_leave_open_and_over,
    write=_open_rooms,
    rows_a_lesson=ROWS_AN_OPENED,
    done=gettext_lazy("Lessons whose class had begun or ended get another room."),
)
STATE_WORK = {
    lessons_action.name: _kind_of(lessons_action)
    for lessons_action in (PUBLISH, CANCEL, RESTORE, OPEN_ROOMS)
}
