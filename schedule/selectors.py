"""Data of the timetable's pages, read in a fixed number of queries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, replace

from django.db.models import Prefetch, Q
from django.utils import timezone

from accounts.enums import Role
from accounts.models import SchoolSettings, User, display_names
from accounts.permissions import Relation
from schedule.access import TimetableChoice, general_relations, opens_at
from schedule.enums import CloudStatus, LessonState
from schedule.hooks import LessonMark, lesson_marks
from schedule.models import Lesson, LessonQuerySet, Membership, Room
from schedule.week_grid import (
    DAYS_OF_WEEK,
    FIRST_LUNAR_DAY,
    LAST_LUNAR_DAY,
    hours_shown,
    lunar_label,
    monday_of,
    start_of_day,
    weekday_label,
)


@dataclass(frozen=True, slots=True)
class LessonCard:
    """One lesson as the timetable shows it, its marks decided."""

    code: str
    course: str
    title: str
    teacher: str
    assistants: str
    class_groups: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    is_running: bool
    is_over: bool
    # The cloud's class ended although its planned end is still to come.
    ended_early: bool
    # Certain only when the cloud said so, or a day after the end.
    was_never_held: bool
    is_cancelled: bool
    is_draft: bool
    cancel_reason: str
    relation: Relation | None
    # For the person who looks; None when they do not enter this lesson.
    opens_at: dt.datetime | None
    opens_today: bool
    can_enter: bool
    # What higher apps add.
    more_marks: tuple[LessonMark, ...] = ()

    @property
    def subtitle(self) -> str:
        """What the viewer does not know already.

        Teachers see class groups, students the teacher.
        """
        if self.relation is Relation.LESSON_TEACHER:
            return self.class_groups
        if self.relation is Relation.STUDENT:
            return self.teacher
        return f"{self.class_groups} · {self.teacher}"

    @property
    def css_class(self) -> str:
        states = ("draft", "cancelled", "running", "over")
        return next((f"is-{state}" for state in states if getattr(self, f"is_{state}")), "")

    @property
    def waits_for_door(self) -> bool:
        """The person may enter, only not yet."""
        is_closed = self.is_over or self.is_cancelled or self.is_draft or self.can_enter
        return self.opens_at is not None and not is_closed

    @property
    def opens_later_today(self) -> bool:
        return self.opens_today and self.waits_for_door

    @property
    def local_date(self) -> dt.date:
        return timezone.localdate(self.starts_at)

    @property
    def weekday(self) -> str:
        return weekday_label(self.local_date)

    @property
    def lunar(self) -> str:
        return lunar_label(self.local_date)


@dataclass(frozen=True, slots=True)
class Day:
    date: dt.date
    lunar: str
    is_today: bool
    cards: tuple[LessonCard, ...]

    @property
    def weekday(self) -> str:
        return weekday_label(self.date)


@dataclass(frozen=True, slots=True)
class HourRow:
    hour: int
    # One entry a day, Monday first.
    cells: tuple[tuple[LessonCard, ...], ...]

    @property
    def label(self) -> str:
        return f"{self.hour:02}:00"


@dataclass(frozen=True, slots=True)
class Week:
    days: tuple[Day, ...]
    rows: tuple[HourRow, ...]

    @property
    def monday(self) -> dt.date:
        return self.days[0].date

    @property
    def sunday(self) -> dt.date:
        return self.days[-1].date

    @property
    def is_empty(self) -> bool:
        return not any(day.cards for day in self.days)


@dataclass(frozen=True, slots=True)
class Viewer:
    """The viewer, as far as the cards need it, read once a page."""

    user: User
    school: SchoolSettings
    is_supervisor: bool
    # True on the person's own timetable: what they neither teach nor assist, they attend.
    attends_the_rest: bool
    # What they are to every lesson.
    general_relations: frozenset[Relation] = frozenset()

    def relation_to(self, lesson: Lesson) -> Relation | None:
        """The relation by which the viewer would enter the lesson."""
        if lesson.teacher_id == self.user.pk:
            return Relation.LESSON_TEACHER
        if self.user.pk in {assistant.pk for assistant in lesson.assistants.all()}:
            return Relation.ASSISTANT
        if self.attends_the_rest:
            return Relation.STUDENT
        return Relation.SUPERVISOR if self.is_supervisor else None

    def relations_to(self, lesson: Lesson) -> frozenset[Relation]:
        relation = self.relation_to(lesson)
        return self.general_relations | (frozenset() if relation is None else {relation})


def viewer_of(user: User, *, is_own_timetable: bool) -> Viewer:
    return Viewer(
        user=user,
        school=SchoolSettings.load(),
        is_supervisor=user.has_role(Role.SUPERVISOR),
        attends_the_rest=is_own_timetable,
        general_relations=frozenset(general_relations(user)),
    )


def lessons_of(choice: TimetableChoice, viewer: Viewer) -> LessonQuerySet:
    """The lessons of the timetable that was chosen, of all times."""
    if choice.is_own:
        return own_lessons(viewer.user)
    lessons = Lesson.objects.all() if choice.sees_drafts else Lesson.objects.visible()
    if choice.teacher is not None:
        lessons = lessons.filter(Q(teacher=choice.teacher) | Q(assistants=choice.teacher))
    if choice.class_group is not None:
        lessons = lessons.filter(class_groups=choice.class_group)
    return lessons.distinct()


def own_lessons(user: User) -> LessonQuerySet:
    """The lessons that a person teaches, assists or attends; drafts are left out."""
    return (
        Lesson.objects.visible()
        .filter(Q(teacher=user) | Q(assistants=user) | attended_by(user))
        .distinct()
    )


def attended_by(user: User) -> Q:
    """Lessons of the person's class groups, on days inside their memberships; one query."""
    attended = Q(pk__in=())
    memberships = Membership.objects.of_students().filter(user=user)
    for membership in memberships:
        inside = Q(class_groups=membership.class_group_id)
        # Days beyond the calendar mean "always"; there is no moment that stands for some of them.
        if membership.from_date is not None and membership.from_date > FIRST_LUNAR_DAY:
            inside &= Q(starts_at__gte=start_of_day(membership.from_date))
        if membership.to_date is not None and membership.to_date < LAST_LUNAR_DAY:
            day_after = membership.to_date + dt.timedelta(days=1)
            inside &= Q(starts_at__lt=start_of_day(day_after))
        attended |= inside
    return attended


