"""Half days and days off of some class groups on the pages of a week and of a day."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client

from accounts.models import User
from schedule.enums import DayKind
from schedule.models import ClassGroup, Term, TermDay
from tests.cast import SignedIn
from tests.factories.schedule import ClassGroupFactory, MembershipFactory, TermFactory
from tests.support.days_off import add_part_off
from tests.support.pages import main

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_china")]

MONDAY = dt.date(2026, 8, 31)
HALF_DAY = "Wed from period 5 on: holiday (运动会)"
OUTING = "Mon to Fri: holiday for 七年级1班 (军训)"


@pytest.fixture(autouse=True)
def term(group: ClassGroup) -> Term:
    term = TermFactory.create(first_monday=MONDAY, weeks=4)
    add_part_off(term, MONDAY + dt.timedelta(days=2), name="运动会", from_bell=5)
    friday = MONDAY + dt.timedelta(days=4)
    add_part_off(term, MONDAY, last_day=friday, name="军训", class_groups=[group])
    return term


@pytest.fixture
def group() -> ClassGroup:
    return ClassGroupFactory.create(name="七年级1班")


@pytest.fixture
def planners(planner: User, signed_in: SignedIn) -> Client:
    return signed_in(planner, "en")


@pytest.mark.parametrize(
    "address", ["/schedule/matrix/2026-09-02/", "/schedule/matrix/2026-09-02/?of=week"]
)
def test_school_timetable_says_all_of_the_week(planners: Client, address: str):
    text = main(planners.get(address, follow=True)).text

    assert HALF_DAY in text
    assert OUTING in text


def test_many_are_counted(planners: Client, term: Term):
    groups = [ClassGroupFactory.create(name=f"九年级{number}班") for number in range(1, 6)]
    add_part_off(term, MONDAY, name="考试", class_groups=groups)
    for _number in range(2):
        add_part_off(term, MONDAY, name="参观", class_groups=groups[:1])

    text = main(planners.get("/schedule/matrix/2026-09-02/", follow=True)).text

    assert "九年级1班, 九年级2班, 九年级3班 and 2 more (考试)" in text
    assert ("参观" in text, "and 2 more ·" in f"{text} ·") == (False, True)


def test_week_of_a_class_group_says_what_holds_for_it(planners: Client, group: ClassGroup):
    other = ClassGroupFactory.create(name="八年级1班")

    own = main(planners.get("/schedule/2026-09-02/", {"class_group": group.name})).text
    of_other = main(planners.get("/schedule/2026-09-02/", {"class_group": other.name})).text

    assert (HALF_DAY in own, OUTING in own) == (True, True)
    assert (HALF_DAY in of_other, OUTING in of_other) == (True, False)


def test_students_read_what_holds_for_their_own_class_group(
    signed_in: SignedIn, student: User, group: ClassGroup
):
    MembershipFactory.create(user=student, class_group=ClassGroupFactory.create(name="八年级1班"))

    text = main(signed_in(student, "en").get("/schedule/2026-09-02/")).text

    assert (HALF_DAY in text, OUTING in text) == (True, False)


def test_day_says_what_it_is(planners: Client, term: Term):
    friday = MONDAY + dt.timedelta(days=4)
    TermDay.objects.create(term=term, date=friday, kind=DayKind.HOLIDAY, name="校庆")

    def said(day: str) -> str:
        return main(planners.get("/schedule/today/", {"day": day})).one("div", "page-head").text

    assert HALF_DAY in said("2026-09-02")
    assert "Wed: holiday for 七年级1班 (军训)" in said("2026-09-02")
    assert HALF_DAY not in said("2026-09-03")
    assert "Fri: holiday (校庆)" in said("2026-09-04")
    assert "holiday" not in said("2026-09-07")
