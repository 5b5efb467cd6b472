"""The new school year on a phone: a preview is changed, it begins, and is undone; axe finds nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from schedule.models import ClassGroup
from tests.factories.schedule import ClassGroupFactory, MembershipFactory
from tests.support.eyes import faults_of, is_wider_than_the_window
from tests.support.long_work import done_by_worker

pytestmark = pytest.mark.browser

PATH = "/schedule/school-year/"


def active() -> list[str]:
    return list(ClassGroup.objects.active().order_by("name").values_list("name", flat=True))


def test_school_year_begins_and_is_undone(page_of: Callable[..., Page], planner: User) -> None:
    for name in ("五年级1班", "六年级1班", "合唱团"):
        MembershipFactory.create(class_group=ClassGroupFactory.create(name=name))
    page = page_of(planner)
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto("/class-groups/")
    page.locator(f'main a[href="{PATH}"]').click()
    faults = faults_of(page)
    assert not is_wider_than_the_window(page)

    # A row that cannot be says so, and the page keeps what was chosen.
    page.locator("tr", has_text="六年级1班").locator("select").select_option("stay")
    page.locator('button[name="check"]').press("Enter")
    expect(page.locator(".has-fault .errors")).to_be_visible()
    faults += faults_of(page)
    assert not is_wider_than_the_window(page)
    page.locator("#id_top_0").select_option("rise")
    page.locator('button[name="propose"]').click()
    expect(page.locator('input[value="七年级1班"]')).to_be_visible()
    # It is asked for in the months in which the next school year is far ahead.
    for box in page.locator("#id_far_ahead").all():
        box.check()
    page.locator(".school-year .button-primary").click()
    page.wait_for_url("**/schedule/work/**")
    done_by_worker()
    page.goto(PATH)
    assert active() == ["七年级1班", "六年级1班", "合唱团"]
    faults += faults_of(page)

    page.locator(f'a[href^="{PATH}"][href$="/undo/"]').click()
    faults += faults_of(page)
    assert not is_wider_than_the_window(page)
    page.locator("main form button").press("Enter")
    page.wait_for_url("**/schedule/work/**")
    done_by_worker()

    assert active() == ["五年级1班", "六年级1班", "合唱团"]
    assert faults == []
