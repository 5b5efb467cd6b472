"""Say what a wished school year would do to each class group, and what stands against it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from edu_platform.lib.formatting import listed
from edu_platform.lib.http import with_query
from schedule.class_groups.forms import require_usable_name
from schedule.models import CLASS_GROUP_NAME_CHARS, SchoolYear
from schedule.school_year.proposals import SHORTEST_YEAR
from schedule.school_year.state import GroupState, SchoolState, read_state
from schedule.school_year.wish import ENDING, WishedRow, YearAction, YearWish


@dataclass(frozen=True, slots=True)
class RowFault:
    """Say what stands against a row, what to do, and the page on which that is done, if there is one."""

    words: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class PreviewRow:
    state: GroupState
    wished: WishedRow
    faults: Sequence[RowFault]

    @property
    def action(self) -> YearAction:
        return self.wished.action

    @property
    def has_notes(self) -> bool:
        """Tell whether there is anything to say of it."""
        state, ends = self.state, self.action in ENDING
        goes_along = (state.class_teachers, state.weekly_lessons, state.robots)
        is_rising = self.action == YearAction.RISE
        return bool(
            self.faults or (ends and state.lessons_until) or (is_rising and any(goes_along))
        )


@dataclass(frozen=True, slots=True)
class YearPreview:
    wish: YearWish
    rows: Sequence[PreviewRow]
    # What stands against all of it.
    faults: Sequence[str]
    version: str

    @property
    def can_begin(self) -> bool:
        return not self.faults and not self.rows_at_fault

    @property
    def rows_at_fault(self) -> int:
        """Return against how many rows something stands."""
        return sum(bool(row.faults) for row in self.rows)

    @property
    def rows_with_lessons(self) -> int:
        """Return how many class groups that go into the archive have lessons before the first day still."""
        return sum(bool(row.state.lessons_until) for row in self.rows_with(*ENDING))

    def rows_with(self, *actions: YearAction) -> list[PreviewRow]:
        return [row for row in self.rows if row.action in actions]

    def counts(self) -> dict[str, int]:
        """Return how many class groups do what, and how many people are in those that rise or leave."""
        people = {
            membership.user_id
            for row in self.rows_with(YearAction.RISE, YearAction.LEAVE)
            for membership in row.state.memberships
        }
        by_action = {action.value: len(self.rows_with(action)) for action in YearAction}
        return {**by_action, "people": len(people)}


def begun_near(first_day: dt.date) -> SchoolYear | None:
    """Return the school year that has begun, and is so near to this day that another one would be the same."""
    days = (first_day - SHORTEST_YEAR, first_day + SHORTEST_YEAR)
    rows = SchoolYear.objects.filter(undone_at=None, first_day__gt=days[0], first_day__lt=days[1])
    return rows.order_by("-first_day").first()


def begun_lately(today: dt.date) -> SchoolYear | None:
    """Return the school year that has begun last, unless it is time for the next one."""
    rows = SchoolYear.objects.filter(undone_at=None, first_day__gt=today - SHORTEST_YEAR)
    return rows.order_by("-first_day").first()


def preview_of(wish: YearWish) -> YearPreview:
    """Return what a wish would do by now; as many queries for one class group as for many."""
    state = read_state(wish.first_day)
    faults = _Faults(wish, state)
    rows = [
        PreviewRow(group, row, list(faults.of(group, row)))
        for group in state.groups
        for row in (wish.row_of(group.class_group.pk),)
    ]
    return YearPreview(wish, rows, list(_faults_of_all(wish, rows)), state.version)


def _faults_of_all(wish: YearWish, rows: Sequence[PreviewRow]) -> Iterator[str]:
    begun = begun_near(wish.first_day)
    if begun is not None:
        yield _(
            "The school year from %(day)s on has begun already. Undo that one first, or choose the first day of a later school year."
        ) % {"day": begun.first_day}
    if not any(row.action in ENDING for row in rows):
        yield _("All class groups stay as they are: choose what becomes of them.")


class _Faults:
    def __init__(self, wish: YearWish, state: SchoolState) -> None:
        self._first_day = wish.first_day
        rows = [(group, wish.row_of(group.class_group.pk)) for group in state.groups]
        self._new_names = Counter(row.name for _group, row in rows if row.action == YearAction.RISE)
        self._staying = {
            group.class_group.name for group, row in rows if row.action == YearAction.STAY
        }

    def of(self, group: GroupState, row: WishedRow) -> Iterator[RowFault]:
        if row.action == YearAction.STAY:
            return
        if row.action == YearAction.RISE:
            yield from self._of_name(row.name)
        yield from self._of_lessons(group)
        if group.running_terms:
            words = _(
                "It has weekly lessons in a term that goes on after that day: %(terms)s. Choose a first day after its end, or let the term end sooner."
            )
            yield RowFault(
                words % {"terms": listed(group.running_terms)}, reverse("schedule:terms")
            )
        if row.action != YearAction.RISE:
            yield from self._of_ending(group, row)

    def _of_name(self, name: str) -> Iterator[RowFault]:
        if not name:
            yield RowFault(_("It rises: write what it is called then."))
            return
        try:
            require_usable_name(name)
        except ValidationError as err:
            yield RowFault(" ".join(err.messages))
        if len(name) > CLASS_GROUP_NAME_CHARS:
            words = _("This name is too long: it has at most %(count)s characters.")
            yield RowFault(words % {"count": CLASS_GROUP_NAME_CHARS})
        if self._new_names[name] > 1:
            yield RowFault(_("Two class groups would be called %(name)s.") % {"name": name})
        if name in self._staying:
            words = _(
                "%(name)s stays as it is, and has this name: let it rise too, or write another name."
            )
            yield RowFault(words % {"name": name})

    def _of_lessons(self, group: GroupState) -> Iterator[RowFault]:
        if not group.lessons_after or group.first_lesson is None:
            return
        words = ngettext(
            "%(count)s lesson is planned for it on that day or later. Delete it, and plan it again for the new class group when the school year has begun.",
            "%(count)s lessons are planned for it on that day or later. Delete them, and plan them again for the new class group when the school year has begun.",
            group.lessons_after,
        )
        day = timezone.localdate(group.first_lesson)
        query = {"class_group": group.class_group.name, "from": str(day)}
        address = with_query(reverse("schedule:lessons"), query)
        yield RowFault(words % {"count": group.lessons_after}, address)

    def _of_ending(self, group: GroupState, row: WishedRow) -> Iterator[RowFault]:
        if group.weekly_lessons:
            words = ngettext(
                "%(count)s weekly lesson of the new school year is planned for it. Delete it, or give it to another class group.",
                "%(count)s weekly lessons of the new school year are planned for it. Delete them, or give them to another class group.",
                group.weekly_lessons,
            )
            yield RowFault(words % {"count": group.weekly_lessons}, reverse("schedule:terms"))
        later = group.coming_later(self._first_day)
        if later and row.action == YearAction.LEAVE:
            words = ngettext(
                "%(count)s person is to come to it on that day or later. Take that back on its page first.",
                "%(count)s people are to come to it on that day or later. Take that back on its page first.",
                later,
            )
            address = reverse("class_groups:class_group", args=[group.class_group.code])
            yield RowFault(words % {"count": later}, address)
