"""Lists of bell times: which holds for whom on which day, and which two are refused."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from itertools import combinations
from typing import Any

import pytest

from schedule.models import BellList, BellListTime, ClassGroup, Term
from schedule.terms.bells.bell_lists import (
    BellLists,
    ListedBells,
    ListFault,
    ListScope,
    NoSuchPeriod,
    bell_lists_of,
    fault_of,
    faults,
    numbers_of,
)
from schedule.terms.bells.bell_times import Bells, read_bells
from schedule.terms.writing import create_term

DAY = dt.timedelta(days=1)
# A Monday.
FIRST = dt.date(2026, 8, 31)
FRIDAY = FIRST + 4 * DAY
DEFAULT = Bells(read_bells("08:00-08:45,08:55-09:40,10:00-10:45"))
SEVENTH, EIGHTH, LONELY = 1, 2, 3
GRADES = {SEVENTH: "七年级", EIGHTH: "八年级", LONELY: ""}
SCOPE = ListScope(FIRST, FIRST + 139 * DAY, GRADES)

Listed = Callable[..., ListedBells]


def bells_at(key: int, *, periods: int = 3) -> Bells:
    """Return bells that no other list has."""
    times = (f"{8 + 2 * n:02}:{key:02}-{9 + 2 * n:02}:{key:02}" for n in range(periods))
    return Bells(read_bells(",".join(times)))


def listed(key: int, **conditions: object) -> ListedBells:
    return ListedBells(key=key, name=f"表{key}", bells=bells_at(key), **conditions)  # type: ignore[arg-type]


def dates(first: int = 0, last: int = 6) -> dict[str, dt.date]:
    return {"first_day": FIRST + first * DAY, "last_day": FIRST + last * DAY}


def groups(*pks: int) -> dict[str, frozenset[int]]:
    return {"class_group_ids": frozenset(pks)}


FRIDAYS = {"weekdays": frozenset({5})}
UPPER = {"grades": frozenset({"七年级", "八年级"})}


def holding(lists: BellLists, pk: int, day: dt.date) -> int:
    """Return the number of the list that holds; 0 for the default."""
    bells = lists.holding({pk}, {GRADES[pk]} - {""}, day)
    assert lists.for_members([(pk, GRADES[pk])], day) is bells
    return 0 if bells is lists.default else bells.spans[0].starts.minute


class Hours:
    """A weekly lesson's time."""

    weekday = 5

    def __init__(self, starts: str, ends: str, first: int | None = None, last: int | None = None):
        self.starts, self.ends = dt.time.fromisoformat(starts), dt.time.fromisoformat(ends)
        self.first_bell, self.last_bell = first, last


class TestPrecedence:
    @pytest.mark.parametrize(
        ("conditions", "holds"),
        [
            ([], 0),
            ([UPPER], 1),
            ([groups(EIGHTH)], 0),
            ([UPPER, FRIDAYS], 2),
            ([FRIDAYS, UPPER], 1),
            ([UPPER, FRIDAYS, dates()], 3),
            # One that has several ranks by its first, then by its next.
            ([FRIDAYS, {**FRIDAYS, **UPPER}], 2),
            ([dates(), {**FRIDAYS, **UPPER}], 1),
            ([{**dates(), **UPPER}, {**dates(), **FRIDAYS}], 2),
            # All that it gives has to be so.
            ([{**dates(7, 13), **FRIDAYS}, UPPER], 2),
            ([{**FRIDAYS, **groups(EIGHTH)}], 0),
            # What is empty of everything never holds, nor one whose class groups are gone.
            ([{}], 0),
            ([{"is_for_class_groups": True}], 0),
            ([{**FRIDAYS, "is_for_class_groups": True}], 0),
            # The older one holds where two should not both be.
            ([UPPER, groups(SEVENTH)], 1),
        ],
    )
    def test_first_by_dates_then_weekday_then_class_groups(
        self, conditions: list[dict[str, object]], holds: int
    ):
        lists = BellLists(DEFAULT, [listed(key, **has) for key, has in enumerate(conditions, 1)])

        assert holding(lists, SEVENTH, FRIDAY) == holds

    def test_first_and_last_day_are_included(self):
        lists = BellLists(DEFAULT, [listed(1, **dates(1, 2))])

        assert [holding(lists, LONELY, FIRST + n * DAY) for n in range(4)] == [0, 1, 1, 0]

    def test_class_group_without_grade_is_in_no_list_of_grades(self):
        assert holding(BellLists(DEFAULT, [listed(1, **UPPER)]), LONELY, FRIDAY) == 0


