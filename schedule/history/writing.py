"""Writing the history of the timetable, in the transaction of each change."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import F

from edu_platform.lib.batches import ROWS_A_STATEMENT, in_batches, update_rows
from edu_platform.lib.queueing import enqueue_on_commit
from schedule.enums import ActionOrigin, ChangeKind
from schedule.history.telling_rules import POINTED_OUT_FOR
from schedule.models import (
    ABSENT_TEACHER,
    Lesson,
    LessonChange,
    LessonSnapshot,
    PlannedLesson,
    PlanningAction,
    Substitution,
    kinds_between,
)

# A lesson, as it was before and as it is after; None before it was planned, and after it was deleted.
Made = tuple[Lesson, LessonSnapshot | None, LessonSnapshot | None]
# To publish a lesson is not to edit it.
UNEDITED = ([ChangeKind.PLANNED], [ChangeKind.PUBLISHED])
# What calendars have to hear of: what they show has changed.
SHOWN_IN_CALENDARS = frozenset(
    {
        *(ChangeKind.MOVED, ChangeKind.CANCELLED, ChangeKind.RESTORED, ChangeKind.DELETED),
        *(ChangeKind.COURSE, ChangeKind.TITLE, ChangeKind.TEACHER, ChangeKind.CLASS_GROUPS),
    }
)


def record_changes(
    action: PlanningAction, changes: Sequence[Made], *, columns: Sequence[str] = ()
) -> list[LessonChange]:
    """Write what an action made of these lessons, without those of which nobody would notice anything.

    Few statements, however many they are; the lessons are written as far as timetables and calendars follow
    from their history, and with that these columns of all that were there before.
    """
    noticeable_changes = [
        (change, kinds) for change in changes if (kinds := kinds_between(change[1], change[2]))
    ]
    _write(
        [
            (lesson, _pointed_out(lesson, before, after, at=action.at))
            for lesson, before, after in changes
            if before is not None and after is not None
        ],
        columns,
    )
    if not noticeable_changes:
        return []
    _leave_to_people(
        action, [change[0] for change, kinds in noticeable_changes if kinds not in UNEDITED]
    )
    ended = _end_substitutions(
        [change[0] for change, kinds in noticeable_changes if ChangeKind.TEACHER in kinds]
    )
    _save(action)
    rows = [
        LessonChange(**_columns(action, lesson, kinds, before=before, after=after))
        for (lesson, before, after), kinds in noticeable_changes
    ]
    for row in rows:
        if row.before is not None and row.lesson_id in ended:
            row.before[ABSENT_TEACHER] = ended[row.lesson_id]
    return LessonChange.objects.bulk_create(rows, batch_size=ROWS_A_STATEMENT)


def record_planned(
    action: PlanningAction, planned: Sequence[tuple[Lesson, LessonSnapshot]]
) -> None:
    """Write that these lessons were planned; few statements, however many they are."""
    record_changes(action, [(lesson, None, after) for lesson, after in planned])


def _leave_to_people(action: PlanningAction, lessons: Iterable[Lesson]) -> None:
    """Mark what somebody changed by another way, so that the plan of the term leaves it alone."""
    if action.origin == ActionOrigin.TERM:
        return
    for batch in in_batches(lesson.pk for lesson in lessons):
        PlannedLesson.objects.filter(lesson__in=batch, is_edited=False).update(is_edited=True)


def _end_substitutions(lessons: Iterable[Lesson]) -> dict[int, int]:
    """End those of lessons that their own teachers take back; return who these are, by lesson."""
    ended: dict[int, int] = {}
    for batch in in_batches(lesson.pk for lesson in lessons):
        taken_back = Substitution.objects.filter(
            lesson__in=batch, absent_teacher=F("lesson__teacher")
        )
        ended.update(taken_back.values_list("lesson", "absent_teacher"))
        taken_back.delete()
    return ended


def _save(action: PlanningAction) -> None:
    """With the first change: it is due until people have been told, or what they were told before was mended."""
    if action._state.adding:  # noqa: SLF001 -- as documented by Django
        action.due_at = action.at
        action.save()
        enqueue_on_commit("schedule.tell_changes")


def _columns(
    action: PlanningAction,
    lesson: Lesson,
    kinds: Sequence[ChangeKind],
    *,
    before: LessonSnapshot | None,
    after: LessonSnapshot | None,
) -> dict[str, Any]:
    return {
        "action": action,
        "lesson": lesson,
        "lesson_code": lesson.code,
        "kinds": [str(kind) for kind in kinds],
        "before": None if before is None else before.kept(),
        "after": None if after is None else after.kept(),
    }


def _pointed_out(
    lesson: Lesson, before: LessonSnapshot, after: LessonSnapshot, *, at: dt.datetime
) -> dict[str, Any]:
    """The columns by which the timetable points the change out, and calendars notice it. Of drafts nobody knows."""
    kinds = kinds_between(before, after)
    if before.is_draft:
        return {"changed_at": at} if ChangeKind.PUBLISHED in kinds else {}
    columns: dict[str, Any] = {}
    if not SHOWN_IN_CALENDARS.isdisjoint(kinds):
        columns |= {"sequence": lesson.sequence + 1, "changed_at": at}
    if before.starts_at != after.starts_at:
        columns |= _moved(lesson, before, after, at=at)
    if ChangeKind.TEACHER in kinds:
        columns |= _other_teacher(lesson, before, after, at=at)
    return columns


def _moved(
    lesson: Lesson, before: LessonSnapshot, after: LessonSnapshot, *, at: dt.datetime
) -> dict[str, Any]:
    """Return where people still look for it: where it was before the first of several moves."""
    is_pointed_out = lesson.moved_at is not None and lesson.moved_at > at - POINTED_OUT_FOR
    known_start = lesson.moved_from if is_pointed_out and lesson.moved_from else before.starts_at
    if known_start == after.starts_at:
        return {"moved_from": None, "moved_at": None}
    return {"moved_from": known_start, "moved_at": at}


def _other_teacher(
    lesson: Lesson, before: LessonSnapshot, after: LessonSnapshot, *, at: dt.datetime
) -> dict[str, Any]:
    changed_at = lesson.teacher_changed_at
    is_pointed_out = changed_at is not None and changed_at > at - POINTED_OUT_FOR
    known_id = lesson.known_teacher_id if is_pointed_out else before.teacher.pk
    if known_id == after.teacher.pk:
        return {"known_teacher_id": None, "teacher_changed_at": None}
    return {"known_teacher_id": known_id, "teacher_changed_at": at}


def _write(pointed_out: Sequence[tuple[Lesson, dict[str, Any]]], columns: Sequence[str]) -> None:
    """Lessons of which the same columns are written share their statements."""
    alike: dict[tuple[str, ...], list[Lesson]] = defaultdict(list)
    for lesson, values in pointed_out:
        for name, value in values.items():
            setattr(lesson, name, value)
        alike[(*columns, *sorted(values))].append(lesson)
    for names, lessons in alike.items():
        if names:
            update_rows(lessons, names)
