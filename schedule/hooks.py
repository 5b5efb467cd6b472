"""Hooks for higher apps: changes of lessons and rooms, and additions to the timetable's pages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from django.db.models.expressions import Combinable

from accounts.models import User
from accounts.permissions import Relation
from edu_platform.lib.formatting import StateWords
from edu_platform.lib.hooks import Hook
from schedule.enums import Stage
from schedule.models import ClassGroup, Course, Lesson

# --- Changes ------------------------------------------------------------------------------------
# Listeners are called inside the transaction of the change, with ids only; what they write is
# committed or rolled back with it. They must not call the cloud.

Listener = Callable[[Collection[int]], None]

lesson_listeners: Hook[Listener] = Hook("lessons that were planned, changed or cancelled")
room_listeners: Hook[Listener] = Hook("rooms that were made, put aside, or changed state")


# Before lessons are deleted, with their rooms locked: what keeps hold of either goes with it, or refuses.
deletion_listeners: Hook[Listener] = Hook("lessons that are about to be deleted")


def lessons_changed(lesson_ids: Collection[int]) -> None:
    for listener in lesson_listeners:
        listener(lesson_ids)


def lessons_are_deleted(lesson_ids: Collection[int]) -> None:
    for listener in deletion_listeners:
        listener(lesson_ids)


def rooms_changed(room_ids: Collection[int]) -> None:
    """Tell of rooms, named by their row's id, not by the cloud's number."""
    for listener in room_listeners:
        listener(room_ids)


# --- People who are told of changes ---------------------------------------------------------------

# Called inside the transaction that gives notices of changes of lessons, with the moment at which each person's would go
# by mail, by their key, and the moment of the notices. After these rows listeners lock theirs, in the order of their keys.
ToldListener = Callable[[Mapping[int, dt.datetime], dt.datetime], None]

told_listeners: Hook[ToldListener] = Hook("people who are told of changes of their lessons")


def people_are_told(mail_at_by_person: Mapping[int, dt.datetime], at: dt.datetime) -> None:
    for listener in told_listeners:
        listener(mail_at_by_person, at)


# --- What people watch of a lesson ---------------------------------------------------------------

# Called with the lesson, the person, and how many different seconds of all recordings of the lesson they have watched so
# far: the total, not what has come since. It may be smaller than what was said before: which parts somebody watched is
# forgotten after a while. Called inside the transaction that keeps it, with the person locked, so that the last call
# has the whole; listeners lock no lesson, which comes before people.
WatchedListener = Callable[[int, int, int], None]

watched_listeners: Hook[WatchedListener] = Hook("what people watched of a lesson's recordings")


def watched(lesson_id: int, person_id: int, seconds: int) -> None:
    for listener in watched_listeners:
        listener(lesson_id, person_id, seconds)


# Called with the lesson and people: the same total for each of them who has watched any of it; one query at most.
WatchedReader = Callable[[int, Collection[int]], Mapping[int, int]]

watched_readers: Hook[WatchedReader] = Hook("what people have watched of a lesson so far")


def watched_so_far(lesson_id: int, person_ids: Collection[int]) -> dict[int, int]:
    """Return what was watched before somebody listened, by person."""
    seconds: dict[int, int] = {}
    for reader in watched_readers:
        seconds |= reader(lesson_id, person_ids)
    return seconds


# --- A lesson's page ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Panel:
    """A template, and what it reads as `panel.…`."""

    template: str
    content: Mapping[str, object]
    # It shows something that is kept of it, and goes with it.
    is_kept: bool = True
    # When it stands before the other panels of a lesson's page; what it is about is done then.
    comes_first: Collection[Stage] = ()
    # A template of what is done with it then, which stands beside the lesson's name.
    action: str = ""

    def acts_in(self, stage: Stage | None) -> bool:
        return bool(self.action) and stage in self.comes_first


# Called with what the person who looks is to the lesson. None: nothing to show to them.
PanelMaker = Callable[[Lesson, Collection[Relation], User], Panel | None]

panel_makers: Hook[PanelMaker] = Hook("panels of a lesson's page")


def lesson_panels(
    lesson: Lesson, relations: Collection[Relation], viewer: User, stage: Stage | None
) -> list[Panel]:
    """Return what there is to show to them, first that which the lesson's stage is the time for."""
    panels = (maker(lesson, relations, viewer) for maker in panel_makers)
    shown = [panel for panel in panels if panel is not None]
    return sorted(shown, key=lambda panel: stage not in panel.comes_first)


# Sentences for who stands before the door of a class and is not let in; called with the lesson, and what the person is
# to it, after its planned start alone: before it whole classes come. One query at most.
DoorNoteMaker = Callable[[Lesson, Collection[Relation]], str]

