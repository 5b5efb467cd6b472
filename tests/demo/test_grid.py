"""The demo school's week as data: it can be held as it stands, and it has what its history needs."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import pytest

from edu_platform.demo.changes import DAILY_SUBSTITUTES, MOVES, SUBSTITUTES, Change
from edu_platform.demo.grid import BELLS, GRID, Slot, week_slots
from edu_platform.demo.past_weeks import OLD_SLOTS
from edu_platform.demo.roster import (
    CLASS_GROUPS,
    CLASS_TEACHERS,
    OTHER_TEACHERS,
    STAFF,
    STUDENTS,
    username_of,
)
from edu_platform.demo.timetable import CANCELLED
from edu_platform.demo.topics import topics_of

CHANGES = (*MOVES, *SUBSTITUTES, *DAILY_SUBSTITUTES)


def slots_of(*, week: int) -> list[Slot]:
    return [slot for slot in week_slots() if slot.weeks.has(week)]


def test_bells_are_those_of_lessons_of_forty_minutes() -> None:
    assert [f"{bell.starts:%H:%M}–{bell.ends:%H:%M}" for bell in BELLS] == [
        *("08:10–08:50", "09:00–09:40", "09:50–10:30", "10:40–11:20"),
        *("14:00–14:40", "14:50–15:30", "15:40–16:20"),
    ]


@pytest.mark.parametrize("week", [1, 2])
def test_nobody_is_in_two_lessons_at_once_but_for_a_reason(week: int) -> None:
    slots = slots_of(week=week)
    teaching = Counter((slot.teacher, slot.weekday, slot.period) for slot in slots)
    learning = Counter(
        (group, slot.weekday, slot.period)
        for slot in slots
        if not slot.overlap_reason
        for group in slot.class_groups
    )

    assert set(teaching.values()) == set(learning.values()) == {1}
    assert [slot.title for slot in slots if slot.overlap_reason] == ["合唱团排练"]


def test_each_class_group_has_a_week_of_ten_courses() -> None:
    for class_group in CLASS_GROUPS:
        slots = [slot for slot in slots_of(week=1) if class_group in slot.class_groups]
        assert len({slot.course for slot in slots}) == 10
        assert len(slots) >= 28


def test_no_topic_comes_twice_in_a_week_of_a_class_group() -> None:
    lessons = Counter(
        (slot.course, slot.class_groups[0]) for slot in week_slots() if not slot.title
    )

    for (course, class_group), count in lessons.items():
        assert len(set(topics_of(course, class_group))) >= count, (course, class_group)


def test_people_have_names_of_their_own() -> None:
    students = [username_of(name) for names in STUDENTS.values() for name in names]
    usernames = [*CLASS_TEACHERS, *OTHER_TEACHERS, *STAFF, *students]

    assert len(CLASS_TEACHERS) + len(OTHER_TEACHERS) == 30
    assert Counter(map(len, STUDENTS.values())) == {12: 10}
    assert len(set(usernames)) == len(usernames)
    assert username_of("单博文") == "shanbowen"
    assert username_of("曾诗涵") == "zengshihan"
    assert {slot.teacher for slot in week_slots()} == {*CLASS_TEACHERS, *OTHER_TEACHERS}


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.reason)
def test_change_is_one_of_a_lesson_to_a_free_place_or_to_somebody_who_is_free(
    change: Change,
) -> None:
    slot = slot_at(change.of.weekday, change.of.period, change.class_group)
    to = change.to or change.of
    at_once = [
        other
        for other in week_slots()
        if (other.weekday, other.period) == (to.weekday, to.period) and other is not slot
    ]

    teacher = change.teacher or slot.teacher
    assert teacher not in {other.teacher for other in at_once}
    if change.to:
        assert not [other for other in at_once if change.class_group in other.class_groups]


def test_classes_of_old_and_cancelled_lessons_are_of_the_grid() -> None:
    for old in OLD_SLOTS:
        slot = slot_at(old.weekday, old.period, old.class_group)
        assert old.topic in topics_of(slot.course, old.class_group)
    for weekday, period, class_group, _reason in CANCELLED.values():
        assert slot_at(weekday, period, class_group).course


def slot_at(weekday: int, period: int, class_group: str) -> Slot:
    (slot,) = [
        slot
        for slot in week_slots()
        if (slot.weekday, slot.period, slot.class_groups) == (weekday, period, (class_group,))
    ]
    return slot


def test_grid_leaves_no_day_of_school_out() -> None:
    for days in GRID.values():
        assert [len(day) for day in days.split()] == [len(BELLS)] * 5
    assert BELLS[-1].ends < dt.time(17)
