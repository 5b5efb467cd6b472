"""The term that holds today: bell times, the nation's holidays, and the regular week as its weekly lessons."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import Q

from edu_platform.demo.timetable import (
    DAY,
    LENGTH,
    TIMES,
    WEEKS,
    Rosters,
    Slot,
    key_of,
    known_lessons,
    slots_of_week,
    term_starts_around,
    week_slots,
)
from schedule.enums import WeeklyLessonSource
from schedule.lessons.plan import LessonPlan
from schedule.models import PlannedLesson, Term
from schedule.terms.bell_times import BellSpan
from schedule.terms.calendar_days import fill_from_calendar
from schedule.terms.weekly_lesson_writing import WeeklyLessonPlan, insert_weekly_lessons
from schedule.terms.writing import set_bell_times
from schedule.week_grid import DAYS_A_WEEK, monday_of

# By which a weekly lesson is found again, as long as nobody made another of it.
SlotKey = tuple[object, ...]


@transaction.atomic
def keep_term(rosters: Rosters, *, today: dt.date) -> None:
    """Make the term of today unless there is one, and say of the lessons of the two weeks which are of its plan.

    Each has its topic and counts as edited, so that the plan leaves it as it is. What planners made of the term
    since stays.
    """
    monday = monday_of(today)
    first_monday, next_one = term_starts_around(monday)
    term = Term.objects.filter(first_monday=first_monday).first()
    if term is None:
        term = _make_term(first_monday, next_one, rosters)
    if term is None:
        return
    weekly_lessons = _weekly_lessons_by_slot(term)
    for offset in WEEKS:
        week = monday + dt.timedelta(weeks=offset)
        if week < next_one:
            _link_lessons(term, weekly_lessons, week, rosters)


def _make_term(first_monday: dt.date, next_one: dt.date, rosters: Rosters) -> Term | None:
    """The term with all that belongs to it; None where planners have made others of those days.

    Not by `create_term`, which tells planners of holidays that are unpublished.
    """
    season = "秋季" if first_monday.month > 6 else "春季"
    term = Term(
        name=f"{first_monday.year}年{season}学期",
        first_monday=first_monday,
        weeks=(next_one - first_monday).days // DAYS_A_WEEK,
    )
    term.last_day = term.last_day_planned()
    overlapping = Q(first_monday__lte=term.last_day, last_day__gte=first_monday)
    if Term.objects.filter(overlapping | Q(name=term.name)).exists():
        return None
    term.save()
    set_bell_times(term, [BellSpan(time, _end_of(time)) for time in TIMES])
    fill_from_calendar(term)
    plans = [_weekly(slot, rosters) for slot in week_slots() if not slot.is_draft]
    insert_weekly_lessons(term, plans, source=WeeklyLessonSource.PAGE)
    return term


def _end_of(time: dt.time) -> dt.time:
    return (dt.datetime.combine(dt.date.min, time) + LENGTH).time()


def _weekly(slot: Slot, rosters: Rosters) -> WeeklyLessonPlan:
    period = TIMES.index(slot.time) + 1
    return WeeklyLessonPlan(
        course=rosters.course(slot.subject.course),
        teacher=rosters.users[slot.subject.teacher],
        class_groups=tuple(rosters.class_group(name) for name in slot.class_groups),
        weekday=slot.weekday + 1,
        starts=slot.time,
        ends=_end_of(slot.time),
        first_bell=period,
        last_bell=period,
        weeks=slot.weeks,
        title=slot.title,
        room_type=slot.room_type,
        record_mode=slot.subject.record_mode,
    )


def _weekly_lessons_by_slot(term: Term) -> dict[SlotKey, int]:
    columns = ("course", "teacher", "title", "weekday", "starts", "weeks", "class_groups", "pk")
    return {tuple(key): pk for *key, pk in term.weekly_lessons.values_list(*columns)}


def _link_lessons(
    term: Term, weekly_lessons: dict[SlotKey, int], monday: dt.date, rosters: Rosters
) -> None:
    known = known_lessons(monday)
    of_plans = PlannedLesson.objects.filter(lesson__in=known.values())
    linked = set(of_plans.values_list("lesson", flat=True))
    of_week = term.planned_lessons.filter(date__range=(monday, monday + 6 * DAY))
    taken = set(of_week.exclude(lesson=None).values_list("weekly_lesson", "date"))
    rows: list[PlannedLesson] = []
    for slot, plan in slots_of_week(monday, rosters):
        weekly_lesson_id = weekly_lessons.get(_slot_key(slot, plan))
        lesson_id = known.get(key_of(plan))
        date = monday + slot.weekday * DAY
        is_free = (weekly_lesson_id, date) not in taken and lesson_id not in linked
        if weekly_lesson_id is not None and lesson_id is not None and is_free:
            row = PlannedLesson(
                term=term, weekly_lesson_id=weekly_lesson_id, date=date, lesson_id=lesson_id
            )
            row.is_edited = True
            rows.append(row)
    # One that somebody deleted has a row, and was planned again.
    PlannedLesson.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["weekly_lesson", "date"],
        update_fields=["lesson", "is_edited"],
    )


def _slot_key(slot: Slot, plan: LessonPlan) -> SlotKey:
    who = (plan.course.pk, plan.teacher.pk, slot.title)
    return (*who, slot.weekday + 1, slot.time, slot.weeks.text, plan.class_groups[0].pk)