class TestLessons:
    lists = BellLists(DEFAULT, [listed(1, **UPPER), listed(2, **groups(LONELY))])

    def of(self, *pks: int) -> list[ClassGroup]:
        return [ClassGroup(pk=pk, grade=GRADES[pk]) for pk in pks]

    def test_one_list_of_all_its_class_groups_holds(self):
        bells = self.lists.for_lesson(self.of(SEVENTH, EIGHTH), FRIDAY)

        assert bells is self.lists.lists[0].bells

    def test_none_where_they_differ_and_pages_say_the_default_then(self):
        assert self.lists.for_lesson(self.of(SEVENTH, LONELY), FRIDAY) is None
        members = [(SEVENTH, "七年级"), (LONELY, "")]
        assert self.lists.shown_for(members, FRIDAY) is DEFAULT

    def test_lists_with_the_same_times_do_not_differ(self):
        twin = ListedBells(key=2, name="", bells=bells_at(1), class_group_ids=frozenset({LONELY}))
        lists = BellLists(DEFAULT, [self.lists.lists[0], twin])

        assert lists.for_lesson(self.of(SEVENTH, LONELY), FRIDAY) is not None

    @pytest.mark.parametrize(
        ("hours", "pks", "starts"),
        [
            (Hours("08:55", "09:40", 2, 2), (SEVENTH,), "10:01"),
            # Without numbers it is by periods as well where its times are theirs.
            (Hours("08:55", "10:45"), (SEVENTH,), "10:01"),
            (Hours("08:56", "09:40"), (SEVENTH,), "08:56"),
            (Hours("08:55", "09:40", 2, 2), (SEVENTH, LONELY), "08:55"),
        ],
    )
    def test_take_the_times_of_their_periods(self, hours: Hours, pks: tuple[int, ...], starts: str):
        span = self.lists.hours_of(hours, self.of(*pks), FRIDAY)

        assert f"{span.starts:%H:%M}" == starts

    def test_period_that_the_list_has_not_is_said(self):
        short = ListedBells(
            key=1, name="短日", bells=bells_at(1, periods=2), weekdays=frozenset({5})
        )
        lists = BellLists(DEFAULT, [short])

        with pytest.raises(NoSuchPeriod) as raised:
            lists.hours_of(Hours("08:55", "10:45", 2, 3), self.of(SEVENTH), FRIDAY)

        assert (raised.value.number, raised.value.list_name) == (3, "短日")


class TestFaults:
    @pytest.mark.parametrize(
        ("one", "other", "is_refused"),
        [
            (UPPER, groups(SEVENTH), True),
            (UPPER, groups(LONELY), False),
            ({"grades": frozenset({"七年级"})}, {"grades": frozenset({"八年级"})}, False),
            ({"grades": frozenset({"九年级"})}, {"grades": frozenset({"九年级"})}, True),
            (FRIDAYS, {"weekdays": frozenset({4, 5})}, True),
            (FRIDAYS, {"weekdays": frozenset({4})}, False),
            (dates(0, 6), dates(6, 7), True),
            (dates(0, 5), dates(6, 7), False),
            # No Friday in both.
            ({**dates(0, 3), **FRIDAYS}, {**dates(0, 3), **FRIDAYS}, False),
            # Another rank decides.
            (FRIDAYS, dates(), False),
            (FRIDAYS, {**FRIDAYS, **UPPER}, False),
            ({**FRIDAYS, **groups(SEVENTH)}, {**FRIDAYS, **UPPER}, True),
            (dates(200, 210), dates(200, 210), False),
        ],
    )
    def test_two_of_a_rank_for_somebody_on_some_day(
        self, one: dict[str, object], other: dict[str, object], is_refused: bool
    ):
        lists = [listed(2, **other), listed(1, **one)]

        pairs = [(older.key, newer.key) for older, newer in faults(lists, SCOPE)]

        assert pairs == ([(1, 2)] if is_refused else [])

    @pytest.mark.parametrize(
        ("conditions", "fault"),
        [
            ({}, ListFault.ALWAYS),
            (dates(200, 210), ListFault.NEVER),
            ({**dates(0, 3), **FRIDAYS}, ListFault.NEVER),
            (groups(99), ListFault.NOBODY),
            ({"grades": frozenset({"九年级"})}, ListFault.NOBODY),
            ({**FRIDAYS, **UPPER}, None),
        ],
    )
    def test_one_by_itself(self, conditions: dict[str, object], fault: ListFault | None):
        assert fault_of(listed(1, **conditions), SCOPE) is fault


