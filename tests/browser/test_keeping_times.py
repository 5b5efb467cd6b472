"""An administrator shortens a keeping time by the keyboard alone, without scripts; the page is for everybody."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import KeepingTime, User
from tests.support.eyes import faults_of

pytestmark = pytest.mark.browser

PAGE = "/accounts/keeping-times/"


def test_a_time_is_refused_then_shortened_after_a_question(
    page_of: Callable[..., Page], administrator: User
):
    page = page_of(administrator, "en")
    page.route("**/*.js", lambda route: route.abort())
    page.goto("/admin/")
    page.get_by_role("link", name="Keeping times").first.click()
    faults = faults_of(page)

    notices = page.get_by_label("Notices", exact=True)
    notices.evaluate("field => field.removeAttribute('min')")
    notices.fill("10")
    notices.press("Enter")
    expect(page.get_by_role("alert").first).to_contain_text("At least 60 days.")
    faults += faults_of(page)

    page.get_by_label("Notices", exact=True).fill("90")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=2).first).to_contain_text("The next night deletes")
    assert not KeepingTime.objects.exists()
    faults += faults_of(page)
    confirm = page.get_by_role("button", name="Save, and delete what is older")
    confirm.focus()
    confirm.press("Enter")

    expect(page.get_by_text("The keeping times were saved.")).to_be_visible()
    expect(page.get_by_label("Notices", exact=True)).to_have_value("90")
    assert faults == []
