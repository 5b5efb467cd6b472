"""Long work in tests: what takes long, done by a worker at once, and its page as whoever asked for it sees it."""

from __future__ import annotations

import datetime as dt

from django.test import Client
from django.utils import timezone

from accounts.enums import Role
from schedule.enums import WeeklyLessonSource
from schedule.models import Term, Work
from schedule.terms.weekly_lessons.writing import WeeklyLessonPlan, insert_weekly_lessons
from schedule.work.writing import do_long_work, stop_work
from tests.factories.accounts import UserFactory
from tests.factories.schedule import ClassGroupFactory, CourseFactory, TermFactory, coming_monday
from tests.support.pages import Element, main

DAYS = 5


def long_term(*, weeks: int, a_week: int, class_groups: int, name: str = "秋季学期") -> Term:
    """Make a term with so many weekly lessons of class groups that each have their own teacher, in a few statements."""
    term: Term = TermFactory.create(name=name, weeks=weeks, first_monday=coming_monday())
    course = CourseFactory.create()
    pairs = [
        (UserFactory.create(roles=[Role.TEACHER]), ClassGroupFactory.create())
        for _number in range(class_groups)
    ]
    plans = []
    for number in range(a_week):
        place, pair = divmod(number, class_groups)
        hour, day = divmod(place, DAYS)
        teacher, group = pairs[pair]
        plan = WeeklyLessonPlan(
            course=course,
            teacher=teacher,
            class_groups=(group,),
            weekday=day + 1,
            starts=dt.time(8 + hour),
            ends=dt.time(8 + hour, 45),
        )
        plans.append(plan)
    insert_weekly_lessons(term, plans, source=WeeklyLessonSource.PAGE)
    return term


def done_by_worker() -> Work:
    """Have a worker do the work that waits, and return it."""
    do_long_work(timezone.now())
    return Work.objects.latest("pk")


def stop(work: Work) -> bool:
    """Stop it as whoever asked for it does."""
    return stop_work(work, by=work.asked_by)


def address_of(work: Work) -> str:
    return f"/schedule/work/{work.code}/"


def page_of_work(client: Client, work: Work) -> Element:
    return main(client.get(address_of(work)))


def way_of(page: Element) -> str:
    """The address that the page of work which has ended leads to."""
    return page.one("a", "button").attrs["href"]


def refusal_on(page: Element) -> str:
    return page.one("p", role="alert").text
