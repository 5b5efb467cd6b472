"""The cost of the timetable of the whole school in one table: of a day, of a week of a large school, and as a file; and
of the grid on which the weekly lessons of a term are edited.

Measured is the processor time of the web processes, in floors: the same bytes from the same server by a
view that does nothing, asked in turn with the page.

    make bench    or    .venv/bin/python bench/matrix.py
"""

# ruff: noqa: PLC0415 -- models can only be imported once Django is set up, which needs the stack
from __future__ import annotations

import datetime as dt
import math
import time
from collections.abc import Iterable, Sequence
from itertools import islice, product
from typing import TYPE_CHECKING

import clients
import school
import table
from floors import ROUNDS, Asker
from stack import Stack
from table import Row

if TYPE_CHECKING:
    from accounts.models import User
    from schedule.models import BellTime, ClassGroup, Lesson, Term

PERIODS, DAYS_A_WEEK = 8, 5
FIRST_PERIOD, PERIOD_MIN, BREAK_MIN = dt.time(8), 40, 10
COURSES = ("语文", "数学", "英语", "音乐", "美术", "体育", "科学", "道德与法治", "信息科技", "劳动")
SMALL_CLASS_GROUPS = 36
TEACHERS = 200
# So many lessons in a week of no school: they answer all the same.
FLOOD = 20_000
DAY_FLOORS, WEEK_FLOORS, GRID_FLOORS = 55, 175, 250
# The small school has so many; each tenth place has one in odd weeks and one in even weeks.
WEEKLY_LESSONS, APART = 1076, 10
FILE_MS = FLOOD_MS = 2000
BATCH = 2000
MATRIX = "/schedule/matrix"
LESSON = b'href="/schedule/lessons/'
WEEKLY_LESSON = b'class="grid-lesson"'


def add_term(first_monday: dt.date) -> Term:
    from schedule.models import Term
    from schedule.terms.bells.bell_times import even_bells
    from schedule.terms.writing import set_bell_times

    last_day = first_monday + dt.timedelta(days=20 * 7 - 1)
    term = Term.objects.create(
        name="秋季学期", first_monday=first_monday, weeks=20, last_day=last_day
    )
    length, between = dt.timedelta(minutes=PERIOD_MIN), dt.timedelta(minutes=BREAK_MIN)
    set_bell_times(term, even_bells(PERIODS, first=FIRST_PERIOD, length=length, between=between))
    return term


def fill_term(term: Term, teachers: Sequence[User], groups: Sequence[ClassGroup]) -> None:
    """Give each class group weekly lessons from Monday on, as many as the term has."""
    from schedule.models import Course, WeeklyLesson

    courses, times = list(Course.objects.all()), list(times_of(term, len(groups)))
    weekly_lessons = WeeklyLesson.objects.bulk_create(
        WeeklyLesson(
            term=term,
            course=courses[(number + bell.number) % len(courses)],
            teacher=teachers[(number + bell.number) % len(teachers)],
            weekday=weekday,
            starts=bell.starts,
            ends=bell.ends,
            first_bell=bell.number,
            last_bell=bell.number,
            weeks=weeks,
        )
        for weekday, bell, number, weeks in times
    )
    through = WeeklyLesson.class_groups.through
    through.objects.bulk_create(
        through(weekly_lesson=weekly_lesson, classgroup=groups[number])
        for weekly_lesson, (_day, _bell, number, _weeks) in zip(weekly_lessons, times, strict=True)
    )


def times_of(term: Term, group_count: int) -> Iterable[tuple[int, BellTime, int, str]]:
    """Yield weekday, period, number of the class group, and weeks of each weekly lesson."""
    weekdays, bells = range(1, DAYS_A_WEEK + 1), list(term.bell_times.all())
    times = (
        (weekday, bell, number, weeks)
        for place, (weekday, bell, number) in enumerate(
            product(weekdays, bells, range(group_count))
        )
        for weeks in (("odd", "even") if place % APART == 0 else ("",))
    )
    return islice(times, WEEKLY_LESSONS)


def fill_week(monday: dt.date, teachers: Sequence[User], groups: Sequence[ClassGroup]) -> None:
    """Fill five days: each teacher teaches a class group in each period; as rows alone."""
    from schedule.models import Course, Lesson
    from schedule.week_grid import start_of_day

    courses = [Course.objects.get_or_create(name=name)[0] for name in COURSES]
    first = start_of_day(monday) + dt.timedelta(hours=FIRST_PERIOD.hour)
    length, step = (dt.timedelta(minutes=each) for each in (PERIOD_MIN, PERIOD_MIN + BREAK_MIN))
    starts = [
        first + dt.timedelta(days=day) + period * step
        for day, period in product(range(DAYS_A_WEEK), range(PERIODS))
    ]
    places = list(product(range(len(starts)), range(len(teachers))))
    lessons = Lesson.objects.bulk_create(
        (
            Lesson(
                course=courses[who % len(courses)],
                title=courses[who % len(courses)].name,
                teacher=teachers[who],
                starts_at=starts[when],
                ends_at=starts[when] + length,
            )
            for when, who in places
        ),
        batch_size=BATCH,
    )
    _add_class_groups(lessons, (groups[(when + who) % len(groups)] for when, who in places))


