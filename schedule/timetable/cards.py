"""One lesson as the timetable shows it: its marks decided, its texts formatted once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import SchoolSettings
from accounts.permissions import Relation
from edu_platform.lib.formatting import StateWords
from schedule.access import opens_at
from schedule.enums import CloudStatus, CourseColour, Stage
from schedule.hooks import (
    LinkedState,
    SeenLessons,
    lesson_marks,
    linked_states,
)
from schedule.models import topic_of
from schedule.terms.bells.bell_lists import NO_LISTS, BellLists
from schedule.terms.bells.bell_times import Bells
from schedule.timetable.marks import ChangeMarks, Progress, StateMarks
from schedule.timetable.timetable_rows import LessonRow
from schedule.timetable.timetables import Viewer
from schedule.week_grid import DayLabels

Marks = tuple[StateWords, ...]
Links = tuple[LinkedState, ...]


class Entry(NamedTuple):
    """The door of a class, for the person who looks; `opens_at` is None when they do not enter this lesson."""

    opens_at: dt.datetime | None
    is_open: bool
    # When it opens, in words, for somebody who waits for it.
    opening: str = ""
    opens_later_today: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonCard(DayLabels):
    code: str
    # Empty for a family, which has no page of a lesson.
    address: str
    course: str
    colour: CourseColour
    # What the title says beyond course and start; mostly nothing.
    topic: str
    subtitle: str
    title: str
    teacher: str
    # For whom the teacher stands in; mostly empty.
    stands_in_for: str
    assistants: str
    class_groups: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    local_start: dt.datetime
    local_end: dt.datetime
    # The periods that begin and end with it, in words; empty where there are none.
    periods: str
    is_running: bool
    # It should have begun, and the cloud says that nobody has begun it.
    is_awaited: bool
    is_over: bool
    # By its plan, or as the cloud says.
    has_begun: bool
    is_past: bool
    # The cloud's class ended although its planned end is still to come.
    ended_early: bool
    # Certain only when the cloud said so, or a day after the end.
    was_never_held: bool
    is_cancelled: bool
    is_draft: bool
    cancel_reason: str
    css_class: str
    entry: Entry
    # The state, if there is something to say, what changed of late, and what higher apps add.
    marks: Marks
    change_marks: Marks
    more_marks: Marks
    # Those by which its periods are said.
    bells: Bells = field(compare=False, repr=False)
    # Where people who have not heard of a move of late still look for it.
    old_start: dt.datetime | None
    # What higher apps show beside it in a week.
    linked_states: Links = ()

    @property
    def stage(self) -> Stage | None:
        """Return where the class is; None of one that is not to be held."""
        if self.is_cancelled or self.is_draft:
            return None
        if self.is_over:
            return Stage.AFTER
        return Stage.DURING if self.has_begun else Stage.BEFORE

    @property
    def start_text(self) -> str:
        return f"{self.local_start:%H:%M}"

    @property
    def end_text(self) -> str:
        return f"{self.local_end:%H:%M}"

    @property
    def opens_at(self) -> dt.datetime | None:
        return self.entry.opens_at

    @property
    def can_enter(self) -> bool:
        return self.entry.is_open

    @property
    def opening(self) -> str:
        return self.entry.opening

    @property
    def opens_later_today(self) -> bool:
        return self.entry.opens_later_today

    @property
    def date(self) -> dt.date:
        return self.local_start.date()


def cards_of(
    lessons: Sequence[LessonRow],
    viewer: Viewer,
    at: dt.datetime,
    bell_lists: BellLists = NO_LISTS,
) -> list[LessonCard]:
    """Return the cards of these lessons, with what higher apps say of them; with their periods, by these lists.

    Of that a family has sections of its own, as the school chooses (`schedule.family_hooks`).
    """
    maker = CardMaker(viewer.school, at, bell_lists)
    if viewer.is_family:
        return [maker.card(lesson, viewer.relation_to(lesson)) for lesson in lessons]
    seen: SeenLessons = {lesson: viewer.relations_to(lesson) for lesson in lessons}
    marks, linked = lesson_marks(seen, at, viewer.user_id), linked_states(seen, at)
    return [
        maker.card(
            lesson,
            viewer.relation_to(lesson),
            marks.get(lesson.pk, ()),
            linked.get(lesson.pk, ()),
        )
        for lesson in lessons
    ]


def card_for_page(
    lesson: LessonRow,
    relations: Collection[Relation],
    entry: Relation | None,
    school: SchoolSettings,
    at: dt.datetime,
    bell_lists: BellLists = NO_LISTS,
) -> LessonCard:
    """Return the card of a lesson for somebody of these relations, who enters as `entry`."""
    marks = lesson_marks({lesson: relations}, at).get(lesson.pk, ())
    return CardMaker(school, at, bell_lists).card(lesson, entry, marks)


class CardMaker:
    """Works out once what the cards of one page have in common."""

    def __init__(
        self, school: SchoolSettings, at: dt.datetime, bell_lists: BellLists = NO_LISTS
    ) -> None:
        self.school = school
        self.at = at
        self.bell_lists = bell_lists
        self.zone = timezone.get_current_timezone()
        self.today = timezone.localdate(at)
        self.marks = StateMarks()
        self.change_marks = ChangeMarks(at)
        # Looking up an address costs more than all else of a card.
        self.before_code, self.after_code = reverse("schedule:lesson", args=["CODE"]).rsplit("CODE")

    def card(
        self,
        lesson: LessonRow,
        relation: Relation | None,
        more_marks: Marks = (),
        linked: Links = (),
    ) -> LessonCard:
        progress = self._progress(lesson)
        entry = self._entry(lesson, relation, progress)
        local_start = lesson.starts_at.astimezone(self.zone)
        local_end = lesson.ends_at.astimezone(self.zone)
        class_groups = "、".join(lesson.class_groups)
        bells = self._bells_of(lesson, local_start.date())
        return LessonCard(
            code=lesson.code,
            address=self._address_of(lesson, relation),
            course=lesson.course,
            colour=lesson.colour,
            topic=topic_of(lesson.title, lesson.course),
            subtitle=_subtitle(relation, class_groups, lesson.teacher),
            title=lesson.title,
            teacher=lesson.teacher,
            stands_in_for=lesson.absent_teacher or "",
            assistants="、".join(lesson.assistants),
            class_groups=class_groups,
            starts_at=lesson.starts_at,
            ends_at=lesson.ends_at,
            local_start=local_start,
            local_end=local_end,
            periods=bells.periods_of(local_start, local_end),
            bells=bells,
            is_running=progress.is_running and lesson.is_published,
            is_awaited=progress.is_awaited and lesson.is_published,
            is_over=progress.is_over,
            has_begun=lesson.starts_at <= self.at or progress.is_running or progress.has_ended,
            is_past=lesson.ends_at <= self.at,
            ended_early=progress.has_ended and self.at < lesson.ends_at,
            was_never_held=progress.was_never_held,
            is_cancelled=lesson.is_cancelled,
            is_draft=lesson.is_draft,
            cancel_reason=lesson.cancel_reason,
            css_class=_css_class(lesson, progress),
            entry=entry,
            marks=self.marks.of(lesson, progress, can_enter=entry.is_open),
            change_marks=self.change_marks.of(lesson),
            more_marks=more_marks,
            old_start=self._old_start(lesson),
            linked_states=linked,
        )

    def _address_of(self, lesson: LessonRow, relation: Relation | None) -> str:
        if relation is Relation.FAMILY:
            return ""
        return f"{self.before_code}{lesson.code}{self.after_code}"

    def _bells_of(self, lesson: LessonRow, day: dt.date) -> Bells:
        if not self.bell_lists.are_several:
            return self.bell_lists.default
        return self.bell_lists.shown_for(lesson.members, day)

    def _entry(self, lesson: LessonRow, relation: Relation | None, progress: Progress) -> Entry:
        opening = (
            None
            if relation is None or relation is Relation.FAMILY
            else opens_at(lesson.starts_at, relation, self.school)
        )
        may_open = lesson.is_published and progress.may_be_held
        is_open = opening is not None and opening <= self.at and may_open
        if opening is None or is_open or progress.is_over or not may_open:
            return Entry(opening, is_open)
        return Entry(opening, is_open, self._opening_text(opening), self._is_today(opening))

    def _old_start(self, lesson: LessonRow) -> dt.datetime | None:
        if lesson.moved_from is None or not self.change_marks.is_new(lesson.moved_at):
            return None
        return lesson.moved_from.astimezone(self.zone)

    def _is_today(self, moment: dt.datetime) -> bool:
        return moment.astimezone(self.zone).date() == self.today

    def _opening_text(self, moment: dt.datetime) -> str:
        local = moment.astimezone(self.zone)
        moment_text = f"{local:%H:%M}" if self._is_today(moment) else f"{local:%m-%d %H:%M}"
        return _("Opens at %(moment)s") % {"moment": moment_text}

    def _progress(self, lesson: LessonRow) -> Progress:
        status = lesson.room.cloud_status if lesson.room else CloudStatus.NOT_STARTED
        has_ended = status == CloudStatus.ENDED
        is_past = lesson.ends_at <= self.at
        may_run_on = self._may_run_on(lesson)
        runs_on = may_run_on and status == CloudStatus.RUNNING
        in_planned_time = lesson.starts_at <= self.at and not is_past
        is_awaited = in_planned_time and lesson.is_known_not_begun
        is_running = not (has_ended or is_awaited) and (in_planned_time or runs_on)
        return Progress(
            is_running=is_running,
            is_awaited=is_awaited,
            is_over=not is_running and (has_ended or (is_past and not may_run_on)),
            has_ended=has_ended,
            may_be_held=not has_ended and (not is_past or may_run_on),
            was_never_held=lesson.is_published and is_past and lesson.was_never_held,
        )

    def _may_run_on(self, lesson: LessonRow) -> bool:
        """Tell whether a class may still be held: its room is open until the overtime is over.

        What the cloud said last may be old, so a class begun since then keeps its way back in, and none
        runs on after the overtime.
        """
        is_open = lesson.room is not None and lesson.room.is_open
        return is_open and self.at <= lesson.ends_at + self.school.overtime


def _subtitle(relation: Relation | None, class_groups: str, teacher: str) -> str:
    """Say what the viewer does not know already: teachers see class groups, students and families the teacher."""
    if relation is Relation.LESSON_TEACHER:
        return class_groups
    if relation in {Relation.STUDENT, Relation.FAMILY}:
        return teacher
    return f"{class_groups} · {teacher}"


def _css_class(lesson: LessonRow, progress: Progress) -> str:
    if lesson.is_draft:
        return "is-draft"
    if lesson.is_cancelled:
        return "is-cancelled"
    if progress.is_running:
        return "is-running"
    return "is-over" if progress.is_over else ""
