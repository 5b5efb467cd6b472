"""Filters of the list of replays, and the querysets for them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import User
from edu_platform.lib.filter_forms import ListFilters
from replays.enums import LISTED, ReplayReason, ReplayState
from replays.models import Replay, ReplayPurge
from replays.search.search_box import matching
from replays.search.sorting import SortKey, next_sort
from schedule.models import Lesson
from schedule.week_grid import start_of_day

DAY = dt.timedelta(days=1)
# Not a state of its own: deleted replays that can still be restored.
IN_TRASH = "bin"
# Nor is this: those that the cloud does not delete, though it was told to.
RESISTING = "resisting"
# A deletion that is refused once or twice may pass the next day.
RESISTING_AFTER = dt.timedelta(days=1)
CAN_BE_RESTORED = Q(reason=ReplayReason.TRASHED, purge__has_begun=False)


@dataclass(frozen=True, slots=True)
class Filters(ListFilters):
    """Filters of the list; no sort is the default order."""

    q: str = ""
    room_type: int | None = None
    teacher: str = ""
    class_group: str = ""
    course: str = ""
    from_day: dt.date | None = None
    to_day: dt.date | None = None
    state: str = ""
    sort: str = ""

    @property
    def is_empty(self) -> bool:
        return replace(self, sort="") == Filters()

    @property
    def is_by_lesson(self) -> bool:
        """Tell whether the lessons decide which replays fit: they may be few among many."""
        return bool(self.class_group or self.course)

    @property
    def is_state_alone(self) -> bool:
        return replace(self, state="").is_empty

    @property
    def is_backwards(self) -> bool:
        """Tell whether the last day lies before the first, so that nothing can fit."""
        return self.from_day is not None and self.to_day is not None and self.from_day > self.to_day

    def turned_round(self) -> Filters:
        return replace(self, from_day=self.to_day, to_day=self.from_day)

    def sorted_next(self, key: SortKey) -> Filters:
        """The filters that a click on a column header leads to."""
        return replace(self, sort=next_sort(self.sort, key))


def filtered(replays: QuerySet[Replay], filters: Filters) -> QuerySet[Replay]:
    """The replays of the list that fit, in no order: without a state, what was or should be recorded."""
    return narrowed(in_state(replays, filters.state), filters)


def in_state(replays: QuerySet[Replay], state: str) -> QuerySet[Replay]:
    """The replays in a state as addresses call it: the usual states are one, and so is the trash.

    What is in the trash counts as deleted too.
    """
    if state == IN_TRASH:
        return replays.filter(CAN_BE_RESTORED, state=ReplayState.DELETED)
    if state == RESISTING:
        resisting = ReplayPurge.objects.resisting(timezone.now() - RESISTING_AFTER)
        return replays.filter(purge__in=resisting)
    return replays.filter(state__in=[state] if state else LISTED)


def narrowed(replays: QuerySet[Replay], filters: Filters) -> QuerySet[Replay]:
    """The replays that fit, whatever their state."""
    if filters.q:
        replays = replays.filter(matching(filters.q))
    if filters.room_type is not None:
        replays = replays.filter(room_type=filters.room_type)
    if filters.teacher:
        # Looked up first: then their replays are read in the list's order, and not sorted.
        teacher = User.objects.filter(username=filters.teacher).values_list("pk", flat=True).first()
        replays = replays.filter(teacher=teacher) if teacher else replays.none()
    if filters.class_group:
        lessons = Lesson.objects.filter(class_groups__name=filters.class_group)
        replays = replays.filter(lesson__in=lessons.values("pk"))
    if filters.course:
        replays = replays.filter(lesson__course__name=filters.course)
    if filters.from_day is not None:
        replays = replays.filter(listed_at__gte=start_of_day(filters.from_day))
    if filters.to_day is not None:
        replays = replays.filter(listed_at__lt=start_of_day(filters.to_day + DAY))
    return replays
