"""Changing weekly lessons from a day on, with the lessons that come: what it would do, and doing it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from edu_platform.lib.bulk_writing import WriteIn, own_transaction
from edu_platform.lib.stand_in_keys import stand_in_key
from edu_platform.lib.versions import require_as_shown, version_of
from schedule.enums import WeeklyLessonSource
from schedule.lessons.begun import by_now
from schedule.lessons.change import ROWS_A_LESSON
from schedule.lessons.trying_again import trying_again
from schedule.models import ChangeFromDay, PlanningAction, Term
from schedule.terms.bells.bell_times import Bells
from schedule.terms.days.calendar import calendar_of
from schedule.terms.from_day.kept import KeptSplit
from schedule.terms.from_day.rearranging import (
    Becoming,
    Rearrangement,
    WeeklyLessons,
    WorkedOut,
    work_out,
    write,
)
from schedule.terms.from_day.splitting import Split, Splits, Splitting
from schedule.terms.from_day.wish import FromDay
from schedule.terms.reading import bell_spans
from schedule.terms.weekly_lessons.bulk_writing import as_planned
from schedule.week_grid import DAYS_A_WEEK


@dataclass(frozen=True, slots=True)
class Preview:
    """Holds what changing weekly lessons from a day on would do."""

    wish: FromDay
    splits: Splits
    worked_out: WorkedOut

    @property
    def changes_anything(self) -> bool:
        return bool(self.splits.splits)

    @property
    def is_refused(self) -> bool:
        return bool(self.splits.refused) or self.worked_out.is_refused

    @property
    def can_be_done(self) -> bool:
        return self.changes_anything and not self.is_refused

    @property
    def version(self) -> str:
        return version_of(
            [
                (split.weekly_lesson.pk, split.before.version, split.after.version)
                for split in self.splits.splits
            ],
            [(refused.weekly_lesson.pk, refused.fault.name) for refused in self.splits.refused],
            self.worked_out.overlap_keys(),
            self.worked_out.difference.version,
        )


class FromDayRefused(Exception):
    """Nothing is changed: `preview` says what stands against it."""

    def __init__(self, preview: Preview) -> None:
        super().__init__("weekly lessons are not changed from a day on")
        self.preview = preview


def preview_of(term: Term, wish: FromDay, *, at: dt.datetime) -> Preview:
    """Return what a wish would do; nothing is written.

    Raises:
        Term.DoesNotExist: the term was deleted meanwhile.
    """
    term = Term.objects.get(pk=term.pk)
    calendar, weekly_lessons = calendar_of(term), WeeklyLessons(term)
    splitting = Splitting(wish, calendar, Bells(bell_spans(term)), at=by_now(at))
    splits = splitting.of(filter(wish.concerns, weekly_lessons.by_key.values()))
    rearrangement = _rearrangement(term, splits.splits)
    return Preview(wish, splits, work_out(rearrangement, weekly_lessons, calendar, at=at))


def _rearrangement(term: Term, splits: Sequence[Split]) -> Rearrangement:
    rearrangement = Rearrangement(term)
    for number, split in enumerate(splits):
        weekly_lesson, before, after = split.weekly_lesson, split.before, split.after
        if split.until is None:
            rearrangement.changed.append(Becoming(weekly_lesson, before, after))
            continue
        source = WeeklyLessonSource(weekly_lesson.source)
        new = as_planned(term, stand_in_key(number), after, source)
        rearrangement.changed.append(Becoming(weekly_lesson, before, split.until))
        rearrangement.added.append(Becoming(new, before, after))
        rearrangement.heirs[weekly_lesson.pk] = new, _monday(term, split.first_week)
    return rearrangement


def _monday(term: Term, week: int) -> dt.date:
    return term.first_monday + dt.timedelta(days=(week - 1) * DAYS_A_WEEK)


def change_from_day(
    term: Term,
    wish: FromDay,
    *,
    action: PlanningAction,
    known: str = "",
    write_in: WriteIn = own_transaction,
) -> Preview:
    """Change weekly lessons from a day on, with their lessons that come, and return what was done.

    `known`: the version of the preview that a page showed. Where there is nothing to change, nothing is written.

    Raises:
        NotAsShown: it would do something else; with what it would do now.
        FromDayRefused: somebody would be in two lessons at once, or a weekly lesson cannot become what is wanted.
        ChangedMeanwhile: the timetable is changed all the time.
        Term.DoesNotExist: it was deleted meanwhile.
    """
    return trying_again(lambda: _attempt(term, wish, action, known, write_in))


def _attempt(
    term: Term, wish: FromDay, action: PlanningAction, known: str, write_in: WriteIn
) -> Preview:
    preview = preview_of(term, wish, at=action.at)
    require_as_shown(preview, known, preview.version)
    if preview.is_refused:
        raise FromDayRefused(preview)
    if not preview.changes_anything:
        return preview
    worked_out = preview.worked_out
    try:
        with write_in(worked_out.lesson_count, rows_a_unit=ROWS_A_LESSON) as noted:
            write(worked_out, action=action)
            _keep(preview, action)
            noted.update(done(preview, action))
    except Exception:
        action.forget_saving()
        raise
    return preview


def _keep(preview: Preview, action: PlanningAction) -> None:
    heirs = preview.worked_out.rearrangement.heirs
    new_ids = {pk: heir.pk for pk, (heir, _day) in heirs.items()}
    kept_splits = [
        KeptSplit.of(split, new_id=new_ids.get(split.weekly_lesson.pk))
        for split in preview.splits.splits
    ]
    ChangeFromDay.objects.create(
        action=action,
        term=preview.worked_out.rearrangement.term,
        first_day=preview.wish.first_day,
        weekly_lessons=[kept_split.kept() for kept_split in kept_splits],
    )


def done(preview: Preview, action: PlanningAction) -> dict[str, object]:
    """Return what was done, as plain JSON."""
    return preview.worked_out.outcome(action, weekly_lesson_count=len(preview.splits.splits))
