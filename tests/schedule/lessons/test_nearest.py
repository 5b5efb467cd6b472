"""The nearest name to one that a file would make."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import User
from schedule.lessons.nearest import NearestNames, NearestPeople
from tests.factories.accounts import UserFactory

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
        # Typed without a Chinese keyboard.
        ("shuxue", "数学"),
        ("美术", ""),
        ("英文", ""),
    ],
)
def test_courses(name: str, nearest: str):
    assert NearestNames(COURSES).nearest(name) == nearest


def test_nothing_is_near_in_an_empty_school():
    assert NearestNames([]).nearest("一年级1班") == ""


@pytest.mark.django_db
def test_people_are_near_by_name_pinyin_and_username_and_namesakes_by_name_alone(
    django_assert_num_queries: Any,
):
    UserFactory.create(username="t.zhang", display_name="张建国")
    for username in ("s1", "s2"):
        UserFactory.create(username=username, display_name="李静怡")
    people = NearestPeople(User.objects.active())
    texts = ("张建囯", "zhangjianguo", "t.zhagn", "李静仪", "s3", "王小明")

    with django_assert_num_queries(1):
        near = [people.nearest(text) for text in texts]

    assert near == [*["张建国 (t.zhang)"] * 3, "李静怡", "", ""]
