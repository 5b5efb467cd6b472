from __future__ import annotations

import pytest

from accounts.models import User
from edu_platform.lib.pinyin import name_pinyin, person_pinyin, typed_name
from schedule.models import ClassGroup, Course


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("李静怡", "lijingyi"),
        ("李静怡", "ljy"),
        ("单晓", "shanxiao"),
        ("单晓", "danxiao"),
        ("吕思", "lvsi"),
        ("吕思", "lusi"),
        ("吕思", "lyusi"),
        ("Anna Müller", "annamüller"),
        ("欧阳 Li", "ouyangli"),
    ],
)
def test_a_person_has_the_ways_in_which_people_type_the_name(name: str, typed: str):
    assert typed in person_pinyin(name).split("\n")


def test_names_of_class_groups_keep_their_digits():
    assert "gaoyi10ban" in name_pinyin("高一10班").split("\n")
    assert "gy10b" in name_pinyin("高一(10)班").split("\n")


def test_what_is_typed_loses_spaces_signs_and_capitals():
    assert typed_name(" Li Jing-yi ’") == "lijingyi"
    assert typed_name("%_\0") == ""


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("typed", "usernames"),
    [
        ("静怡", ["s1"]),
        ("lijingyi", ["s1"]),
        ("Li Jing", ["s1"]),
        ("ljy", ["s1"]),
        ("S2", ["s2"]),
        ("%", []),
        ("_", []),
        ("\0", ["s1", "s2"]),
        ("x" * 10_000, []),
    ],
)
def test_people_are_matched_as_one_types(typed: str, usernames: list[str]):
    User.objects.create_user("s1", display_name="李静怡")
    User.objects.create_user("s2", display_name="王伟")

    people = User.objects.get_queryset().named_like(typed, "username").order_by("username")

    assert list(people.values_list("username", flat=True)) == usernames


@pytest.mark.django_db
def test_class_groups_and_courses_are_matched_too():
    ClassGroup.objects.bulk_create([ClassGroup(name="高一1班"), ClassGroup(name="高二1班")])
    Course.objects.create(name="语文")

    assert [row.name for row in ClassGroup.objects.named_like("gaoyi")] == ["高一1班"]
    assert [row.name for row in Course.objects.named_like("yw")] == ["语文"]


@pytest.mark.django_db
def test_pinyin_follows_a_name_whichever_way_it_is_written():
    person = User.objects.create_user("s1", display_name="李静怡")
    User.objects.get_queryset().update(display_name="王伟")

    person.refresh_from_db()
    assert person.name_pinyin.startswith("wangwei\n")

    person.display_name = "赵云"
    person.save(update_fields=["display_name"])
    person.refresh_from_db()
    assert person.name_pinyin.startswith("zhaoyun\n")
