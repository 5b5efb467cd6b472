"""Show a change from a day on: each weekly lesson before and after, and what stands against it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import display_names
from edu_platform.lib.formatting import NOTHING
from edu_platform.lib.versions import version_of
from schedule.models import PlanningAction, Term, WeeklyLesson, class_group_names
from schedule.occupancy.words import taken_in_words, who_in_words
from schedule.terms.days.calendar import calendar_of
from schedule.terms.from_day.changing import Preview
from schedule.terms.from_day.rearranging import WorkedOut
from schedule.terms.from_day.undo import Undoing
from schedule.terms.planning.plan_pages import PlanPage, weekly_lesson_text
from schedule.terms.weekly_lessons.writing import WeeklyLessonPlan
from schedule.terms.words import (
    periods_in_words,
    time_in_words,
    weekday_in_words,
    weekly_lesson_in_a_sentence,
    weeks_in_words,
)

# The page shows so many weekly lessons; more are counted.
SHOWN_AT_ONCE = 50
# So many changes of a term can be undone from its page; the history has all.
CHANGES_LISTED = 5
BETWEEN, OF_ROW = ".", "-"
VERSION_CHARS = 8


@dataclass(frozen=True, slots=True)
class ChangedField:
    """Holds what a field says of a weekly lesson, before and after."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A weekly lesson before and after."""

    # Course, weekday and time, as they are now.
    weekly_lesson: str
    class_groups: str
    differences: Sequence[ChangedField]
    # From that day on.
    weeks: str
    # So many of its lessons change, and so many stay though the plan says otherwise.
    changed: int
    staying: int
    address: str
    # It is not as a page showed it before.
    is_other: bool = False


@dataclass(frozen=True, slots=True)
class StoppedRow:
    """A weekly lesson that stands against the change, and why."""

    weekly_lesson: str
    why: str
    address: str


def _address(term: Term, weekly_lesson: WeeklyLesson) -> str:
    return reverse("schedule:weekly_lesson_change", args=[term.code, weekly_lesson.code])


def _hours(plan: WeeklyLessonPlan) -> str:
    time = time_in_words(plan.starts, plan.ends)
    if plan.first_bell is None or plan.last_bell is None:
        return time
    return f"{periods_in_words(plan.first_bell, plan.last_bell)} {time}"


def _differences(before: WeeklyLessonPlan, after: WeeklyLessonPlan) -> Iterator[ChangedField]:
    pairs = (
        (_("Teacher"), before.teacher.display_name, after.teacher.display_name),
        (_("Assistants"), display_names(before.assistants), display_names(after.assistants)),
        (_("Course"), before.course.name, after.course.name),
        (_("Weekday"), weekday_in_words(before.weekday), weekday_in_words(after.weekday)),
        (_("Time"), _hours(before), _hours(after)),
        (_("Why class groups may overlap"), before.overlap_reason, after.overlap_reason),
    )
    for label, was, becomes in pairs:
        if was != becomes:
            yield ChangedField(label, was or NOTHING, becomes or NOTHING)


class WorkedOutPage:
    """Shows what a rearrangement does to lessons, and what stands against it."""

    def __init__(self, worked_out: WorkedOut) -> None:
        self._worked_out = worked_out
        self.term = worked_out.rearrangement.term
        self.plan = PlanPage(self.term, worked_out.difference, calendar_of(self.term))
        difference = worked_out.difference
        self._changed = Counter(
            rewritten.placement.weekly_lesson.pk for rewritten in difference.changed
        )
        self._staying = Counter(planned.weekly_lesson_id for planned in difference.left_alone)

    @property
    def is_planned(self) -> bool:
        """Tell whether there are lessons that follow."""
        return self._worked_out.plan is not None

    def overlaps(self) -> list[StoppedRow]:
        """Return who would be in two weekly lessons at once, and in which."""
        overlaps = self._worked_out.overlaps[:SHOWN_AT_ONCE]
        names = who_in_words({overlap.who for _becoming, overlap in overlaps})
        saved_ids = {
            becoming.weekly_lesson.pk for becoming in self._worked_out.rearrangement.changed
        }
        return [
            StoppedRow(
                weekly_lesson_text(becoming.weekly_lesson),
                taken_in_words(
                    overlap.who,
                    names[overlap.who],
                    weekly_lesson_in_a_sentence(overlap.weekly_lesson),
                ),
                _address(self.term, becoming.weekly_lesson)
                if becoming.weekly_lesson.pk in saved_ids
                else "",
            )
            for becoming, overlap in overlaps
        ]

    def row(
        self,
        weekly_lesson: WeeklyLesson,
        before: WeeklyLessonPlan,
        after: WeeklyLessonPlan,
        keys: Collection[int],
        *,
        is_other: bool = False,
    ) -> ChangeRow:
        """Return a weekly lesson in words; `keys`: of those whose lessons count."""
        return ChangeRow(
            weekly_lesson=f"{before.course.name} {weekday_in_words(before.weekday)} {_hours(before)}",
            class_groups=class_group_names(after.class_groups),
            differences=list(_differences(before, after)),
            weeks=weeks_in_words(after.weeks),
            changed=sum(self._changed[key] for key in keys),
            staying=sum(self._staying[key] for key in keys),
            address=_address(self.term, weekly_lesson),
            is_other=is_other,
        )