door_note_makers: Hook[DoorNoteMaker] = Hook("notes at the door of a class")


def door_notes(lesson: Lesson, relations: Collection[Relation], at: dt.datetime) -> list[str]:
    if at < lesson.starts_at:
        return []
    notes = (maker(lesson, relations) for maker in door_note_makers)
    return [note for note in notes if note]


# What is said above the form that changes a lesson, which its page shows as panels; None: nothing.
ChangeNoteMaker = Callable[[Lesson], Panel | None]

change_note_makers: Hook[ChangeNoteMaker] = Hook("notes above the form that changes a lesson")


def change_notes(lesson: Lesson) -> list[Panel]:
    notes = (maker(lesson) for maker in change_note_makers)
    return [note for note in notes if note is not None]


# --- The time of a lesson --------------------------------------------------------------------------


class DayPeriod(NamedTuple):
    """A period of a day, and how a form calls it."""

    number: int
    starts: dt.time
    ends: dt.time
    words: str


# Called with a day and with the class groups of a lesson, which may be empty; one query at most.
PeriodReader = Callable[[dt.date, Collection[ClassGroup]], Sequence[DayPeriod]]

period_readers: Hook[PeriodReader] = Hook("periods of a day, as forms of lessons offer them")


def periods_on(day: dt.date, class_groups: Collection[ClassGroup]) -> list[DayPeriod]:
    return [period for reader in period_readers for period in reader(day, class_groups)]


# --- The page of a course ------------------------------------------------------------------------


# What a higher app keeps of a course, and what holds of it. None: nothing to show.
CoursePanelMaker = Callable[[Course], Panel | None]

course_panel_makers: Hook[CoursePanelMaker] = Hook("panels of a course's page")


def course_panels(course: Course) -> list[Panel]:
    panels = (maker(course) for maker in course_panel_makers)
    return [panel for panel in panels if panel is not None]


# --- A person's page ----------------------------------------------------------------------------


# Called with the person and with who looks at their page; None: nothing to show. Two queries at most, whatever
# there is of the person.
PersonPanelMaker = Callable[[User, User], Panel | None]

person_panel_makers: Hook[PersonPanelMaker] = Hook("panels of a person's page")


def person_panels(person: User, viewer: User) -> list[Panel]:
    panels = (maker(person, viewer) for maker in person_panel_makers)
    return [panel for panel in panels if panel is not None]


# As these, on the page that erases a person: what of them somebody has to look at.
erasure_panel_makers: Hook[PersonPanelMaker] = Hook("panels of the page that erases a person")


def erasure_panels(person: User, viewer: User) -> list[Panel]:
    panels = (maker(person, viewer) for maker in erasure_panel_makers)
    return [panel for panel in panels if panel is not None]


# --- Pages that follow what they show -----------------------------------------------------------

# The facts of each lesson of a query, by OuterRef("pk"), as `lines_of` makes a text of their columns: panels and marks
# follow from them. Pages ask again and again whether they are the last ones, so they are read with the lessons, and cost
# no query of their own. The first column tells one from another. `cells_in` reads the text.
FactMaker = Callable[[], Combinable]
Facts = Mapping[FactMaker, str | None]

fact_makers: Hook[FactMaker] = Hook("facts that panels and marks of lessons follow from")


# As these, for the page of one lesson alone: whole weeks do not pay for them.
own_page_fact_makers: Hook[FactMaker] = Hook("facts that panels of one lesson's page follow from")


# --- Pictures of lessons ------------------------------------------------------------------------


class LessonPictures(NamedTuple):
    """A picture of lessons, for a list of what came of them: one from the class's recording would open that to all."""

    # Called with the key of the viewer, or None for one who sees all lessons of the school, and with the moment: what
    # the picture follows from, of each row of a query, whose lesson is OuterRef("lesson").
    facts: Callable[[int | None, dt.datetime], Combinable]
    # Its address; empty where the lesson has none for this viewer.
    address: Callable[[str | None], str]


lesson_pictures: Hook[LessonPictures] = Hook("pictures of lessons")


# --- The lessons of a timetable -----------------------------------------------------------------


class SeenLesson(Protocol):
    """A lesson of the timetable, as much as marks need to know; `facts` are those of each maker."""

    @property
    def pk(self) -> int: ...
    @property
    def starts_at(self) -> dt.datetime: ...
    @property
    def ends_at(self) -> dt.datetime: ...
    @property
    def is_published(self) -> bool: ...
    @property
    def facts(self) -> Facts: ...