def _random_conditions(rng: random.Random) -> dict[str, object]:
    conditions: dict[str, object] = {}
    if rng.random() < 0.4:
        first = rng.randrange(130)
        conditions |= dates(first, min(139, first + rng.randrange(40)))
    if rng.random() < 0.4:
        conditions["weekdays"] = frozenset(rng.sample(range(1, 8), rng.randint(1, 3)))
    if rng.random() < 0.4:
        conditions["grades"] = frozenset(rng.sample(["七年级", "八年级", "九年级"], 1))
    if rng.random() < 0.3:
        conditions |= groups(*rng.sample([SEVENTH, EIGHTH, LONELY], rng.randint(1, 2)))
    return conditions


def _naive(
    lists: list[ListedBells], pk: int, day: dt.date
) -> tuple[tuple[bool, bool, bool], list[int]]:
    """Go through the lists as the words of the rule say; return the highest rank and all lists of it that hold."""
    matching = []
    for bell_list in lists:
        has_groups = bool(bell_list.grades or bell_list.class_group_ids)
        if (
            bell_list.first_day
            and bell_list.last_day
            and (day < bell_list.first_day or day > bell_list.last_day)
        ):
            continue
        if bell_list.weekdays and day.weekday() + 1 not in bell_list.weekdays:
            continue
        if (
            has_groups
            and pk not in bell_list.class_group_ids
            and GRADES[pk] not in bell_list.grades
        ):
            continue
        matching.append(
            ((bell_list.first_day is not None, bool(bell_list.weekdays), has_groups), bell_list.key)
        )
    highest = max((rank for rank, _key in matching), default=(False, False, False))
    return highest, [key for rank, key in matching if rank == highest and any(rank)]


@pytest.mark.parametrize("seed", range(30))
def test_random_lists_hold_as_a_naive_calendar_says(seed: int):
    rng = random.Random(seed)
    every = [listed(key, **_random_conditions(rng)) for key in range(1, rng.randint(3, 9))]
    lists = BellLists(DEFAULT, every)
    refused = {(older.key, newer.key) for older, newer in faults(every, SCOPE)}

    met: set[tuple[int, int]] = set()
    for day in SCOPE.days:
        for pk in GRADES:
            _rank, keys = _naive(every, pk, day)
            assert holding(lists, pk, day) == min(keys, default=0)
            met |= set(combinations(sorted(keys), 2))

    # What is refused besides is hidden by a list of a higher rank, or shares a grade that no class group has yet.
    assert met <= refused


@pytest.mark.django_db
class TestReading:
    def test_all_lists_in_one_query(self, django_assert_num_queries: Callable[..., Any]):
        term = create_term("秋季", first_monday=FIRST, weeks=20, bells=DEFAULT.spans)
        group = ClassGroup.objects.create(name="七1班", grade="七年级")
        for number in range(1, 4):
            row = BellList.objects.create(
                term=term,
                name=f"表\n{number}",
                weekdays=[number],
                grades=["初二"],
                is_for_class_groups=True,
                **(dates() if number == 1 else {}),
            )
            row.class_groups.add(group)
            for n, span in enumerate(bells_at(number).spans, start=1):
                BellListTime.objects.create(
                    bell_list=row, number=n, starts=span.starts, ends=span.ends
                )

        with django_assert_num_queries(1):
            lists = bell_lists_of(term)

        assert lists.default.spans == DEFAULT.spans
        first = lists.lists[0]
        assert (first.name, first.first_day, first.weekdays) == ("表\n1", FIRST, frozenset({1}))
        assert (first.grades, first.class_group_ids) == (frozenset({"初二"}), frozenset({group.pk}))
        assert [bell_list.bells.spans for bell_list in lists.lists] == [
            bells_at(n).spans for n in (1, 2, 3)
        ]
        assert lists.for_lesson([group], FIRST) is first.bells

    def test_term_without_bells_has_empty_ones(self):
        lists = bell_lists_of(Term(pk=7))

        assert not lists.are_several
        assert lists.default.spans == ()


def test_numbers_are_those_of_whole_periods():
    assert numbers_of(Hours("08:00", "09:40"), DEFAULT) == (1, 2)
    assert numbers_of(Hours("08:00", "09:41"), DEFAULT) is None
    assert numbers_of(Hours("08:00", "08:45", 3, 3), DEFAULT) == (3, 3)
