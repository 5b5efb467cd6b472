"""Whatever is done to lessons, in any order: history, columns, timetables and calendars say the same.

A walk does things at random, but the same ones for the same seed, through the services that pages, imports
and commands use. After each step every one of CHECKS looks at everything.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from random import Random

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from accounts.permissions import Relation
from schedule.enums import LessonState, RecordMode
from schedule.feeds.reading import DAYS_AHEAD, DAYS_BACK
from schedule.feeds.writing import make_token
from schedule.history.reading import history_of
from schedule.history.snapshots import snapshot_of
from schedule.history.telling_rules import CALENDARS_TOLD_FOR
from schedule.history.writing import SHOWN_IN_CALENDARS
from schedule.lessons.cancel import LessonIsDraft, cancel_lesson, restore_lesson
from schedule.lessons.change import change_lesson, publish_lesson, schedule_lesson, schedule_lessons
from schedule.lessons.delete import LessonBegun, delete_lessons
from schedule.lessons.plan import LessonPlan, plan_of
from schedule.lessons.taking import LessonOverlaps
from schedule.models import (
    ClassGroup,
    Course,
    Lesson,
    LessonChange,
    LessonSnapshot,
    PlanningAction,
    kinds_between,
    topic_of,
)
from schedule.timetable.timetable_rows import LessonRow, rows_of
from schedule.timetable.timetables import own_timetable
from schedule.week_grid import start_of_day
from tests.factories.accounts import UserFactory
from tests.factories.schedule import ClassGroupFactory, CourseFactory, MembershipFactory
from tests.support.calendars import by_icalendar

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_china")]

SEEDS = range(2)
STEPS = 25
LESSONS_AT_MOST = 5
BEGINS = dt.datetime(2026, 9, 1, 1, 0, tzinfo=dt.UTC)
# Far enough ahead for none of them to begin while the walk goes on.
FIRST_START = BEGINS + dt.timedelta(days=90)
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
# How long after the one before a step is taken: changes are pointed out for a week.
WAITS = (dt.timedelta(0), HOUR, dt.timedelta(days=3), dt.timedelta(days=8))


@dataclass
class Walk:
    random: Random
    now: time_machine.Traveller
    teachers: list[User]
    students: list[User]
    class_groups: list[ClassGroup]
    courses: list[Course]
    groups_of: dict[User, set[int]]
    # Every person's calendar has one.
    tokens: dict[User, str]
    # The sequence that a person's calendar was told last, of each lesson.
    told: dict[tuple[int, str], int] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)

    def step(self) -> None:
        self.now.shift(self.random.choice(WAITS))
        way = self.random.choice(WAYS) if Lesson.objects.exists() else plan
        try:
            what = way(self)
        except (LessonOverlaps, LessonIsDraft, LessonBegun) as refused:
            what = f"refused: {type(refused).__name__}"
        self.done.append(f"{way.__name__}: {what}")

    def one_of(self, *states: LessonState) -> Lesson | None:
        found = list(Lesson.objects.filter(state__in=states).order_by("pk"))
        return self.random.choice(found) if found else None

    def action(self) -> PlanningAction:
        return PlanningAction(reason=f"step {len(self.done)}")

    def start(self) -> dt.datetime:
        return FIRST_START + self.random.randrange(16) * HOUR

    def some(self, people: list[User]) -> tuple[User, ...]:
        return tuple(self.random.sample(people, self.random.randrange(2)))

    def plan(self) -> LessonPlan:
        teacher, start = self.random.choice(self.teachers), self.start()
        others = [each for each in self.teachers if each != teacher]
        return LessonPlan(
            course=self.random.choice(self.courses),
            teacher=teacher,
            assistants=self.some(others),
            class_groups=tuple(self.random.sample(self.class_groups, self.random.choice([1, 2]))),
            starts_at=start,
            ends_at=start + HOUR,
            title=self.random.choice(["", "复习"]),
        )


# --- What may be done -----------------------------------------------------------------------------


def plan(walk: Walk) -> str:
    if Lesson.objects.count() >= LESSONS_AT_MOST:
        return "enough"
    is_draft = walk.random.random() < 0.5
    return str(schedule_lesson(walk.plan(), is_draft=is_draft, action=walk.action()))


def plan_two(walk: Walk) -> str:
    if Lesson.objects.count() >= LESSONS_AT_MOST:
        return "enough"
    return str(schedule_lessons([walk.plan(), walk.plan()], action=walk.action()))


def change(walk: Walk) -> str:
    """One thing, or several at once."""
    lesson = walk.one_of(*LessonState)
    if lesson is None:
        return "nothing"
    now, wished = plan_of(lesson), walk.plan()
    names = walk.random.sample(sorted(CHANGES), walk.random.choice([1, 1, 1, 2, 3]))
    changed = now
    for name in names:
        changed = CHANGES[name](changed, wished)
    if changed.teacher in changed.assistants:
        changed = replace(changed, assistants=())
    return f"{lesson}: {names}, {change_lesson(lesson, changed, action=walk.action())}"


CHANGES: dict[str, Callable[[LessonPlan, LessonPlan], LessonPlan]] = {
    "period": lambda now, wished: replace(now, starts_at=wished.starts_at, ends_at=wished.ends_at),
    "end": lambda now, wished: replace(now, ends_at=now.starts_at + HOUR / 2),
    "teacher": lambda now, wished: replace(now, teacher=wished.teacher),
    "assistants": lambda now, wished: replace(now, assistants=wished.assistants),
    "class groups": lambda now, wished: replace(now, class_groups=wished.class_groups),
    "title": lambda now, wished: replace(now, title=wished.title),
    "course": lambda now, wished: replace(now, course=wished.course),
    "recording": lambda now, wished: replace(now, record_mode=RecordMode.NONE),
    "nothing": lambda now, wished: now,
}


def publish(walk: Walk) -> str:
    lesson = walk.one_of(*LessonState)
    if lesson is not None:
        publish_lesson(lesson, action=walk.action())
    return str(lesson)


def cancel(walk: Walk) -> str:
    lesson = walk.one_of(*LessonState)
    if lesson is not None:
        cancel_lesson(lesson, reason="停电", at=BEGINS, action=walk.action())
    return str(lesson)


def restore(walk: Walk) -> str:
    lesson = walk.one_of(LessonState.CANCELLED, LessonState.PUBLISHED)
    if lesson is not None:
        restore_lesson(lesson, action=walk.action())
    return str(lesson)


def delete(walk: Walk) -> str:
    lesson = walk.one_of(*LessonState)
    if lesson is not None:
        delete_lessons([lesson], at=timezone.now(), action=walk.action())
    return str(lesson)


WAYS = (plan, plan_two, *[change] * 5, *[publish] * 2, *[cancel] * 2, *[restore] * 2, delete)


# --- What must agree ------------------------------------------------------------------------------


@dataclass(frozen=True)
class State:
    """The state that several checks look at, read once after a step."""

    lessons: dict[str, Lesson]
    histories: list[tuple[Lesson, list[LessonChange]]]
    # Each person's own timetable is here, by the lesson's code.
    rows: dict[User, dict[str, LessonRow]]


def read_state(walk: Walk) -> State:
    lessons = {lesson.code: lesson for lesson in Lesson.objects.all()}
    histories = [
        (each, list(each.changes.select_related("action").order_by("pk")))
        for each in lessons.values()
    ]
    rows = {
        user: {row.code: row for row in rows_of(own_timetable(user).lessons())}
        for user in walk.tokens
    }
    return State(lessons, histories, rows)


def history_is_a_chain_that_ends_in_the_lesson(walk: Walk, state: State) -> None:
    for lesson, rows in state.histories:
        assert rows[0].before is None
        for before, after in pairwise(rows):
            assert _noticed(after.was) == _noticed(before.became)
        assert _noticed(rows[-1].became) == _noticed(snapshot_of(lesson))
        for row in rows:
            assert row.kinds == kinds_between(row.was, row.became)
            assert row.kinds


def _noticed(snapshot: LessonSnapshot | None) -> LessonSnapshot | None:
    """Without a default title: that it became another one is nothing that anybody is told."""
    if snapshot is None:
        return None
    return replace(snapshot, title=topic_of(snapshot.title, snapshot.course.name))


def deleted_lessons_have_a_history_that_ends(walk: Walk, state: State) -> None:
    there = Lesson.objects.values("code")
    for code in set(LessonChange.objects.exclude(lesson_code__in=there).values_list("lesson_code")):
        last = LessonChange.objects.filter(lesson_code__in=code).latest("pk")
        assert (last.lesson, last.after) == (None, None)


def sequence_counts_what_calendars_hear_of(walk: Walk, state: State) -> None:
    for lesson, rows in state.histories:
        known = [row for row in rows if row.was is not None and not row.was.is_draft]
        heard = [row for row in known if not SHOWN_IN_CALENDARS.isdisjoint(row.kinds)]
        assert lesson.sequence == len(heard)
        if heard:
            assert lesson.changed_at == heard[-1].action.at


def what_is_pointed_out_follows_from_the_history(walk: Walk, state: State) -> None:
    for lesson, rows in state.histories:
        sides = [
            (row, row.was, row.became)
            for row in rows
            if row.was is not None and row.became is not None and not row.was.is_draft
        ]
        moves = [(row, was) for row, was, now in sides if was.starts_at != now.starts_at]
        swaps = [(row, was) for row, was, now in sides if was.teacher != now.teacher]
        assert (lesson.moved_at is None) == (lesson.moved_from is None)
        if lesson.moved_at is not None:
            assert lesson.moved_at == moves[-1][0].action.at
            assert lesson.moved_from in [was.starts_at for _row, was in moves]
            assert lesson.moved_from != lesson.starts_at
        elif moves:  # taken back
            assert lesson.starts_at in [was.starts_at for _row, was in moves]
        assert (lesson.teacher_changed_at is None) == (lesson.known_teacher_id is None)
        if lesson.teacher_changed_at is not None:
            assert lesson.teacher_changed_at == swaps[-1][0].action.at
            assert lesson.known_teacher_id in [was.teacher.pk for _row, was in swaps]
            assert lesson.known_teacher_id != lesson.teacher_id
        elif swaps:
            assert lesson.teacher_id in [was.teacher.pk for _row, was in swaps]


def timetables_show_what_the_history_says(walk: Walk, state: State) -> None:
    last = {lesson.code: rows[-1].became for lesson, rows in state.histories}
    for user, rows in state.rows.items():
        groups = walk.groups_of[user]
        expected = {
            code: now
            for code, now in last.items()
            if now is not None
            and not now.is_draft
            and (
                user.pk in {now.teacher.pk, *now.assistant_ids}
                or not groups.isdisjoint(now.class_group_ids)
            )
        }
        assert rows.keys() == expected.keys()
        for code, row in rows.items():
            now = expected[code]
            assert (row.starts_at, row.ends_at, row.state) == (
                now.starts_at,
                now.ends_at,
                now.state,
            )
            assert (topic_of(row.title, row.course), row.course, row.teacher) == (
                topic_of(now.title, now.course.name),
                now.course.name,
                now.teacher.name,
            )
            assert {*row.assistants, *row.class_groups} == {
                each.name for each in (*now.assistants, *now.class_groups)
            }


def calendars_show_what_the_history_says(walk: Walk, state: State) -> None:
    """Also what was deleted or cancelled of late; and nobody hears of anything with an older sequence."""
    today = timezone.localdate()
    shown_from = start_of_day(today - DAYS_BACK * DAY)
    shown_until = start_of_day(today + (DAYS_AHEAD + 1) * DAY)
    cancelled_from = start_of_day(today - CALENDARS_TOLD_FOR)
    for user, token in walk.tokens.items():
        answer = Client().get(f"/schedule/feeds/{token}.ics")
        events = {event.uid.partition("@")[0]: event for event in by_icalendar(answer.content)}
        rows = {
            row.code: row
            for row in state.rows[user].values()
            if shown_from <= row.starts_at < shown_until
        }
        for code, row in rows.items():
            lesson = state.lessons[code]
            if lesson.is_cancelled and lesson.changed_at < cancelled_from:
                assert code not in events
                continue
            event = events[code]
            assert (event.starts_at, event.ends_at) == (row.starts_at, row.ends_at)
            assert (event.status == "CANCELLED") == lesson.is_cancelled
            assert (event.sequence, event.changed_at) == (lesson.sequence, lesson.changed_at)
            assert row.teacher in event.description
        for code in events.keys() - rows.keys():
            assert code not in state.lessons
            assert events[code].status == "CANCELLED"
        for code, event in events.items():
            assert event.sequence >= walk.told.get((user.pk, code), 0)
            walk.told[user.pk, code] = event.sequence


def lesson_pages_tell_all_to_staff_and_nothing_of_drafts_to_others(
    walk: Walk, state: State
) -> None:
    for lesson, rows in state.histories:
        published = [row for row in rows if row.became is not None and not row.became.is_draft]
        assert _length(lesson, Relation.STAFF) == len(rows)
        assert _length(lesson, Relation.STUDENT) == len(published)


def _length(lesson: Lesson, relation: Relation) -> int:
    found = history_of(lesson, {relation})
    return len(found.recent) + len(found.earlier)


CHECKS: tuple[Callable[[Walk, State], None], ...] = (
    history_is_a_chain_that_ends_in_the_lesson,
    deleted_lessons_have_a_history_that_ends,
    sequence_counts_what_calendars_hear_of,
    what_is_pointed_out_follows_from_the_history,
    timetables_show_what_the_history_says,
    calendars_show_what_the_history_says,
    lesson_pages_tell_all_to_staff_and_nothing_of_drafts_to_others,
)


# --- The walk -------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_history_columns_timetables_and_calendars_agree_after_every_step(seed: int) -> None:
    with time_machine.travel(BEGINS, tick=False) as now:
        walk = _walk(Random(seed), now)
        for _step in range(STEPS):
            walk.step()
            print(f"seed {seed}, {walk.done[-1]}")  # noqa: T201 -- shown when a check fails
            state = read_state(walk)
            for check in CHECKS:
                check(walk, state)
    assert LessonChange.objects.count() > STEPS // 4


def _walk(random: Random, now: time_machine.Traveller) -> Walk:
    groups = ClassGroupFactory.create_batch(3)
    # One of two class groups, and one of the third.
    students = UserFactory.create_batch(2, roles=[Role.STUDENT])
    for number, group in zip((0, 0, 1), groups, strict=True):
        MembershipFactory.create(user=students[number], class_group=group)
    teachers = UserFactory.create_batch(3, roles=[Role.TEACHER])
    return Walk(
        random=random,
        now=now,
        teachers=teachers,
        tokens={user: make_token(user, at=BEGINS) for user in (*teachers, *students)},
        students=students,
        class_groups=groups,
        groups_of={
            user: set(user.memberships.values_list("class_group", flat=True))
            for user in (*teachers, *students)
        },
        courses=CourseFactory.create_batch(2),
    )
