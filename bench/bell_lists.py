"""A list of bell times is changed, and a worker moves the 3,000 lessons that are held by it, of 12,000 of their term.

30 class groups have 20 lessons a week. The floor is the same with the term's own bell times, as it is without any
further list: one of the four periods begins five minutes later, or earlier again, and the plan's button is pressed. Of
each the shorter one of two counts.

    make bench    or    .venv/bin/python bench/bell_lists.py
"""

# ruff: noqa: PLC0415 -- models can only be imported once Django is set up, which needs the stack
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import long_work
import school
import table
import terms
from stack import Stack
from table import Row

if TYPE_CHECKING:
    from schedule.models import Term
    from schedule.terms.bells.bell_times import BellSpan

GROUPS, TEACHERS = 30, 30
MOVED = GROUPS * terms.DAYS * terms.WEEKS
ROUNDS = 2
MOST_TIMES_TODAY = 1.0


def make_school() -> tuple[Term, list[Any]]:
    teachers = school.add_people([f"t{number}" for number in range(TEACHERS)], "teacher")
    students = school.add_people(
        [f"s{n}" for n in range(GROUPS * terms.STUDENTS_A_GROUP)], "student"
    )
    groups = school.add_class_groups([f"{number + 1}班" for number in range(GROUPS)])
    for number, group in enumerate(groups):
        school.add_members(group, students[number::GROUPS])
    term = terms.add_term(teachers, groups)
    terms.plan(term)
    return term, groups


def with_a_later_one(spans: Sequence[BellSpan]) -> list[BellSpan]:
    from schedule.terms.bells.bell_times import BellSpan

    return [spans[0], BellSpan(*map(terms.later, spans[1])), *spans[2:]]


class Planner:
    """A planner who changes bell times, and presses the button of the plan's page."""

    def __init__(self, stack: Stack, term: Term) -> None:
        self._stack, self._term = stack, term
        self._port = stack.start_web()
        stack.start_worker()
        (planner,) = school.add_people(["planner"], "planner")
        self._cookie = school.cookie_of(planner)

    def moves_s(self, change: Callable[[bool], object]) -> float:
        """Return how long the work takes after the change, or after it is taken back."""
        taken_s = []
        for number in range(ROUNDS):
            change(number % 2 == 0)
            self._stack.ask_database("ANALYZE; SELECT 1")
            pressed_s, _answer_s, code = long_work.pressed(self._port, self._term, self._cookie)
            taken_s.append(long_work.followed(code, pressed_s=pressed_s, changed=MOVED)[0])
        return min(taken_s)


def taken_s(stack: Stack) -> tuple[float, float]:
    """Return how long lessons take to follow a list, and to follow the term's own bell times."""
    from schedule.terms.bells.bell_list_writing import BellListPlan, add_bell_list, change_bell_list
    from schedule.terms.reading import bell_spans
    from schedule.terms.writing import set_bell_times

    term, groups = make_school()
    spans = bell_spans(term)
    other_spans = with_a_later_one(spans)
    planner = Planner(stack, term)
    own_s = planner.moves_s(
        lambda is_later: set_bell_times(term, other_spans if is_later else spans)
    )
    plan = BellListPlan(name="初中", spans=spans, class_groups=tuple(groups))
    row = add_bell_list(term, plan)

    def change(is_later: bool) -> None:  # noqa: FBT001 -- its only argument
        change_bell_list(row, replace(plan, spans=other_spans if is_later else spans))

    return planner.moves_s(change), own_s


def rows() -> list[Row]:
    with Stack() as stack:
        list_s, own_s = taken_s(stack)
    return [
        Row(
            what=f"{MOVED:,} lessons moved by a list of bell times",
            value=list_s,
            unit="s",
            floor=own_s,
            at_most=MOST_TIMES_TODAY,
            of_ratio=True,
        )
    ]


if __name__ == "__main__":
    table.end_in(rows)
