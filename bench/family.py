"""The cost of a family's page, and of guesses at its address, in a school with a past.

Measured is the processor time of the web processes, of the best of a few rounds. Beside the page stand the same bytes by a
view that does nothing; beside a guess the same bytes by a view that answers 404 and nothing else, through the
platform's own middleware. Guesses come from an address that has guessed little, and from one that has guessed too often.

    make bench    or    .venv/bin/python bench/family.py
"""

# ruff: noqa: PLC0415 -- models can only be imported once Django is set up, which needs the stack
from __future__ import annotations

import datetime as dt
import http.client
import secrets
from collections.abc import Callable
from http import HTTPStatus

import clients
import school
import table
from floors import Asker as PageAsker
from stack import Stack
from table import Row

LESSONS_A_DAY, DAYS, PAST_LESSONS = 8, 5, 20_000
STUDENTS = 40
ROUNDS, REQUESTS, WARM_UP = 4, 50, 10
MISSING = "/bench/missing/guess"
PAGE_FLOORS, GUESS_FLOORS = 25, 3
GUESSER = "203.0.113.9"


def make_family(stack: Stack) -> tuple[str, str]:
    """Make a week of 40 lessons, and a link of two children who attend them; return its page, and a browser's cookie."""
    from django.test import Client

    from edu_platform.lib.secret_tokens import digest_of, make_secret_token
    from schedule.models import FamilyLink

    teachers = school.add_people([f"t{number}" for number in range(20)], "teacher")
    students = school.add_people([f"s{number}" for number in range(STUDENTS)], "student")
    groups = school.add_class_groups([f"{number + 1}班" for number in range(20)])
    school.add_members(groups[0], students)
    school.add_term(LESSONS_A_DAY)
    first = school.monday() + dt.timedelta(hours=8)
    starts = [
        first + dt.timedelta(days=day, hours=hour)
        for day in range(DAYS)
        for hour in range(LESSONS_A_DAY)
    ]
    lessons = school.plan_lessons(teachers[0], groups[0], starts)
    school.forget_messages(stack.valkey.url)
    school.add_past_lessons(
        stack.postgres.url(),
        PAST_LESSONS,
        like=lessons[0],
        teachers=teachers[1:],
        groups=groups[1:],
    )
    token = make_secret_token()
    link = FamilyLink.objects.create(
        label="妈妈", token_digest=digest_of(token), made_by=teachers[0]
    )
    for child in students[:2]:
        link.children.create(person=child)
    page = f"/family/{token}/"
    browser = Client(headers={"host": "127.0.0.1"})
    browser.post(page)
    (cookie,) = browser.cookies.values()
    return page, f"{cookie.key}={cookie.value}"


def page_row(stack: Stack, port: int, page: str, cookie: str) -> Row:
    connection = clients.connect(port)
    body = clients.ask(connection, page, cookie)
    if body.count(b'class="day-lesson ') != LESSONS_A_DAY * DAYS:
        raise SystemExit(f"the page of a family holds other lessons: {body.decode()}")
    asker = PageAsker(stack, "web", connection, cookie)
    value, floor = asker.cost_ms(page, body, "family")
    return Row(
        what=f"page of a family, week of {LESSONS_A_DAY * DAYS} lessons",
        value=value,
        unit="ms cpu",
        floor=floor,
        at_most=PAGE_FLOORS,
        of_ratio=True,
    )


class Guesser:
    """Guesses at addresses of families, from one network or each time from another."""

    def __init__(self, stack: Stack, port: int) -> None:
        self._stack, self._connection = stack, clients.connect(port)

    def ask(self, path: str, network: str, expected: int) -> bytes:
        self._connection.request("GET", path, headers={"X-Forwarded-For": network})
        answer: http.client.HTTPResponse = self._connection.getresponse()
        body = answer.read()
        if answer.status != expected:
            raise SystemExit(f"{path} answered {answer.status}")
        return body

    def guess(self, network: str, expected: int) -> bytes:
        return self.ask(f"/family/{secrets.token_urlsafe(24)}/", network, expected)

    def cost_ms(self, ask: Callable[[], object]) -> float:
        for _ in range(WARM_UP):
            ask()
        return min(self._round_ms(ask) for _ in range(ROUNDS))

    def _round_ms(self, ask: Callable[[], object]) -> float:
        before_s = self._stack.processor_s("web")
        for _ in range(REQUESTS):
            ask()
        return (self._stack.processor_s("web") - before_s) * 1000 / REQUESTS


def elsewhere() -> str:
    """Return an address that has guessed nothing yet."""
    return ".".join(str(secrets.choice(range(1, 255))) for _part in range(4))


def guess_rows(stack: Stack, port: int) -> list[Row]:
    guesser = Guesser(stack, port)
    missing, refused = HTTPStatus.NOT_FOUND, HTTPStatus.TOO_MANY_REQUESTS
    body = guesser.guess(elsewhere(), missing)
    (stack.folder / "guess").write_bytes(body)
    floor = guesser.cost_ms(lambda: guesser.ask(MISSING, GUESSER, missing))
    few = guesser.cost_ms(lambda: guesser.guess(elsewhere(), missing))
    _guess_too_often(guesser)
    many = guesser.cost_ms(lambda: guesser.guess(GUESSER, refused))
    return [
        Row(
            what=what,
            value=value,
            unit="ms cpu",
            floor=floor,
            at_most=GUESS_FLOORS,
            of_ratio=True,
        )
        for what, value in (
            ("guess at the address of a family", few),
            ("  from a network that has guessed too often", many),
        )
    ]


def _guess_too_often(guesser: Guesser) -> None:
    from edu_platform.lib.guesses import WRONG_AT_MOST

    for _guess in range(WRONG_AT_MOST):
        guesser.guess(GUESSER, HTTPStatus.NOT_FOUND)


def rows() -> list[Row]:
    with Stack() as stack:
        page, cookie = make_family(stack)
        port = stack.start_web(environment={"TRUSTED_PROXIES": "1"})
        return [page_row(stack, port, page, cookie), *guess_rows(stack, port)]


if __name__ == "__main__":
    table.end_in(rows)