def with_card_data(lessons: LessonQuerySet) -> LessonQuerySet:
    """Prefetch everything that a card reads."""
    current_rooms = Room.objects.current().only(
        "lesson_id", "room_id", "cloud_status", "asked_at", "gone_at"
    )
    return (
        lessons.select_related("course", "teacher")
        .prefetch_related(
            "assistants",
            "class_groups",
            Prefetch("rooms", queryset=current_rooms, to_attr="current_rooms"),
        )
        .in_page_order()
    )


def week_of(day: dt.date, lessons: LessonQuerySet, viewer: Viewer, at: dt.datetime) -> Week:
    """The week that holds a day, as columns of days and as rows of hours."""
    monday = monday_of(day)
    dates = [monday + dt.timedelta(days=offset) for offset in range(DAYS_OF_WEEK)]
    inside = lessons.within(
        starts_at=start_of_day(monday),
        ends_at=start_of_day(monday + dt.timedelta(days=DAYS_OF_WEEK)),
    )
    cards = _marked_cards(list(with_card_data(inside)), viewer, at)
    today = timezone.localdate(at)
    days = tuple(
        Day(
            date=date,
            lunar=lunar_label(date),
            is_today=date == today,
            cards=tuple(card for card in cards if timezone.localdate(card.starts_at) == date),
        )
        for date in dates
    )
    return Week(days=days, rows=_hour_rows(days))


def _marked_cards(lessons: list[Lesson], viewer: Viewer, at: dt.datetime) -> list[LessonCard]:
    marks = lesson_marks({lesson: viewer.relations_to(lesson) for lesson in lessons}, at)
    return [
        replace(card_of(lesson, viewer, at), more_marks=marks.get(lesson.pk, ()))
        for lesson in lessons
    ]


