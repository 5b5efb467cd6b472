"""Deleting many lessons as long work: the page that asks leaves them to a worker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.permissions import Action
from edu_platform.lib.http import with_query
from edu_platform.lib.long_work import RunningWork, WorkRefused, WorkState
from edu_platform.lib.progress import Phase, report
from edu_platform.lib.versions import NotAsShown
from schedule.history.snapshots import require_lesson_as_shown
from schedule.lessons.as_read import AsRead
from schedule.lessons.change import lessons_as_they_are
from schedule.lessons.delete import ROWS_A_DELETED, LessonBegun, delete_locked, require_deletable
from schedule.lessons.pages import ONE_HAS_BEGUN
from schedule.lessons.several import lessons_of, read_by_worker, sent_with, versions_sent
from schedule.lessons.trying_again import ChangedMeanwhile, trying_again
from schedule.models import Work
from schedule.work.actions import action_of
from schedule.work.kinds import CHANGED, Outcome, Sentence, WorkKind

BEGUN = "begun"
FAULTS = {
    CHANGED: gettext_lazy(
        "Nothing was deleted: since you opened the page some of these lessons have changed, or were deleted. The page shows them as they are now."
    ),
    BEGUN: ONE_HAS_BEGUN,
}


def _run(work: RunningWork[Work]) -> None:
    sent = read_by_worker(work.row)
    try:
        trying_again(lambda: _attempt(work, sent["codes"], sent["known"]))
    except (NotAsShown, ChangedMeanwhile) as err:
        raise WorkRefused(fault=CHANGED, **sent) from err
    except LessonBegun as err:
        raise WorkRefused(fault=BEGUN, lesson=str(err.lesson), code=err.lesson.code) from err


def _attempt(work: RunningWork[Work], codes: Sequence[str], known: str) -> None:
    lessons = lessons_as_they_are(lesson.pk for lesson in lessons_of(codes))
    if len(lessons) < len(set(codes)):
        raise NotAsShown(lessons)
    report(Phase.COMPARING, 0, 0)
    versions = versions_sent(lessons, codes, known)
    for lesson in lessons:
        require_lesson_as_shown(lesson, versions.get(lesson.pk, ""))
    require_deletable(lessons, at=timezone.now())
    read = AsRead(lessons)
    try:
        with work.writing(len(lessons), rows_a_unit=ROWS_A_DELETED) as result:
            read.lock(will_delete=True)
            delete_locked(lessons, at=timezone.now(), action=action_of(work.row))
            result.update(count=len(lessons))
    except LessonBegun as err:
        raise ChangedMeanwhile from err


def deleted_in_words(count: int) -> str:
    done = ngettext("%(count)s lesson was deleted.", "%(count)s lessons were deleted.", count)
    return done % {"count": count}


def _outcome(work: Work) -> Outcome:
    result = work.result
    if result.get("fault") == BEGUN:
        address = reverse("schedule:lesson", args=[result["code"]])
        return Outcome((), address, _("To the lesson"))
    if sent_with(work)[0]:
        address = with_query(reverse("schedule:lessons_delete"), {"work": work.code})
        return Outcome((), address, _("Back to these lessons"))
    is_done = work.state == WorkState.DONE
    sentences = [Sentence(deleted_in_words(result["count"]))] if is_done else []
    return Outcome(sentences, reverse("schedule:lessons"), _("To the list"))


def _title(arguments: Mapping[str, Any]) -> str:
    count = arguments["count"]
    return ngettext("Delete %(count)s lesson", "Delete %(count)s lessons", count) % {"count": count}


DELETE_LESSONS = WorkKind(
    name="schedule.delete_lessons",
    action=Action.PLAN_LESSONS,
    run=_run,
    title=_title,
    named_by=("count",),
    outcome=_outcome,
    faults=FAULTS,
)
