"""The formulas of attendance, by cases worked out by hand and by properties."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance.enums import AttendanceState
from attendance.formulas import (
    Held,
    MemberEvent,
    Presence,
    Stay,
    Sum,
    closed,
    held_of,
    judge,
    presence,
    stays,
)
from attendance.rules import AttendanceRules
from edu_platform.lib.periods import Period
from tests.support.periods import all_seconds

MIN = 60
RULES = AttendanceRules(late_after_s=5 * MIN, left_early_s=5 * MIN, absent_below_percent=50)
PLANNED = Period(0, 40 * MIN)
HELD = Held((PLANNED,))


# --- When a class was held ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("real", "expected"),
    [
        ([], Held()),
        ([(0, 2400)], Held((Period(0, 2400),))),
        # Begun early, ended late: no more than was planned.
        ([(-600, 3000)], Held((Period(0, 2400),))),
        ([(300, 2100)], Held((Period(300, 2100),))),
        # Two rooms, one after the other, and at once.
        ([(0, 600), (900, 2400)], Held((Period(0, 600), Period(900, 2400)))),
        ([(0, 1200), (900, 2400)], Held((Period(0, 2400),))),
        # Held wholly at another time: then.
        ([(3000, 5400)], Held((Period(3000, 5400),), is_at_another_time=True)),
        ([(2400, 4800)], Held((Period(2400, 4800),), is_at_another_time=True)),
        # One of two rooms inside: the other does not count.
        ([(60, 120), (9000, 9600)], Held((Period(60, 120),))),
        ([(600, 600)], Held()),
    ],
)
def test_held_is_the_planned_period_where_it_meets_the_real_one(real, expected):
    assert held_of(PLANNED, [Period(*period) for period in real]) == expected


# --- Stays of events ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([], []),
        ([(10, True), (70, False)], [(10, 70)]),
        ([(10, True), (70, False), (100, True), (160, False)], [(10, 70), (100, 160)]),
        # No event ends it.
        ([(10, True)], [(10, None)]),
        ([(10, True), (20, False), (30, True)], [(10, 20), (30, None)]),
        # A page that came back without a word of its first end.
        ([(0, True), (300, True), (600, False)], [(0, None)]),
        # Nobody leaves who has not come.
        ([(70, False)], []),
        ([(70, False), (100, True), (130, False)], [(100, 130)]),
        # A second page puts the first one out, before or after the new one is in.
        ([(10, True), (50, True), (50, False), (90, False)], [(10, 90)]),
        ([(10, True), (50, False), (50, True), (90, False)], [(10, 90)]),
        # In and out within a second is no time.
        ([(10, True), (10, False)], []),
        # Unless they leave later: the first going was another page's.
        ([(10, True), (10, False), (70, False)], [(10, 70)]),
        ([(10, True), (10, False), (70, True), (90, False)], [(70, 90)]),
    ],
)
def test_stays_of_a_person_in_one_room(pairs, expected):
    events = [MemberEvent(*pair) for pair in pairs]
    for seed in range(3):
        random.Random(seed).shuffle(events)
        assert list(stays(events)) == [Stay(*stay) for stay in expected]


@pytest.mark.parametrize(
    ("stay", "last_out_s", "end_s"),
    [
        # An event ended it: no sum says otherwise.
        ((10, 70), 90, 70),
        ((10, None), None, 3600),
        # The cloud sums up when they left for the last time, at most until the class ended.
        ((10, None), 600, 600),
        ((10, None), 9000, 3600),
        # That was before they came again.
        ((700, None), 600, 3600),
        ((700, None), 700, 3600),
    ],
)
def test_stay_that_no_event_ended_lasts_to_the_last_leaving_or_the_end(stay, last_out_s, end_s):
    assert closed(Stay(*stay), 3600, last_out_s) == Period(stay[0], end_s)


def test_nobody_comes_after_the_end_of_the_class():
    assert closed(Stay(3700, None), 3600, None).length_s == 0


# --- A person's time ------------------------------------------------------------------------------


def test_stays_count_once_and_only_while_the_class_was_held():
    here = presence([Period(-300, 600), Period(300, 900), Period(2300, 9000)], [], HELD)

    assert here == Presence(seconds=1000, first_in_s=0, last_out_s=2400)


def test_a_sum_of_the_cloud_stands_for_stays_that_it_no_longer_has():
    here = presence([], [Sum(1800, first_in_s=-60, last_out_s=2000)], HELD)

    assert here == Presence(seconds=1800, first_in_s=0, last_out_s=2000, has_own_times=False)


def test_more_seconds_than_the_class_had_are_cut_and_marked():
    here = presence([], [Sum(9000)], HELD)

    assert here == Presence(seconds=2400, has_own_times=False, exceeds_class=True)


@pytest.mark.parametrize(("first_in_s", "last_out_s"), [(-1600, -100), (2400, 3000), (None, 0)])
def test_a_sum_before_or_after_the_class_counts_nothing(first_in_s, last_out_s):
    assert presence([], [Sum(1500, first_in_s, last_out_s)], HELD) == Presence()


def test_stays_of_one_room_and_the_sum_of_another_add_up():
    here = presence([Period(0, 600)], [Sum(700, first_in_s=900, last_out_s=1600)], HELD)

    assert (here.seconds, here.first_in_s, here.last_out_s) == (1300, 0, 1600)
    assert not here.has_own_times


def test_nobody_gathers_seconds_of_a_class_that_was_not_held():
    assert presence([Period(0, 600)], [Sum(600)], Held()) == Presence()


@pytest.mark.parametrize(
    ("seconds", "first_in_s", "last_out_s", "expected"),
    [
        (2400, 0, 2400, (AttendanceState.PRESENT, False, False)),
        # Five minutes are no delay, a second more is.
        (2100, 300, 2400, (AttendanceState.PRESENT, False, False)),
        (2099, 301, 2400, (AttendanceState.LATE, True, False)),
        (2100, 0, 2100, (AttendanceState.PRESENT, False, False)),
        (2099, 0, 2099, (AttendanceState.LEFT_EARLY, False, True)),
        # Late goes first, both marks show.
        (1600, 400, 2000, (AttendanceState.LATE, True, True)),
        # Half of the class is enough, a second less is not.
        (1200, 0, 1200, (AttendanceState.LEFT_EARLY, False, True)),
        (1199, 0, 1199, (AttendanceState.ABSENT, False, True)),
        (0, None, None, (AttendanceState.ABSENT, False, False)),
        # In and out all the time, from the first to the last minute.
        (1199, 0, 2400, (AttendanceState.ABSENT, False, False)),
    ],
)
def test_one_state_holds_and_both_marks_show(seconds, first_in_s, last_out_s, expected):
    here = Presence(seconds, first_in_s, last_out_s)

    assert judge(here, HELD, RULES) == expected


# --- Properties -----------------------------------------------------------------------------------

moments = st.integers(0, 60)
periods = st.builds(Period, moments, moments)
events = st.lists(st.builds(MemberEvent, moments, st.booleans()), max_size=12)


@given(events, st.randoms(use_true_random=False))
def test_events_in_any_order_are_the_same_stays(events, shuffler):
    before = stays(events)
    shuffler.shuffle(events)

    assert stays(events) == before
    assert [stay.start_s for stay in before] == sorted(stay.start_s for stay in before)


@given(st.lists(periods, max_size=5), st.lists(periods, min_size=1, max_size=3))
def test_nobody_is_longer_in_class_than_it_was_held(there, real):
    held = held_of(Period(10, 50), real)
    here = presence(there, [], held)

    assert here.seconds == len(all_seconds(there) & all_seconds(held.periods))
    assert here.seconds <= held.seconds
