"""People as planners meet them in a browser: found by the keyboard alone, and without scripts too."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.enums import Role
from accounts.models import User
from schedule.models import ClassGroup, Lesson
from tests.factories.accounts import UserFactory
from tests.factories.schedule import MembershipFactory
from tests.support.eyes import faults_at, faults_of
from tests.support.people import LIST
from tests.support.people import page_of as path_of

pytestmark = pytest.mark.browser

LOADED_MS = 20_000  # the rest of the suite may be on the other core


@pytest.fixture
def _school(class_group: ClassGroup) -> None:
    surnames = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
    for number, surname in enumerate(surnames):
        person = UserFactory.create(username=f"s2026{number:03}", display_name=f"{surname}小明")
        MembershipFactory.create(user=person, class_group=class_group)


@pytest.fixture
def jingyi(class_group: ClassGroup) -> User:
    person = UserFactory.create(
        username="s2026999", display_name="李静怡", roles=[Role.STUDENT], email="ljy@school.example"
    )
    MembershipFactory.create(user=person, class_group=class_group)
    return person


@pytest.mark.usefixtures("_school")
def test_somebody_is_found_by_the_keyboard_alone(
    page_of: Callable[..., Page], planner: User, jingyi: User
):
    page = page_of(planner)
    page.goto(LIST)
    faults = faults_of(page)
    search = page.locator("input[type=search]")
    for _ in range(30):
        page.keyboard.press("Tab")
        if search.evaluate("each => each === document.activeElement"):
            break
    expect(search).to_be_focused()

    page.keyboard.type("xiaoming")
    expect(page.locator(".people tbody tr")).to_have_count(20, timeout=LOADED_MS)
    expect(page.locator("[data-finds-told]")).to_contain_text("32")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".people tbody th a").nth(1)).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(search).to_be_focused()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("lijingyi")
    expect(page.locator(".people tbody tr")).to_have_count(1, timeout=LOADED_MS)
    expect(page).to_have_url(re.compile(r"/people/\?q=lijingyi$"))
    page.keyboard.press("Enter")

    expect(page.locator("h1")).to_have_text("李静怡", timeout=LOADED_MS)
    page.go_back()
    expect(search).to_have_value("lijingyi", timeout=LOADED_MS)
    expect(page.locator(".people tbody tr")).to_have_count(1)
    assert faults == []


@pytest.mark.usefixtures("_school")
def test_filters_act_at_once_and_stand_in_the_address(
    page_of: Callable[..., Page], planner: User, teacher: User
):
    page = page_of(planner)
    page.goto(LIST)

    page.locator("select[name=role]").select_option("teacher")

    expect(page.locator(".people tbody tr")).to_have_count(1, timeout=LOADED_MS)
    assert page.url.endswith("?role=teacher")
    expect(page.locator(".people-filters button")).to_be_hidden()


@pytest.mark.usefixtures("_school")
def test_list_works_without_scripts(page_of: Callable[..., Page], planner: User, jingyi: User):
    page = page_of(planner)
    page.route("**/*.js", lambda route: route.abort())
    page.goto(LIST)

    page.locator("input[type=search]").fill("ljy")
    page.locator(".people-filters button").click()

    expect(page.locator(".people tbody tr")).to_have_count(1, timeout=LOADED_MS)
    expect(page.locator("input[type=search]")).to_have_value("ljy")


@pytest.mark.usefixtures("_school")
def test_pages_are_seen_by_everybody(
    page_of: Callable[..., Page],
    planner: User,
    administrator: User,
    jingyi: User,
    lesson: Lesson,
):
    page = page_of(planner)
    paths = (
        *(LIST, "/people/?q=nobody", "/people/new/", "/people/start-passwords/"),
        *map(path_of, (jingyi, lesson.teacher, administrator)),
        *(path_of(jingyi, "change/"), path_of(lesson.teacher, "deactivate/")),
    )

    assert {path: faults for path in paths if (faults := faults_at(page, path))} == {}
