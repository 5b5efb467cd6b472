"""Sets of watched parts: what a player may tell, and what comes of it."""

from __future__ import annotations

import pytest

from edu_platform.lib.periods import length_s, union
from replays.watched_parts import (
    MOST_PARTS,
    MOST_TOLD,
    Part,
    read_told,
    with_added,
    within,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("0-9.8", [(0, 10)]),
        ("0-9.8,9.8-20.2", [(0, 10), (10, 20)]),
        ("31-40,0-0.4", [(31, 40), (0, 0)]),
        ("604800-999999.9", [(604800, 1000000)]),
    ],
)
def test_what_a_player_tells_is_read(text: str, expected: list[Part]):
    assert read_told(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "5",
        "5-",
        "-5-9",
        "5--9",
        "+5-9",
        "9-5",
        "nan-5",
        "0-inf",
        "0-1e9",
        "0-1000000",
        "0-1.25",
        "0-5,",
        "0-5;6-7",
        " 0-5",
        "0-5\n",
        "٣-٥",
        "[[0, 5]]",
        ",".join(["0-1"] * (MOST_TOLD + 1)),
    ],
)
def test_what_no_player_tells_is_refused(text: str):
    with pytest.raises(ValueError, match="part"):
        read_told(text)


def test_what_lies_beyond_the_end_is_left_out():
    assert within([(0, 5), (8, 20), (10, 11), (30, 40)], 10) == [(0, 5), (8, 10)]


@pytest.mark.parametrize(
    ("known", "more", "most_s", "expected"),
    [
        ([], [(0, 10)], 20, [(0, 10)]),
        ([], [(0, 10)], 4, [(0, 4)]),
        ([], [(0, 10)], 0, []),
        # The same seconds again cost nothing.
        ([(0, 10)], [(0, 12)], 2, [(0, 12)]),
        ([(0, 10)], [(0, 10)], 0, [(0, 10)]),
        ([(2, 4), (6, 8)], [(0, 10)], 5, [(0, 8), (8, 9)]),
        ([(2, 4), (6, 8)], [(0, 10)], 3, [(0, 5), (6, 8)]),
        # What was told first comes first.
        ([], [(50, 60), (0, 10)], 12, [(0, 2), (50, 60)]),
        ([], [(0, 10), (5, 15)], 12, [(0, 12)]),
    ],
)
def test_no_more_is_added_than_may_be(
    known: list[Part], more: list[Part], most_s: int, expected: list[Part]
):
    added = with_added(known, more, most_s=most_s)

    assert added == list(union(expected))
    assert length_s(added) <= length_s(known) + most_s


def test_of_too_many_parts_the_shortest_are_forgotten():
    many = [(10 * number, 10 * number + 2) for number in range(MOST_PARTS + 5)]
    many[7] = (70, 75)

    kept = with_added([], many, most_s=10_000)

    assert len(kept) == MOST_PARTS
    assert (70, 75) in kept
    assert kept == list(union(kept))
