"""The grade that the name of a class group says, and what the next one is called."""

from __future__ import annotations

import pytest

from schedule.class_groups.grades import Grade, grade_in_name, next_grade


def following(name: str) -> list[str]:
    named = grade_in_name(name)
    return [] if named is None else [named.with_grade(grade) for grade in named.grade.following()]


@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("一年级1班", ["二年级1班"]),
        ("1年级1班", ["2年级1班"]),
        ("国际部九年级A", ["国际部十年级A", "国际部高一A", "国际部高中一年级A"]),
        ("六年级1班", ["七年级1班", "初一1班", "初中一年级1班"]),
        ("5年级(12)班", ["6年级(12)班"]),
        ("小学六年级1班", ["初中一年级1班", "初一1班"]),
        ("初中三年级1班", ["高中一年级1班", "初中四年级1班"]),
        ("初一（3）班", ["初二（3）班"]),
        ("初三1班", ["高一1班", "初四1班"]),
        ("初四1班", ["高一1班"]),
        ("高1班", ["高2班"]),
        ("高一年级2班", ["高二年级2班"]),
        ("高一级3班", ["高二级3班"]),
        ("2025级高一1班", ["2025级高二1班"]),
        ("Grade 7 Class 2", ["Grade 8 Class 2"]),
        ("Grade 9", ["Grade 10"]),
        ("七(2)班", ["八(2)班"]),
        ("10.1班", ["11.1班"]),
        ("三级1班", ["四级1班"]),
        # Nothing comes after these.
        ("高三(1)班", []),
        ("高中三年级", []),
        ("十二年级1班", []),
        ("Grade 12 B", []),
        # These are years of entry, numbers of classes and names without a grade.
        *(
            (name, [])
            for name in ("2025级1班", "24级2班", "高2025级", "301班", "Grade 13", "高九班")
        ),
        *((name, []) for name in ("合唱团", "小一班", "第二十中学A班", "")),
    ],
)
def test_name_with_the_next_grade(name: str, names: list[str]):
    assert following(name) == names


def test_school_calls_the_next_grade_as_its_own_class_groups_are_called():
    sixth = Grade(6, after="年级")
    first_of_middle_school = Grade(1, "初")

    assert str(next_grade(sixth, {sixth, first_of_middle_school})) == "初一"
    assert str(next_grade(sixth, {sixth})) == "七年级"
    assert next_grade(Grade(3, "高"), {sixth}) is None


@pytest.mark.parametrize(
    ("name", "may_be"),
    [
        ("六年级", True),
        ("五年级", False),
        ("初三", True),
        ("初四", True),
        ("高二", False),
        ("9.1班", True),
    ],
)
def test_schools_end_with_some_grades(name: str, may_be: bool):
    named = grade_in_name(name)
    assert named is not None
    assert named.grade.may_be_the_last is may_be
