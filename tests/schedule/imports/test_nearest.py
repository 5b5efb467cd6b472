"""The nearest name to one that a file would make."""

from __future__ import annotations

import pytest

from schedule.imports.nearest import NearestNames

GROUPS = ["一年级1班", "一年级2班", "三年级1班", "高一(3)班"]
COURSES = ["语文", "数学", "英语", "体育与健康", "Physics"]


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("一年级1斑", "一年级1班"),
        ("1年级1班", "一年级1班"),
        ("一年级 1 班", "一年级1班"),
        ("一年1班", "一年级1班"),
        ("高一3班", "高一(3)班"),
        # Other numbers are other class groups.
        ("一年级3班", ""),
        ("二年级1班", ""),
        ("一年级12班", ""),
        ("足球队", ""),
        ("", ""),
    ],
)
def test_class_groups(name: str, nearest: str):
    assert NearestNames(GROUPS).nearest(name) == nearest


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("语闻", "语文"),
        ("体育与健身", "体育与健康"),
        ("Phisics", "Physics"),
        ("美术", ""),
        ("英文", ""),
    ],
)
def test_courses(name: str, nearest: str):
    assert NearestNames(COURSES).nearest(name) == nearest


def test_nothing_is_near_in_an_empty_school():
    assert NearestNames([]).nearest("一年级1班") == ""
