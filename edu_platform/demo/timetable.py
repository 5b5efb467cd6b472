"""Plans the weeks of the demo school, with the topics whose turn it is."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from edu_platform.demo.grid import BELLS, Slot, week_slots
from edu_platform.demo.roster import DEMO_CLASS_GROUP, DEMO_TEACHER, FIRST_GRADE_2
from edu_platform.demo.topics import (
    ART,
    CHINESE,
    COMPUTING,
    ENGLISH,
    MATHS,
    SPORTS,
    topics_of,
)
from schedule.class_groups.memberships import get_or_add_class_group
from schedule.lessons.cancel import cancel_lesson
from schedule.lessons.change import schedule_lessons
from schedule.lessons.plan import LessonPlan
from schedule.lessons.taking import LessonOverlaps
from schedule.models import ClassGroup, Course, Lesson, PlanningAction
from schedule.terms.bells.bell_times import BellSpan
from schedule.week_grid import DAY, monday_of, start_of_day, week_number

WEEKS = (0, 1)  # counted from the one that holds today
# Month and day, in whose week a term begins.
TERM_STARTS = ((2, 20), (9, 1))
# How far somebody may move a lesson for it to be found again instead of being planned once more.
KNOWN_WITHIN = dt.timedelta(weeks=8)
# One lesson a week does not take place: in odd weeks another one than in even weeks.
CANCELLED = {
    1: (4, 2, FIRST_GRADE_2, "班级外出参观，改为自习"),
    0: (3, 1, FIRST_GRADE_2, "教室设备检修，下周补课"),
}
# How courses were called in demos of earlier releases.
FORMER_NAMES = {
    CHINESE: "语文课",
    MATHS: "数学课",
    ENGLISH: "英语课",
    ART: "美术课",
    SPORTS: "体育课",
    COMPUTING: "计算机",
}


@dataclass(frozen=True, slots=True)
class Taken:
    """Times at which the demo's own lessons take its teacher and class group: regular ones stand back."""

    starts_at: dt.datetime
    ends_at: dt.datetime

    def collides_with(self, plan: LessonPlan) -> bool:
        is_at_same_time = plan.starts_at < self.ends_at and self.starts_at < plan.ends_at
        names = {group.name for group in plan.class_groups}
        return is_at_same_time and (
            plan.teacher.username == DEMO_TEACHER or DEMO_CLASS_GROUP in names
        )


@dataclass(slots=True)
class Rosters:
    """Courses, class groups and teachers by name, each looked up or made once."""

    users: dict[str, User]
    _courses: dict[str, Course] = field(default_factory=dict)
    _class_groups: dict[str, ClassGroup] = field(default_factory=dict)

    def course(self, name: str) -> Course:
        if name not in self._courses:
            self._courses[name] = course_named(name)
        return self._courses[name]

    def class_group(self, name: str) -> ClassGroup:
        if name not in self._class_groups:
            self._class_groups[name] = get_or_add_class_group(name)
        return self._class_groups[name]


def course_named(name: str) -> Course:
    """Return the course of this name, or of the one that it had in demos of before; it is made where there is none."""
    of_before = FORMER_NAMES.get(name, name)
    courses = {course.name: course for course in Course.objects.filter(name__in=[name, of_before])}
    return courses.get(name) or courses.get(of_before) or Course.objects.create(name=name)


@transaction.atomic
def plan_week(
    monday: dt.date,
    rosters: Rosters,
    taken: Taken,
    *,
    at: dt.datetime,
    is_off: Callable[[LessonPlan], bool],
) -> list[Lesson]:
    """Plan the lessons of one week that are not there yet, and return those that were published.

    A lesson that was moved since, or that somebody else teaches by now, is there too. `is_off`: tells which fall on
    days off.
    """
    known = known_lessons(monday)
    published: list[LessonPlan] = []
    drafts: list[LessonPlan] = []
    for slot, plan in slots_of_week(monday, rosters):
        is_late_draft = slot.is_draft and plan.ends_at <= at
        is_left_out = is_late_draft or is_off(plan) or taken.collides_with(plan)
        if not (key_of(plan) in known or is_left_out):
            (drafts if slot.is_draft else published).append(plan)
    schedule_what_fits(drafts, is_draft=True)
    lessons = schedule_what_fits(published)
    for lesson in lessons:
        _cancel_if_called_off(lesson, monday, at=at)
    return lessons


def slots_of_week(monday: dt.date, rosters: Rosters) -> Iterator[tuple[Slot, LessonPlan]]:
    """Yield what this week of its term regularly holds, with the topics whose turn it is."""
    slots = [slot for slot in week_slots() if slot.weeks.has(week_of_term(monday))]
    for slot, topic in zip(slots, _topics(slots, week_of_term(monday)), strict=True):
        yield slot, plan_of_slot(slot, topic, monday, rosters)


