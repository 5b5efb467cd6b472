"""Deleting many lessons as long work: the page that asks leaves them to a worker."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.permissions import Action
from edu_platform.lib.batches import in_batches
from edu_platform.lib.http import with_query
from edu_platform.lib.long_work import RunningWork, WorkRefused, WorkState
from edu_platform.lib.progress import Phase, report
from edu_platform.lib.versions import NotAsShown, version_of
from schedule.history.snapshots import require_lesson_as_shown
from schedule.lessons.as_read import AsRead
from schedule.lessons.change import lessons_as_they_are
from schedule.lessons.delete import ROWS_A_DELETED, LessonBegun, delete_locked, require_deletable
from schedule.lessons.pages import ONE_HAS_BEGUN, versions_sent
from schedule.lessons.trying_again import ChangedMeanwhile, trying_again
from schedule.models import Lesson, PlanningAction, Work
from schedule.work.actions import action_arguments, action_of
from schedule.work.kinds import CHANGED, Outcome, Sentence, WorkKind

BEGUN = "begun"
FAULTS = {
    CHANGED: gettext_lazy(
        "Nothing was deleted: since you opened the page some of these lessons have changed, or were deleted. The page shows them as they are now."
    ),
    BEGUN: ONE_HAS_BEGUN,
}


def deletion_arguments(codes: Sequence[str], action: PlanningAction) -> dict[str, Any]:
    return {"count": len(codes), **action_arguments(action)}


def deletion_scope(codes: Sequence[str]) -> str:
    """Return what nobody else may delete meanwhile: just these lessons."""
    return f"lessons:{version_of(sorted(codes))}"


def sent_to_worker(codes: Sequence[str], known: str) -> bytes:
    """Keep which lessons are to be deleted, and the versions of them that a page showed."""
    return json.dumps({"codes": list(codes), "known": known}).encode()


def sent_with(work: Work) -> tuple[list[str], str]:
    """Return the codes and versions of lessons that were not deleted, since some of them had changed; none otherwise."""
    is_refused = work.result.get("fault") == CHANGED
    return (work.result["codes"], work.result["known"]) if is_refused else ([], "")


def _run(work: RunningWork[Work]) -> None:
    sent = json.loads(bytes(work.row.content or b""))
    try:
        trying_again(lambda: _attempt(work, sent["codes"], sent["known"]))
    except (NotAsShown, ChangedMeanwhile) as err:
        raise WorkRefused(fault=CHANGED, **sent) from err
    except LessonBegun as err:
        raise WorkRefused(fault=BEGUN, lesson=str(err.lesson), code=err.lesson.code) from err


def _attempt(work: RunningWork[Work], codes: Sequence[str], known: str) -> None:
    lessons = lessons_as_they_are(lesson.pk for lesson in _lessons_of(codes))
    if len(lessons) < len(set(codes)):
        raise NotAsShown(lessons)
    report(Phase.COMPARING, 0, 0)
    versions = versions_sent(lessons, codes, known)
    for lesson in lessons:
        require_lesson_as_shown(lesson, versions.get(lesson.pk, ""))
    require_deletable(lessons, at=timezone.now())
    first = min(lesson.starts_at for lesson in lessons)
    read = AsRead(lessons)
    try:
        with work.writing(len(lessons), rows_a_unit=ROWS_A_DELETED) as result:
            read.lock(will_delete=True)
            delete_locked(lessons, at=timezone.now(), action=action_of(work.row))
            day = timezone.localdate(first)
            result.update(count=len(lessons), day=day.isoformat())
    except LessonBegun as err:
        raise ChangedMeanwhile from err


def _lessons_of(codes: Sequence[str]) -> Iterator[Lesson]:
    for batch in in_batches(codes):
        yield from Lesson.objects.filter(code__in=batch).only("pk", "code")


def existing_codes(codes: Sequence[str]) -> list[str]:
    return [lesson.code for lesson in _lessons_of(codes)]


def deleted_in_words(count: int) -> str:
    done = ngettext("%(count)s lesson was deleted.", "%(count)s lessons were deleted.", count)
    return done % {"count": count}


def _outcome(work: Work) -> Outcome:
    result = work.result
    if work.state == WorkState.DONE:
        week = reverse("schedule:week", args=[dt.date.fromisoformat(result["day"])])
        sentences = [Sentence(deleted_in_words(result["count"]))]
        return Outcome(sentences, week, _("To the timetable"))
    if result.get("fault") == BEGUN:
        address = reverse("schedule:lesson", args=[result["code"]])
        return Outcome((), address, _("To the lesson"))
    if result.get("fault") == CHANGED:
        address = with_query(reverse("schedule:lessons_delete"), {"work": work.code})
        return Outcome((), address, _("Back to deleting these lessons"))
    return Outcome((), reverse("schedule:this_week"), _("To the timetable"))


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
