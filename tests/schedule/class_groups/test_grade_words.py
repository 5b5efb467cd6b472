"""The order of grades, and what an address asks for."""

from __future__ import annotations

from schedule.class_groups.grades import WITHOUT_GRADE, grade_in_address, has_grade, in_order


def test_stand_by_their_numbers_each_once_and_none_is_last():
    assert in_order(["三年级", "", "二年级", "初一", "三年级", "十年级"]) == [
        *("二年级", "三年级", "十年级", "初一", "")
    ]
    assert in_order(["三年级"]) == ["三年级"]
    assert in_order([""]) == [""]
    assert in_order([]) == []


def test_an_address_asks_for_one_for_none_or_for_any():
    assert has_grade("三年级", "三年级")
    assert not has_grade("三年级", "二年级")
    assert has_grade("", WITHOUT_GRADE)
    assert not has_grade("三年级", WITHOUT_GRADE)
    assert has_grade("三年级", "")
    assert has_grade("", "")
    assert [grade_in_address(grade) for grade in ("三年级", "")] == ["三年级", WITHOUT_GRADE]
