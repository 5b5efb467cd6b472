"""Signing in and out by CAS in a browser, under the real content policy."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.support.cas_server import CasServer
from tests.support.cas_server.serve import PEOPLE
from tests.support.site import Processes
from tests.support.visitors import open_own_menu, visitor

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


def test_button_leads_to_the_timetable_and_signing_out_back(
    browser: Browser, processes: Processes, cas_server: CasServer
) -> None:
    site = processes.start_web(CAS_SERVER_URL=cas_server.url)
    with visitor(browser, site) as page:
        page.goto("/replays/")
        page.get_by_role("button", name="统一身份认证登录").click()
        page.wait_for_url(f"{cas_server.url}/login?**")
        page.fill("[name=username]", "li.ming")
        page.fill("[name=password]", PEOPLE["li.ming"][0])
        page.press("[name=password]", "Enter")
        page.wait_for_url("/replays/")
        expect(page.get_by_role("banner")).to_contain_text("李明")

        open_own_menu(page)
        page.get_by_role("button", name="退出登录").click()
        page.wait_for_url("/accounts/login/")
        page.get_by_role("button", name="统一身份认证登录").click()
        page.wait_for_url(f"{cas_server.url}/login?**")
        expect(page.locator("[name=password]")).to_be_visible()