def _topics(slots: Sequence[Slot], week: int) -> Iterator[str]:
    """Yield the title of each, or else its class group's topics in turn, going on where the week before ended."""
    keys = [(slot.course, slot.class_groups[0]) for slot in slots]
    in_a_week = Counter(key for key, slot in zip(keys, slots, strict=True) if not slot.title)
    used: Counter[tuple[str, str]] = Counter()
    for key, slot in zip(keys, slots, strict=True):
        if slot.title:
            yield slot.title
            continue
        topics = topics_of(*key)
        yield topics[(week * in_a_week[key] + used[key]) % len(topics)]
        used[key] += 1


def plan_of_slot(slot: Slot, topic: str, monday: dt.date, rosters: Rosters) -> LessonPlan:
    starts_at, ends_at = period_in_week(monday, slot.weekday, slot.period, slot.bells)
    return LessonPlan(
        course=rosters.course(slot.course),
        teacher=rosters.users[slot.teacher],
        class_groups=tuple(rosters.class_group(name) for name in slot.class_groups),
        starts_at=starts_at,
        ends_at=ends_at,
        title=f"{title_start(monday)}{topic}",
        room_type=slot.room_type,
        record_mode=slot.record_mode,
        overlap_reason=slot.overlap_reason,
    )


def period_in_week(
    monday: dt.date, weekday: int, period: int, bells: Sequence[BellSpan] = BELLS
) -> tuple[dt.datetime, dt.datetime]:
    day, bell = monday + weekday * DAY, bells[period - 1]
    return (
        timezone.make_aware(dt.datetime.combine(day, bell.starts)),
        timezone.make_aware(dt.datetime.combine(day, bell.ends)),
    )


def title_start(monday: dt.date) -> str:
    """Return how the titles of the demo's own lessons of a week begin."""
    return f"第{week_of_term(monday)}周 "


def week_of_term(monday: dt.date) -> int:
    """Return the number of a week in its term, counted from 1 September or 20 February."""
    first_monday, _next_one = term_starts_around(monday)
    return week_number(monday, first_monday=first_monday)


def term_starts_around(monday: dt.date) -> tuple[dt.date, dt.date]:
    """Return the first Monday of this week's term, and that of the term after it."""
    starts = [
        monday_of(dt.date(year, month, day))
        for year in range(monday.year - 1, monday.year + 2)
        for month, day in TERM_STARTS
    ]
    after = min(start for start in starts if start > monday)
    return max(start for start in starts if start <= monday), after


LessonKey = tuple[int, str, str | None]


def key_of(plan: LessonPlan) -> LessonKey:
    return plan.teacher.pk, plan.title, plan.class_groups[0].name


def known_lessons(monday: dt.date) -> dict[LessonKey, int]:
    """Return the demo's lessons of a week, by those who teach them or did, their titles and each of their class groups."""
    start = start_of_day(monday)
    lessons = Lesson.objects.within(
        starts_at=start - KNOWN_WITHIN, ends_at=start + 7 * DAY + KNOWN_WITHIN
    ).filter(title__startswith=title_start(monday))
    columns = ("teacher", "known_teacher", "title", "class_groups__name", "pk")
    keys: dict[LessonKey, int] = {}
    for teacher, known_teacher, title, class_group, pk in lessons.values_list(*columns):
        keys[teacher, title, class_group] = pk
        if known_teacher is not None:
            keys[known_teacher, title, class_group] = pk
    return keys


def told_to_nobody(reason: str = "") -> PlanningAction:
    """Return an action of which nobody is told: that the demo school plans its weeks is news to nobody."""
    return PlanningAction(reason=reason, is_told=False)


def action_on(lesson: Lesson, reason: str, *, at: dt.datetime) -> PlanningAction:
    """Return an action on a lesson that is planned: its people are told of it, as long as it is to come."""
    action = PlanningAction(reason=reason, at=at)
    if lesson.ends_at <= at:
        # As it was said the day before.
        action.at, action.is_told = lesson.starts_at - DAY, False
    return action


def schedule_what_fits(plans: Sequence[LessonPlan], *, is_draft: bool = False) -> list[Lesson]:
    """Plan all lessons but those in whose place somebody planned one of their own."""
    try:
        return schedule_lessons(plans, is_draft=is_draft, action=told_to_nobody())
    except LessonOverlaps:
        middle = len(plans) // 2
        halves = (plans[:middle], plans[middle:]) if middle else ()
        return [lesson for half in halves for lesson in schedule_what_fits(half, is_draft=is_draft)]


def _cancel_if_called_off(lesson: Lesson, monday: dt.date, *, at: dt.datetime) -> None:
    weekday, period, class_group, reason = CANCELLED[week_of_term(monday) % 2]
    starts_at, _ends_at = period_in_week(monday, weekday, period)
    if lesson.starts_at != starts_at:
        return
    if lesson.class_groups.filter(name=class_group).exists():
        action = action_on(lesson, reason, at=at)
        cancel_lesson(lesson, reason=reason, at=action.at, action=action)