class PreviewPage(WorkedOutPage):
    """Shows a preview; `shown_before`: what a page said of each weekly lesson before, if one did."""

    def __init__(self, preview: Preview, shown_before: str = "") -> None:
        super().__init__(preview.worked_out)
        self.preview = preview
        self._shown = dict(_read_shown(shown_before))

    @property
    def rows(self) -> list[ChangeRow]:
        heirs = self._worked_out.rearrangement.heirs
        rows = []
        for split in self.preview.splits.splits[:SHOWN_AT_ONCE]:
            key = split.weekly_lesson.pk
            heir = heirs[key][0].pk if key in heirs else key
            is_other = bool(self._shown) and self._shown.get(key) != _version(split.before)
            rows.append(
                self.row(split.weekly_lesson, split.before, split.after, [heir], is_other=is_other)
            )
        return rows

    @property
    def more(self) -> int:
        return max(0, len(self.preview.splits.splits) - SHOWN_AT_ONCE)

    @property
    def count(self) -> int:
        return len(self.preview.splits.splits)

    @property
    def gone(self) -> int:
        """Return how many that a page showed are not concerned any more."""
        keys = {split.weekly_lesson.pk for split in self.preview.splits.splits}
        return len(self._shown.keys() - keys)

    @property
    def refused(self) -> list[StoppedRow]:
        return [
            StoppedRow(
                weekly_lesson_text(refused.weekly_lesson),
                refused.fault.words,
                _address(self.term, refused.weekly_lesson),
            )
            for refused in self.preview.splits.refused[:SHOWN_AT_ONCE]
        ]

    @property
    def shown(self) -> str:
        """Return what the page sends back, so that a later one can say what has changed."""
        return BETWEEN.join(
            f"{split.weekly_lesson.pk}{OF_ROW}{_version(split.before)}"
            for split in self.preview.splits.splits
        )


def _version(plan: WeeklyLessonPlan) -> str:
    return version_of(plan.version)[:VERSION_CHARS]


def _read_shown(text: str) -> Iterator[tuple[int, str]]:
    for part in filter(None, text.split(BETWEEN)):
        key, _dash, version = part.partition(OF_ROW)
        if key.isascii() and key.isdigit():
            yield int(key), version


class UndoingPage(WorkedOutPage):
    def __init__(self, undoing: Undoing) -> None:
        super().__init__(undoing.worked_out)
        self.undoing = undoing

    @property
    def rows(self) -> list[ChangeRow]:
        return [
            self.row(
                becoming.weekly_lesson, becoming.was, becoming.becomes, [becoming.weekly_lesson.pk]
            )
            for becoming in self.undoing.back[:SHOWN_AT_ONCE]
        ]

    @property
    def more(self) -> int:
        return max(0, len(self.undoing.back) - SHOWN_AT_ONCE)

    @property
    def left_alone(self) -> list[StoppedRow]:
        return [
            StoppedRow(
                _("A weekly lesson")
                if row.weekly_lesson is None
                else weekly_lesson_text(row.weekly_lesson),
                str(row.reason.label),
                "" if row.weekly_lesson is None else _address(self.term, row.weekly_lesson),
            )
            for row in self.undoing.left_alone[:SHOWN_AT_ONCE]
        ]


def latest_changes(term: Term) -> Sequence[PlanningAction]:
    """Return the latest changes of a term from a day on, with what undid them; one query."""
    actions = PlanningAction.objects.filter(from_day__term=term)
    actions = actions.select_related("by", "undone_by", "from_day").order_by("-pk")
    return list(actions[:CHANGES_LISTED])
