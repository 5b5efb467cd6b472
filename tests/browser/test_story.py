"""The story that the demo is for, in a browser against its own processes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import visitor
from tests.support.cloud import LocalCloud
from tests.support.demo import Demo

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

TEACHER, STUDENT, OTHER_STUDENT, SUPERVISOR = range(4)  # the order of the sign-in lines
ENTER = "form[action$='/enter/'] button:visible"


def signed_in(browser: Browser, demo: Demo, who: int) -> AbstractContextManager[Page]:
    """A new visitor who signs in with the data of that line."""
    return visitor(browser, demo.url, signs_in_as=demo.sign_ins[who][:2])


def enter_class(page: Page, demo: Demo) -> None:
    """One click on the timetable."""
    page.locator(ENTER).first.click()
    page.wait_for_url(f"{demo.cloud.class_url}?*")


def members(cloud: LocalCloud) -> dict[str, str]:
    """Who is in a class now: name and role."""
    present: list[dict[str, Any]] = [each for room in cloud.rooms() for each in room["Members"]]
    return {each["Name"]: each["Role"] for each in present}


def status_of(page: Page, address: str) -> int:
    answer = page.goto(address)
    assert answer is not None
    return answer.status


@pytest.fixture
def teacher_page(browser: Browser, demo: Demo) -> Iterator[Page]:
    with signed_in(browser, demo, TEACHER) as page:
        yield page


def test_timetable_shows_the_week_with_its_lunar_days(teacher_page: Page):
    heads = teacher_page.locator("table thead th").all_inner_texts()

    days = [" ".join(head.split()) for head in heads if head.strip().startswith("周")]
    assert [day[:2] for day in days] == ["周一", "周二", "周三", "周四", "周五", "周六", "周日"]
    assert all(re.fullmatch(r"周. \d{1,2} \S{2,3}( .*)?", day) for day in days), days


def test_teacher_and_student_enter_the_running_class_in_one_click(
    browser: Browser, demo: Demo, teacher_page: Page
):
    enter_class(teacher_page, demo)
    assert list(members(demo.cloud).values()) == ["teacher"]

    with signed_in(browser, demo, STUDENT) as student_page:
        enter_class(student_page, demo)

        assert sorted(members(demo.cloud).values()) == ["student", "teacher"]


def test_student_of_another_class_does_not_see_it(browser: Browser, demo: Demo, teacher_page: Page):
    action = teacher_page.locator(ENTER).first.evaluate("button => button.form.action")
    lesson = action.removesuffix("enter/")
    assert status_of(teacher_page, lesson) == 200

    with signed_in(browser, demo, OTHER_STUDENT) as page:
        assert page.locator(f"[href='{lesson.removeprefix(demo.url)}']").count() == 0
        assert status_of(page, lesson) == 404


def test_signed_out_visitor_is_asked_to_sign_in(demo_page: Page):
    demo_page.goto("/")

    expect(demo_page).to_have_url(re.compile("/accounts/login/"))
