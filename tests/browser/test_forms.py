"""Forms in a browser: long menus are searched, and a refused form opens at its faults, which lead to their fields."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from schedule.models import Lesson
from tests.factories.schedule import ClassGroupFactory
from tests.support.eyes import faults_of

pytestmark = pytest.mark.browser


def test_long_menu_is_searched_and_chooses_what_is_typed(
    page_of: Callable[..., Page], planner: User, lesson: Lesson
) -> None:
    for number in range(1, 15):
        ClassGroupFactory.create(name=f"九年级{number}班")
    page = page_of(planner)
    page.goto("/schedule/lessons/")
    field = page.get_by_label("班级", exact=True)
    menu = page.locator("select[name=class_group]")

    field.fill("14")
    field.blur()

    expect(field).to_have_value("九年级14班")
    expect(menu).to_have_js_property("selectedOptions.length", 1)
    assert menu.evaluate("(menu) => menu.selectedOptions[0].text") == "九年级14班"
    assert faults_of(page) == []
    # What is no entry, or could be several, chooses nothing.
    for typed in ("十年级", "九年级", ""):
        field.fill(typed)
        field.blur()
        expect(field).to_have_value("九年级14班")


def test_refused_form_opens_at_its_faults_which_lead_to_their_fields(
    page_of: Callable[..., Page], planner: User, lesson: Lesson
) -> None:
    page = page_of(planner)
    page.goto("/schedule/lessons/new/")
    page.get_by_label("课程", exact=True).fill("语文课")
    page.locator("form.planning").evaluate("(form) => { form.noValidate = true }")
    page.get_by_role("button", name="保存").click()

    faults = page.locator(".form-faults")
    expect(faults).to_be_focused()
    expect(faults).to_be_in_viewport()
    assert faults_of(page) == []
    faults.get_by_role("link", name="老师").click()
    expect(page.get_by_label("老师", exact=True)).to_be_focused()
