"""The order of names as people know it; the lists here were sorted by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from edu_platform.lib import natural_order
from edu_platform.lib.natural_order import (
    natural_key,
    number_of,
    person_key,
    sorted_names,
    sorted_people,
)

CLASS_GROUPS = (
    "一年级1班 一年级2班 一年级9班 一年级10班 二年级1班 三年级1班 四年级1班 五年级1班 六年级1班 六年级12班 七年级一班"
    " 七年级九班 七年级十班 七年级十一班 七年级二十班 9班 10班 2023级2班 2024级1班 2024级12班 A班 Class2 class10"
    " 初一(1)班 初一(2)班 初一（10）班 初一十一班 初二1班 初三1班 高一1班 高二1班 高三1班 英语提高班 😀班"
)
PEOPLE = (
    "Alice bob Zoe 艾青 曹溪然 陈晓燕 黎明 李静宜 李静怡 卢俊 陆游 吕布 区志 欧文 欧阳修 邱少云 仇英 单雄 沈俊文"
    " 王二小 王一 吴思敏 解缙 谢安 学生2 学生9 学生10 于谦 尉迟恭 乐正子 岳飞 曾子墨 张三 长孙无忌"
)
COURSES = "Art English 1对1辅导 10人提高班 道法 科学 劳动 美术 数学 体育 音乐 英语 语文"


def in_order(names: str, key: Callable[[str], bytes]) -> str:
    """Sort names that stand the other way round."""
    backwards = names.split(" ")[::-1]
    return " ".join(sorted(backwards, key=key))


def test_class_groups_stand_as_a_school_lists_them():
    assert in_order(CLASS_GROUPS, natural_key) == CLASS_GROUPS


def test_people_stand_by_the_pinyin_of_their_names():
    assert in_order(PEOPLE, person_key) == PEOPLE


def test_courses_stand_by_number_then_letters_then_pinyin():
    in_a_list = "1对1辅导 10人提高班 Art English 道法 科学 劳动 美术 数学 体育 音乐 英语 语文"
    assert in_order(COURSES, natural_key) == in_a_list


@pytest.mark.parametrize(
    ("before", "surname", "after"),
    [
        *(("山", "单", "商"), ("臧", "曾", "詹"), ("齐", "仇", "屈"), ("夏", "解", "辛")),
        *(("臧", "查", "张"), ("彭", "朴", "蒲")),
    ],
)
def test_surname_is_read_as_one(before: str, surname: str, after: str):
    assert person_key(f"{before}云") < person_key(f"{surname}云") < person_key(f"{after}云")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(("7", 7), ("007", 7), ("十", 10), ("十二", 12), ("二十", 20), ("二十三", 23)),
        *(("一百零二", 102), ("二〇二四", 2024), ("零", 0)),
    ],
)
def test_numbers_are_read_by_their_value(text: str, value: int):
    assert number_of(text) == value


@pytest.mark.parametrize(
    ("one", "other"),
    [("初一(2)班", "初一（2）班"), ("1 班", "1班"), ("Ａ班", "a班"), ("一年级1班", "1年级1班")],
)
def test_what_differs_only_in_writing_stands_in_one_place(one: str, other: str):
    assert natural_key(one) == natural_key(other)


@pytest.mark.parametrize("name", ["", " ", "𠮷田", "ééé", "0" * 300, "百合班", "十" * 40, "\x00"])
def test_any_name_has_a_key(name: str):
    assert isinstance(natural_key(name), bytes)
    assert isinstance(person_key(name), bytes)


def test_names_that_say_something_have_different_keys():
    names = ["𠮷田", "ééé", "0" * 300, "1" * 300, "百合班", "百合", "十" * 40, "😀班", "🎻"]

    for key in (natural_key, person_key):
        assert len({key(name) for name in names} - {b""}) == len(names), key


def test_a_person_named_with_a_numeral_stands_by_its_sound():
    assert person_key("王一") > person_key("王二小") > person_key("王安")


def test_names_without_rows_are_sorted_alike():
    assert sorted_names(["10班", "初一（2）班", "9班", "初一(2)班", "9班"]) == [
        *("9班", "9班", "10班", "初一(2)班", "初一（2）班")
    ]
    assert sorted_people(iter(["曾云", "单云", "Anna"])) == ["Anna", "单云", "曾云"]


def test_a_single_name_needs_no_pinyin(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(natural_order, "read_chinese", None)

    assert sorted_names(["一年级一班在二楼"]) == ["一年级一班在二楼"]
    assert sorted_names([]) == []
