"""Class groups by keyboard alone, on a phone, without scripts; courses with their colours; and axe finds nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from schedule.enums import MembershipKind
from schedule.models import ClassGroup, Lesson, Membership
from tests.factories.accounts import UserFactory
from tests.factories.schedule import (
    ClassGroupFactory,
    CourseFactory,
    LessonFactory,
    MembershipFactory,
    school_time,
)
from tests.support.eyes import faults_at, faults_of, is_wider_than_the_window

pytestmark = pytest.mark.browser


@pytest.fixture
def source(teacher: User) -> ClassGroup:
    """A class group of five students, one of whom sings in the choir, with its class teacher and a lesson."""
    group = ClassGroupFactory.create(name="一年级1班")
    for number, name in enumerate(("陈一", "李二", "王三", "张四", "赵五"), start=1):
        user = UserFactory.create(username=f"s{number}", display_name=name)
        MembershipFactory.create(user=user, class_group=group)
    MembershipFactory.create(user=teacher, class_group=group, kind=MembershipKind.CLASS_TEACHER)
    LessonFactory.create(class_groups=[group], starts_at=school_time(2, 8))
    return group


@pytest.fixture
def target() -> ClassGroup:
    return ClassGroupFactory.create(name="一年级2班")


def students_of(name: str) -> list[str]:
    rows = Membership.objects.of_students().on(day=timezone.localdate())
    rows = rows.filter(class_group__name=name).order_by("user__username")
    return list(rows.values_list("user__username", flat=True))


def tab_to(page: Page, selector: str) -> None:
    """Go there as somebody without a mouse does."""
    for _step in range(80):
        if page.locator(selector).evaluate("each => each === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"no way by keys to {selector}")


def test_several_move_by_keyboard_alone(
    page_of: Callable[..., Page], planner: User, source: ClassGroup, target: ClassGroup
) -> None:
    page = page_of(planner)
    page.goto("/class-groups/")
    tab_to(page, f'a[href="/class-groups/{source.code}/"]')
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="一年级1班", level=1)).to_be_visible()
    for username in ("s1", "s3"):
        tab_to(page, f'.row-table input[value="{username}"]')
        page.keyboard.press("Space")
    expect(page.locator("[data-chosen-count]")).to_have_text("2 / 5")
    tab_to(page, "#id_to")
    page.keyboard.type("一年级2班")
    # The day is filled in; Enter in a field takes the first button, which only shows what comes of it.
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="一年级1班 → 一年级2班")).to_be_visible()
    assert students_of("一年级2班") == []

    tab_to(page, "main form button")
    page.keyboard.press("Enter")

    expect(page.get_by_role("status")).to_contain_text("2 名学生")
    assert students_of("一年级2班") == ["s1", "s3"]
    assert students_of("一年级1班") == ["s2", "s4", "s5"]


def test_all_are_chosen_by_one_box(
    page_of: Callable[..., Page], planner: User, source: ClassGroup
) -> None:
    page = page_of(planner)
    page.goto(f"/class-groups/{source.code}/")
    boxes, every = page.locator('.row-table input[name="people"]'), page.get_by_label("全选")

    every.check()
    assert [box.is_checked() for box in boxes.all()] == [True] * 5
    boxes.first.uncheck()

    assert every.evaluate("box => box.indeterminate")
    expect(page.locator("[data-chosen-count]")).to_have_text("4 / 5")


def test_split_on_a_phone(page_of: Callable[..., Page], planner: User, source: ClassGroup) -> None:
    page = page_of(planner)
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"/class-groups/{source.code}/")
    page.locator("main").get_by_text("更多").click()
    page.get_by_role("link", name="拆班…").click()
    page.get_by_label("新班级的名称，或已有的班级").fill("一年级3班")
    for name in ("陈一", "李二"):
        page.get_by_label(name).check()
    assert not is_wider_than_the_window(page)
    page.get_by_role("button", name="预览").click()
    expect(page.get_by_text("3 名学生留在")).to_be_visible()
    assert not is_wider_than_the_window(page)
    page.get_by_role("button", name="拆班", exact=True).click()

    expect(page.get_by_role("heading", name="一年级3班", level=1)).to_be_visible()
    assert students_of("一年级3班") == ["s1", "s2"]


def test_start_passwords_are_printed(
    page_of: Callable[..., Page], planner: User, class_group: ClassGroup, student: User
) -> None:
    page = page_of(planner, "en")
    page.goto("/class-groups/")
    page.get_by_label("Choose 三年级1班").check()
    page.get_by_role("button", name="Start passwords…").click()
    page.get_by_role("button", name="Make and show them").click()

    password = page.locator(".start-password").inner_text()
    student.refresh_from_db()
    assert student.check_password(password)


def test_swatch_follows_the_colour_that_is_chosen(
    page_of: Callable[..., Page], planner: User
) -> None:
    page = page_of(planner, "en")
    CourseFactory.create(name="数学", code="sx")
    page.goto("/courses/sx/change/")
    swatch = page.locator(".colour-choice .swatch")
    # By its name it is orange.
    expect(swatch).to_have_css("background-color", "rgb(194, 65, 12)")

    page.locator("#id_colour").fill("Teal")
    page.locator("#id_colour").blur()
    expect(swatch).to_have_css("background-color", "rgb(15, 118, 110)")
    page.get_by_role("button", name="Save").click()

    expect(page.locator("main .swatch")).to_have_css("background-color", "rgb(15, 118, 110)")


def test_axe_finds_nothing(
    page_of: Callable[..., Page],
    planner: User,
    source: ClassGroup,
    target: ClassGroup,
    lesson: Lesson,
) -> None:
    page = page_of(planner)
    choir = ClassGroupFactory.create(name="合唱团")
    for group in (choir, target):
        LessonFactory.create(class_groups=[group], starts_at=school_time(3, 8))
    MembershipFactory.create(user=User.objects.get(username="s1"), class_group=choir)
    one, course = f"/class-groups/{source.code}/", f"/courses/{lesson.course.code}/"

    faults = faults_at(
        page,
        *("/class-groups/", "/class-groups/?q=none", "/class-groups/new/", one, f"{one}change/"),
        *(f"{one}days/?person=s1", f"{one}delete/", f"/class-groups/archive/?code={source.code}"),
        f"/class-groups/start-passwords/?code={source.code}",
        *("/courses/", "/courses/new/", course, f"{course}change/", f"{course}delete/"),
        f"{one}merge/",
    )
    page.get_by_label("并入班级").fill("一年级2班")
    page.get_by_role("button", name="预览").click()
    expect(page.get_by_role("heading", name="1 处时间冲突")).to_be_visible()
    faults += faults_of(page)
    page.goto(f"{one}split/")
    page.get_by_label("新班级的名称，或已有的班级").fill("一年级1班")
    page.get_by_role("button", name="预览").click()
    expect(page.get_by_text("请选另一个班级")).to_be_visible()
    faults += faults_of(page)

    assert faults == []