# What the viewer is to each lesson.
SeenLessons = Mapping[SeenLesson, Collection[Relation]]
# Called once a page with all its lessons, and the key of the viewer whose timetable it is; None: a lesson's own page,
# whose panels say what it was for the viewer. The marks by the lesson's id follow from its facts without a query; those
# that say what lessons were for the viewer may take one.
MarkMaker = Callable[[SeenLessons, dt.datetime, int | None], Mapping[int, StateWords]]

mark_makers: Hook[MarkMaker] = Hook("marks of lessons in a timetable")


def lesson_marks(
    seen: SeenLessons, at: dt.datetime, viewer_id: int | None = None
) -> dict[int, tuple[StateWords, ...]]:
    """Return the marks of these lessons, by the lesson's id; those without any are left out."""
    marks_by_lesson: dict[int, tuple[StateWords, ...]] = {}
    for maker in mark_makers:
        for lesson_id, mark in maker(seen, at, viewer_id).items():
            marks_by_lesson[lesson_id] = (*marks_by_lesson.get(lesson_id, ()), mark)
    return marks_by_lesson


# Called once a page with the viewer, what they are to the whole school, and the moments between which its lessons
# begin: the marks by the lesson's id; one query at most.
SchoolMarkMaker = Callable[
    [User, Collection[Relation], dt.datetime, dt.datetime], Mapping[int, StateWords]
]

school_mark_makers: Hook[SchoolMarkMaker] = Hook("marks in the timetable of the whole school")


def school_marks(
    user: User, relations: Collection[Relation], since: dt.datetime, until: dt.datetime
) -> dict[int, tuple[StateWords, ...]]:
    """Return the marks of the lessons that begin in a period, by the lesson's id."""
    marks_by_lesson: dict[int, tuple[StateWords, ...]] = {}
    for maker in school_mark_makers:
        for lesson_id, mark in maker(user, relations, since, until).items():
            marks_by_lesson[lesson_id] = (*marks_by_lesson.get(lesson_id, ()), mark)
    return marks_by_lesson


# --- States beside the lessons of a week --------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LinkedState:
    """The state of something that belongs to a lesson, named in a word, and its own page."""

    what: str
    state: StateWords
    address: str


# As marks are made, and for a week's lessons alone: a lesson's own page has panels.
LinkedStateMaker = Callable[[SeenLessons, dt.datetime], Mapping[int, LinkedState]]

linked_state_makers: Hook[LinkedStateMaker] = Hook("states beside the lessons of a week")


def linked_states(seen: SeenLessons, at: dt.datetime) -> dict[int, tuple[LinkedState, ...]]:
    """The states beside these lessons, by the lesson's id; those without any are left out."""
    states_by_lesson: dict[int, tuple[LinkedState, ...]] = {}
    for maker in linked_state_makers:
        for lesson_id, linked in maker(seen, at).items():
            states_by_lesson[lesson_id] = (*states_by_lesson.get(lesson_id, ()), linked)
    return states_by_lesson


# --- Hours of teachers ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RealTeaching:
    """The time for which a class was really held, of what was planned, and whether it began late."""

    teacher_id: int
    seconds: int
    has_begun_late: bool


# Called with the moments between which lessons begin, and with one teacher's key, or None for everybody: those that
# were held, by the code of the lesson; one query.
RealTeachingMaker = Callable[[dt.datetime, dt.datetime, int | None], Mapping[str, RealTeaching]]

real_teaching_makers: Hook[RealTeachingMaker] = Hook("how long classes were really held")


def real_teaching(
    since: dt.datetime, until: dt.datetime, teacher_id: int | None = None
) -> dict[str, RealTeaching]:
    """Return what is known of the lessons that begin in a period, by their code."""
    taught: dict[str, RealTeaching] = {}
    for maker in real_teaching_makers:
        taught |= maker(since, until, teacher_id)
    return taught


# --- Ways on from pages ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PageLink:
    """A link to a page of a higher app, in words."""

    address: str
    words: str


# Called with who looks at the hours of a month, and its first day. None: nothing for them.
MonthFileMaker = Callable[[User, dt.date], PageLink | None]

month_file_makers: Hook[MonthFileMaker] = Hook("further files of a month, beside hours")


def month_files(user: User, first_day: dt.date) -> list[PageLink]:
    links = (maker(user, first_day) for maker in month_file_makers)
    return [link for link in links if link is not None]


# Called with who looks at the school's day; no query.
DayLinkMaker = Callable[[User], PageLink | None]

day_link_makers: Hook[DayLinkMaker] = Hook("ways on from the school's day")


def day_links(user: User) -> list[PageLink]:
    links = (maker(user) for maker in day_link_makers)
    return [link for link in links if link is not None]