def _add_class_groups(lessons: Iterable[Lesson], groups: Iterable[ClassGroup]) -> None:
    from schedule.models import Lesson

    through = Lesson.class_groups.through
    pairs = zip(lessons, groups, strict=True)
    through.objects.bulk_create(
        (through(lesson=lesson, classgroup=group) for lesson, group in pairs), batch_size=BATCH
    )


def class_group_names(count: int) -> list[str]:
    return [f"{'一二三四五六'[number % 6]}年级{number // 6 + 1}班" for number in range(count)]


class School:
    """Its weeks: one of 36 class groups, one of 200 teachers, and one of far too many lessons."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        monday = school.monday()
        self.small, self.large, self.flood = (
            (monday + dt.timedelta(weeks=weeks)).date() for weeks in (1, 2, 3)
        )
        teachers = school.add_people([f"t{n}" for n in range(TEACHERS)], "teacher")
        (planner,) = school.add_people(["planner"], "planner")
        self.cookie = school.cookie_of(planner)
        term = add_term(monday.date())
        few = school.add_class_groups(class_group_names(SMALL_CLASS_GROUPS))
        fill_week(self.small, teachers[:SMALL_CLASS_GROUPS], few)
        fill_term(term, teachers[:SMALL_CLASS_GROUPS], few)
        self.grid = f"/schedule/terms/{term.code}/weekly/?span=week"
        small_url = stack.copy_of_database("bench_small")
        more = school.add_class_groups(class_group_names(TEACHERS)[SMALL_CLASS_GROUPS:])
        fill_week(self.large, teachers, [*few, *more])
        for _ in range(math.ceil(FLOOD / (TEACHERS * PERIODS * DAYS_A_WEEK))):
            fill_week(self.flood, teachers, [*few, *more])
        self.ports = {
            "small": stack.start_web(name="small", environment={"DATABASE_URL": small_url}),
            "large": stack.start_web(name="large"),
        }

    def floors_row(
        self, server: str, what: str, path: str, cells: int, at_most: int, *, cell: bytes = LESSON
    ) -> Row:
        """Return what a page with so many cells costs, in floors."""
        connection = clients.connect(self.ports[server])
        body = clients.ask(connection, path, self.cookie)
        if body.count(cell) < cells:
            raise SystemExit(f"{path} does not show what it should")
        asker = Asker(self.stack, server, connection, self.cookie)
        value, floor = asker.cost_ms(path, body, name=f"matrix-{cells}")
        return Row(
            what=what, value=value, unit="ms cpu", floor=floor, at_most=at_most, of_ratio=True
        )

    def time_row(self, what: str, path: str, at_most_ms: int) -> Row:
        connection = clients.connect(self.ports["large"])
        took_ms = []
        for _round in range(ROUNDS):
            started = time.perf_counter()
            clients.ask(connection, path, self.cookie)
            took_ms.append((time.perf_counter() - started) * 1000)
        return Row(what=what, value=min(took_ms), unit="ms", at_most=at_most_ms)


def rows() -> list[Row]:
    with Stack() as stack:
        made = School(stack)
        large, flood = f"{MATRIX}/{made.large}", f"{MATRIX}/{made.flood}"
        return [
            made.floors_row(
                "small",
                "matrix of a day, 36 class groups x 8 periods",
                f"{MATRIX}/{made.small}/",
                SMALL_CLASS_GROUPS * PERIODS,
                DAY_FLOORS,
            ),
            made.floors_row(
                "large",
                "matrix of a week, 200 teachers x 40 cells",
                f"{large}/?by=teacher&span=week",
                TEACHERS * PERIODS * DAYS_A_WEEK,
                WEEK_FLOORS,
            ),
            made.floors_row(
                "small",
                f"grid of a term of {WEEKLY_LESSONS:,} weekly lessons",
                made.grid,
                WEEKLY_LESSONS,
                GRID_FLOORS,
                cell=WEEKLY_LESSON,
            ),
            made.time_row(
                "  the same as XLSX", f"{large}/matrix.xlsx?by=teacher&span=week", FILE_MS
            ),
            made.time_row(
                f"matrix of a week of {FLOOD:,} lessons", f"{flood}/?span=week", FLOOD_MS
            ),
        ]


if __name__ == "__main__":
    table.end_in(rows)
