"""Random schools, compared with a model that knows the grades of its class groups and never reads a name."""

from __future__ import annotations

import datetime as dt
import random
from collections import defaultdict
from dataclasses import dataclass

import pytest

from accounts.models import User
from schedule.enums import MembershipKind
from schedule.models import ClassGroup, Membership
from schedule.school_year.proposals import proposed_rows, top_grades
from schedule.school_year.undo import undo_school_year
from schedule.school_year.wish import YearWish
from schedule.school_year.writing import begin_school_year
from tests.factories.accounts import UserFactory
from tests.support.school_years import rows_of_school

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
NUMERALS = ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二"]
# Grades that follow on each other, with what stands around them in names of class groups.
CHAINS: list[tuple[list[str], str]] = [
    ([f"{numeral}年级" for numeral in NUMERALS], "{}{}班"),
    ([f"{number}年级" for number in range(1, 13)], "实验{}({})班"),
    (["初一", "初二", "初三", "高一", "高二", "高三"], "{}({})班"),
    ([f"Grade {number}" for number in range(1, 13)], "{} Class {}"),
    (NUMERALS, "{}({})班"),
]
# The last grades of schools of each kind.
LAST = ("六年级", "九年级", "十二年级", "6年级", "9年级", "12年级", "初三", "高三")
LAST_PLAIN = ("Grade 6", "Grade 9", "Grade 12", "六", "九", "十二")
WITHOUT_GRADE = ("合唱团", "2024级1班", "数学竞赛", "24级3班")

Days = tuple[dt.date | None, dt.date | None]
# The days of each person, kind and class group.
Stays = dict[tuple[int, str, str], list[Days]]


@dataclass(slots=True)
class Kind:
    """A class group as the model knows it: which chain, how far up, and its number."""

    chain: int
    grade: int
    number: int

    @property
    def name(self) -> str:
        grades, pattern = CHAINS[self.chain]
        return pattern.format(grades[self.grade], self.number)

    @property
    def text(self) -> str:
        return CHAINS[self.chain][0][self.grade]

    @property
    def after(self) -> Kind | None:
        is_last = self.grade + 1 == len(CHAINS[self.chain][0])
        return None if is_last else Kind(self.chain, self.grade + 1, self.number)


def random_kinds(dice: random.Random) -> list[Kind]:
    (chain,) = dice.sample(range(len(CHAINS)), 1)
    grades = len(CHAINS[chain][0])
    first = dice.randrange(grades)
    last = dice.randrange(first, grades)
    return [
        Kind(chain, grade, number)
        for grade in range(first, last + 1)
        if grade in {first, last} or dice.random() < 0.8
        for number in range(1, dice.randint(2, 4))
    ]


def add_members(group: ClassGroup, people: list[User], day: dt.date, dice: random.Random) -> None:
    """Add some that always were there, some with days, and a class teacher."""
    for user in dice.sample(people, 3):
        first = dice.choice([None, None, day - 90 * DAY])
        last = dice.choice([None, None, None, day - DAY, day, day + 20 * DAY, day - 9 * DAY])
        Membership.objects.create(class_group=group, user=user, from_date=first, to_date=last)
        if last is not None and dice.random() < 0.3:
            Membership.objects.create(class_group=group, user=user, from_date=last + 9 * DAY)
    kind = MembershipKind.CLASS_TEACHER
    Membership.objects.create(class_group=group, user=dice.choice(people), kind=kind)


def stays() -> Stays:
    periods: Stays = defaultdict(list)
    for row in Membership.objects.select_related("class_group"):
        is_old = "" if row.class_group.archived_at is None else " (old)"
        name = f"{row.class_group.name}{is_old}"
        periods[row.user_id, row.kind, name].append((row.from_date, row.to_date))
    return {key: sorted(days, key=str) for key, days in periods.items()}


def expected_stays(before: Stays, ways: dict[str, str | None], day: dt.date) -> Stays:
    """Go through all days of everybody; `ways` are the names after those of before, None of who leaves."""
    after: Stays = defaultdict(list)
    for (user, kind, name), periods in before.items():
        for first, last in periods:
            if name not in ways:
                after[user, kind, name].append((first, last))
                continue
            if first is None or first < day:
                end = last if last is not None and last < day else day - DAY
                after[user, kind, f"{name} (old)"].append((first, end))
            new = ways[name]
            if new is not None and (last is None or last >= day):
                begin = first if first is not None and first >= day else day
                after[user, kind, new].append((begin, last))
    return {key: sorted(days, key=str) for key, days in after.items()}


@pytest.mark.parametrize("seed", range(12))
def test_random_school_rises_as_the_model_says_and_comes_back(
    seed: int, by: User, first_day: dt.date
):
    dice = random.Random(seed)
    kinds = random_kinds(dice)
    people = UserFactory.create_batch(12)
    names = [kind.name for kind in kinds] + dice.sample(WITHOUT_GRADE, 2)
    for name in names:
        add_members(ClassGroup.objects.create(name=name), people, first_day, dice)
    present = {kind.text for kind in kinds}
    tops = {top.grade: top for top in top_grades(names)}
    leaving = {grade for grade in tops if dice.random() < 0.5}
    # Who is to come later cannot come to a class group that leaves.
    ends = {k.name for k in kinds if k.text in leaving or k.after is None}
    Membership.objects.filter(class_group__name__in=ends, from_date__gte=first_day).delete()
    ways: dict[str, str | None] = {
        kind.name: None if kind.text in leaving or kind.after is None else kind.after.name
        for kind in kinds
    }

    # The model asks of the same grades, and proposes the same.
    asked = {
        kind.text
        for kind in kinds
        if kind.after is not None
        and (kind.after.text not in present or kind.text in {*LAST, *LAST_PLAIN})
    }
    assert tops.keys() == asked
    for grade, top in tops.items():
        assert top.leaves == (grade in {*LAST, *LAST_PLAIN} and top.next not in present)
    before, rows_before = stays(), rows_of_school()
    rows = proposed_rows(names, leaving)
    groups = ClassGroup.objects.all()
    wish = YearWish(first_day, {group.pk: rows[group.name] for group in groups})

    year = begin_school_year(wish, by=by)

    assert stays() == expected_stays(before, ways, first_day)
    active = set(ClassGroup.objects.active().values_list("name", flat=True))
    assert active == {*filter(None, ways.values()), *(set(names) - ways.keys())}

    undo_school_year(year, by=by)

    assert rows_of_school() == rows_before