def _hour_rows(days: tuple[Day, ...]) -> tuple[HourRow, ...]:
    hours = {timezone.localtime(card.starts_at).hour for day in days for card in day.cards}
    return tuple(
        HourRow(
            hour=hour,
            cells=tuple(
                tuple(card for card in day.cards if timezone.localtime(card.starts_at).hour == hour)
                for day in days
            ),
        )
        for hour in hours_shown(hours)
    )


def next_lesson(lessons: LessonQuerySet, viewer: Viewer, at: dt.datetime) -> LessonCard | None:
    """The lesson that runs now, else the next one; whatever week is looked at."""
    ended = Room.objects.current().filter(cloud_status=CloudStatus.ENDED).values("lesson")
    coming = lessons.filter(state=LessonState.PUBLISHED, ends_at__gt=at).exclude(pk__in=ended)
    lesson = with_card_data(coming).first()
    return None if lesson is None else card_of(lesson, viewer, at)


def card_for_page(
    lesson: Lesson, relations: Collection[Relation], entry: Relation | None, at: dt.datetime
) -> LessonCard:
    """The card of one lesson, for its own page and somebody of these relations, who enters as `entry`."""
    found = with_card_data(Lesson.objects.filter(pk=lesson.pk)).get()
    card = _card(found, entry, SchoolSettings.load(), at)
    return replace(card, more_marks=lesson_marks({found: relations}, at).get(found.pk, ()))


def card_of(lesson: Lesson, viewer: Viewer, at: dt.datetime) -> LessonCard:
    """One lesson with its marks, from a lesson read by `with_card_data`."""
    return _card(lesson, viewer.relation_to(lesson), viewer.school, at)


def _card(
    lesson: Lesson, relation: Relation | None, school: SchoolSettings, at: dt.datetime
) -> LessonCard:
    rooms: list[Room] = lesson.current_rooms  # type: ignore[attr-defined] # prefetched
    room = rooms[0] if rooms else None
    status = room.cloud_status if room else CloudStatus.NOT_STARTED
    has_ended = status == CloudStatus.ENDED
    in_planned_time = lesson.starts_at <= at < lesson.ends_at
    may_run_on = _may_run_on(room, lesson, school, at)
    runs_on = may_run_on and status == CloudStatus.RUNNING
    is_running = not has_ended and (in_planned_time or runs_on)
    opening = None if relation is None else opens_at(lesson, relation, school)
    return LessonCard(
        code=lesson.code,
        course=lesson.course.name,
        title=lesson.title,
        teacher=lesson.teacher.display_name,
        assistants=display_names(lesson.assistants.all()),
        class_groups="、".join(group.name for group in lesson.class_groups.all()),
        starts_at=lesson.starts_at,
        ends_at=lesson.ends_at,
        is_running=is_running and lesson.is_published,
        is_over=not is_running and (has_ended or (lesson.ends_at <= at and not may_run_on)),
        ended_early=has_ended and at < lesson.ends_at,
        was_never_held=(
            lesson.is_published
            and room is not None
            and lesson.ends_at <= at
            and room.was_never_held(planned_end=lesson.ends_at)
        ),
        is_cancelled=lesson.is_cancelled,
        is_draft=lesson.is_draft,
        cancel_reason=lesson.cancel_reason,
        relation=relation,
        opens_at=opening,
        opens_today=opening is not None and timezone.localdate(opening) == timezone.localdate(at),
        can_enter=(
            opening is not None
            and lesson.is_published
            and opening <= at
            and not has_ended
            and (at < lesson.ends_at or may_run_on)
        ),
    )


def _may_run_on(room: Room | None, lesson: Lesson, school: SchoolSettings, at: dt.datetime) -> bool:
    """Whether a class may still be held: its room is open until the overtime is over.

    What the cloud said last may be old, so a class begun since then keeps its way back in, and none
    runs on after the overtime.
    """
    is_open = room is not None and room.is_open
    return is_open and at <= lesson.ends_at + school.overtime
