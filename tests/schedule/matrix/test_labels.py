"""The labels of two letters that courses have on paper."""

from __future__ import annotations

import pytest

from schedule.matrix.labels import CourseLabels, beginning_of


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("语文课", "语文"),
        ("数 学", "数学"),
        ("English", "En"),
        ("A", "A"),
        ("3D打印", "3D"),
        # Each of them is seen as one letter.
        ("👩‍🏫课", "👩‍🏫课"),
        ("👍🏽👍🏽好", "👍🏽👍🏽"),
        ("🇨🇳🇫🇷语", "🇨🇳🇫🇷"),
        ("e\u0301te\u0301", "e\u0301t"),
    ],
)
def test_beginning_is_two_letters_as_they_are_seen(name: str, expected: str):
    assert beginning_of(name) == expected


def test_courses_that_begin_alike_have_labels_of_their_own_and_a_legend():
    names = ["数学", "数学竞赛", "数学拓展", "数竞", "语文"]

    labels = CourseLabels(names)

    assert [labels[name] for name in names] == ["数学", "数赛", "数拓", "数竞", "语文"]
    assert labels.legend == [("数赛", "数学竞赛"), ("数拓", "数学拓展")]


def test_labels_are_unique_however_alike_names_are():
    names = [f"AB{'B' * number}" for number in range(30)]

    labels = CourseLabels(names)

    assert len({labels[name] for name in names}) == len(names)
    assert len(labels.legend) == len(names) - 1


def test_courses_of_different_beginnings_need_no_legend():
    assert CourseLabels(["语文", "数学", "  "]).legend == []
