"""Help in a browser: it fits, can be read by everybody, and its pictures are there."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.support.eyes import faults_at

pytestmark = pytest.mark.browser


def test_help_can_be_read(page: Page):
    assert (
        faults_at(page, "/help/", "/help/student/", "/help/planner/", "/help/guides/entry/") == []
    )


def test_sign_in_leads_to_its_help_whose_pictures_are_there(page: Page):
    page.goto("/accounts/login/")
    page.get_by_role("link", name="本页帮助").click()
    expect(page.get_by_role("heading", name="登录", exact=True)).to_be_in_viewport()

    picture = page.get_by_role("img").first
    picture.scroll_into_view_if_needed()
    expect(picture).to_have_js_property("complete", value=True)

    assert picture.evaluate("each => each.naturalWidth") == 1100
