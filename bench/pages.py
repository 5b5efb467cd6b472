"""The cost of pages to the web server, with a small school and with one a hundred times as large.

Two schools with the same week, of 2,000 and of 200,000 past lessons, each in a database of its own behind
a web server of its own. Measured is the processor time of the web processes, which other work on
the machine changes little: of each page the best of a few rounds, asked in turn with its floor, the same
bytes from the same server by a view that does nothing. Beside it stand how long one client waits for the
page (of a round its quicker requests, which other work did not make wait), again with its floor, the
processor time of PostgreSQL, and how many statements it is asked. Then eight clients ask at once.

    make bench    or    .venv/bin/python bench/pages.py
"""

# ruff: noqa: PLC0415 -- models can only be imported once Django is set up, which needs the stack
from __future__ import annotations

import datetime as dt
import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

import clients
import school
import table
from stack import SDK_APP_ID, Stack, percentile
from table import Row

if TYPE_CHECKING:
    from accounts.models import User
    from schedule.models import Lesson

PAST_LESSONS = {"small": 2_000, "large": 200_000}
TEACHERS, CLASS_GROUPS = 100, 60
PEOPLE = 2_000  # with teachers and planner; the others are students
A_DAY = 8  # lessons, each a period
ROUNDS, REQUESTS, WARM_UP = 4, 20, 5
CLIENTS, CLIENTS_S = 8, 4.0
COURSEWARE = 20
SAME = "/bench/same/"
POSTGRES = "postgres"
UNDISTURBED = 0.1  # as long as this share of requests, or less
LESSON = b'href="/schedule/lessons/'


@dataclass(frozen=True, slots=True)
class Page:
    what: str
    path: str
    cookie: str
    at_most_ms: float | None
    mark: bytes = b""  # what shows that it is the right page, so often
    times: int = 1
    is_in_both: bool = False  # schools
    at_most_floors: float | None = None  # of the time that one client waits
    at_most_statements: int | None = None
    at_most_cpu_floors: float | None = None  # of the processor time, in place of `at_most_ms`


class Cost(NamedTuple):
    """The cost of one request, in the mean of a round; how long it was waited for, in its quicker ones."""

    web_ms: float
    postgres_ms: float
    waited_ms: float


class Schools:
    """Both of them, and who looks at them."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        teachers = school.add_people([f"t{n}" for n in range(TEACHERS)], "teacher")
        groups = school.add_class_groups([f"{n + 1}班" for n in range(CLASS_GROUPS)])
        (planner,) = school.add_people(["planner"], "planner")
        students = school.add_people([f"s{n}" for n in range(PEOPLE - TEACHERS - 1)], "student")
        for number, group in enumerate(groups):
            school.add_members(group, students[number :: len(groups)])
        school.add_term(A_DAY)
        self.usual, self.busy = teachers[:2]
        self.planner_cookie, self.teacher_cookie = map(school.cookie_of, (planner, self.usual))
        lessons = school.plan_lessons(
            self.usual, groups[0], _starts(days=5, a_day=A_DAY, minutes=60)
        )
        many = _starts(days=5, a_day=40, minutes=15)
        busy = school.plan_lessons(self.busy, groups[1], many, minutes=15)
        saturday = _starts(first_day=5, days=1, a_day=40, minutes=15)
        pairs = zip(teachers[2:7], groups[2:7], strict=True)
        of_school = [
            planned
            for teacher, group in pairs
            for planned in school.plan_lessons(teacher, group, saturday, minutes=15)
        ]
        self.lesson, self.saturday = lessons[-1], saturday[0].date()
        _add_rooms([*lessons, *busy, *of_school])
        _add_courseware(self.usual)
        school.forget_messages(stack.valkey.url)
        urls = {name: stack.copy_of_database(f"bench_{name}") for name in PAST_LESSONS}
        for name, count in PAST_LESSONS.items():
            school.add_past_lessons(
                urls[name], count, like=lessons[0], teachers=teachers[2:], groups=groups[2:]
            )
        self.ports = {
            name: stack.start_web(name=name, environment={"DATABASE_URL": url})
            for name, url in urls.items()
        }

    def pages(self) -> list[Page]:
        planner, teacher = self.planner_cookie, self.teacher_cookie
        week = "/schedule/"
        usual, busy = (f"{week}?teacher={each.username}" for each in (self.usual, self.busy))
        return [
            _week_of_40("a planner's", usual, planner),
            _week_of_40("a teacher's own", week, teacher),
            Page(
                "week of 200 lessons, a planner's", busy, planner, 30, LESSON, 200, is_in_both=True
            ),
            Page(
                "day of 200 lessons, a planner's",
                f"{week}today/?day={self.saturday}",
                planner,
                30,
                LESSON,
                200,
                is_in_both=True,
            ),
            Page("list of replays", "/replays/", planner, 10, mark=b"replay-title", times=10),
            Page("list of courseware", "/courseware/", teacher, 10, mark=b"/courseware/", times=10),
            Page("page of a lesson", f"{week}lessons/{self.lesson.code}/", teacher, 8),
            Page("profile", "/accounts/profile/", teacher, 3),
            _people(f"list of {PEOPLE:,} people", "", planner, at_most_floors=25),
            _people("  one letter typed", "?q=l", planner, at_most_floors=20),
            _people("  a name typed in pinyin", "?q=lijingyi17", planner, at_most_floors=20),
            Page(
                "page of a teacher, a planner's",
                f"/people/{self.usual.code}/",
                planner,
                10,
                at_most_statements=20,
            ),
        ]


def _week_of_40(whose: str, path: str, cookie: str) -> Page:
    return Page(
        f"week of 40 lessons, {whose}",
        path,
        cookie,
        at_most_ms=10,
        mark=LESSON,
        times=40,
        is_in_both=True,
        at_most_floors=55,
        at_most_statements=10,
    )


def _people(what: str, query: str, cookie: str, *, at_most_floors: float) -> Page:
    return Page(
        what,
        f"/people/{query}",
        cookie,
        at_most_ms=None,
        mark=b'class="people-name"',
        times=20,
        at_most_cpu_floors=at_most_floors,
    )


def _starts(*, days: int, a_day: int, minutes: int, first_day: int = 0) -> list[dt.datetime]:
    first = school.monday() + dt.timedelta(days=first_day, hours=8)
    return [
        first + dt.timedelta(days=day, minutes=number * minutes)
        for day in range(days)
        for number in range(a_day)
    ]


def _add_rooms(lessons: list[Lesson]) -> None:
    """As if made ahead; no cloud is asked for them here."""
    from schedule.enums import RoomReason
    from schedule.models import Room

    Room.objects.bulk_create(
        Room(
            lesson=each,
            sdk_app_id=SDK_APP_ID,
            room_id=500_000_000 + number,
            reason=RoomReason.AHEAD,
        )
        for number, each in enumerate(lessons)
    )


def _add_courseware(owner: User) -> None:
    from courseware.models import Courseware

    Courseware.objects.bulk_create(
        Courseware(
            owner=owner,
            name=f"第{number}课 荷花.pptx",
            file=f"courseware/{number}.pptx",
            suffix="pptx",
            kind="document",
            size_bytes=3_000_000,
            transcode_type=1,
            sha256=f"{number:064}",
            state="ready",
            pages=20,
        )
        for number in range(COURSEWARE)
    )


class Asker:
    """Asks one page of one school, and its floor."""

    def __init__(self, stack: Stack, server: str, port: int, page: Page) -> None:
        self._stack, self._server, self._page = stack, server, page
        self._connection = clients.connect(port)
        self._floor = f"{SAME}{_put(stack, self._ask(page.path))}"
        for _ in range(WARM_UP):
            self._ask(page.path)
            self._ask(self._floor)
        self.statements = clients.statements(self._connection, page.path, page.cookie)
        self.page: list[Cost] = []
        self.floor: list[Cost] = []

    def _ask(self, path: str) -> bytes:
        body = clients.ask(self._connection, path, self._page.cookie)
        if body.count(self._page.mark) < self._page.times:
            raise SystemExit(f"{path} does not show what it should")
        return body

    def ask(self) -> None:
        """One round of each."""
        self.page.append(self._cost(self._page.path))
        self.floor.append(self._cost(self._floor))

    def _cost(self, path: str) -> Cost:
        waited_s = []
        web_s, postgres_s = map(self._stack.processor_s, (self._server, POSTGRES))
        for _ in range(REQUESTS):
            started = time.perf_counter()
            self._ask(path)
            waited_s.append(time.perf_counter() - started)
        return Cost(
            web_ms=(self._stack.processor_s(self._server) - web_s) * 1000 / REQUESTS,
            postgres_ms=(self._stack.processor_s(POSTGRES) - postgres_s) * 1000 / REQUESTS,
            waited_ms=percentile(waited_s, UNDISTURBED) * 1000,
        )


_numbers = itertools.count()


def _put(stack: Stack, body: bytes) -> str:
    """Put these bytes where the view that does nothing finds them, and return their name."""
    name = f"same-{next(_numbers)}"
    (stack.folder / name).write_bytes(body)
    return name


def page_rows(schools: Schools, page: Page) -> Iterator[Row]:
    names = list(PAST_LESSONS) if page.is_in_both else ["small"]
    askers = [Asker(schools.stack, name, schools.ports[name], page) for name in names]
    for _round in range(ROUNDS):
        for each in askers:
            each.ask()
    small = askers[0]
    best, floor = (_best(costs) for costs in (small.page, small.floor))
    is_in_floors = page.at_most_cpu_floors is not None
    yield Row(
        what=page.what,
        value=best.web_ms,
        unit="ms cpu",
        floor=floor.web_ms,
        at_most=page.at_most_cpu_floors if is_in_floors else page.at_most_ms,
        of_ratio=is_in_floors,
    )
    if page.is_in_both:
        yield Row(
            what=f"  with {PAST_LESSONS['large']:,} lessons beside {PAST_LESSONS['small']:,}",
            value=_best(askers[1].page).web_ms,
            unit="ms cpu",
            floor=best.web_ms,
            at_most=1.2,
            of_ratio=True,
        )
    yield Row(
        what="  waited by one client",
        value=best.waited_ms,
        unit="ms",
        floor=floor.waited_ms,
        at_most=page.at_most_floors,
        of_ratio=page.at_most_floors is not None,
    )
    yield Row(what="  of PostgreSQL", value=best.postgres_ms, unit="ms cpu")
    yield Row(
        what="  asked of it",
        value=small.statements,
        unit="statements",
        at_most=page.at_most_statements,
    )


def _best(costs: list[Cost]) -> Cost:
    """The least of each: what other work adds differs from round to round."""
    return Cost(*map(min, zip(*costs, strict=True)))


def clients_row(schools: Schools, what: str, path: str) -> Row:
    port, cookie = schools.ports["small"], schools.planner_cookie
    same = SAME + _put(schools.stack, clients.ask(clients.connect(port), path, cookie))

    def a_second(path: str) -> float:
        request = clients.get(path, cookie)
        return clients.a_second(
            port, lambda _n: itertools.repeat(request), clients=CLIENTS, lasting_s=CLIENTS_S
        )

    a_second(path)
    return Row(what=what, value=a_second(path), unit="/s", floor=a_second(same))


def rows() -> list[Row]:
    with Stack() as stack:
        schools = Schools(stack)
        rows = [row for page in schools.pages() for row in page_rows(schools, page)]
        usual = f"/schedule/?teacher={schools.usual.username}"
        search = f"/replays/?q={quote('第17讲')}"
        return [
            *rows,
            clients_row(schools, f"weeks of 40 lessons, {CLIENTS} clients", usual),
            clients_row(schools, f"list of replays with a search, {CLIENTS} clients", search),
        ]


if __name__ == "__main__":
    table.end_in(rows)
