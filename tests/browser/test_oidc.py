"""Signing in with the school's account, in Chromium under the real content policy."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from accounts.models import User
from deploy.services.oidc_provider import OidcProvider
from deploy.services.processes import free_port
from tests.support.eyes import faults_at, faults_of
from tests.support.site import Processes
from tests.support.visitors import open_own_menu, visitor

pytestmark = [pytest.mark.browser, pytest.mark.processes]

BUTTON = "用学校账号登录"


@pytest.fixture
def provider_and_site(processes: Processes, oidc_server: OidcProvider) -> tuple[OidcProvider, str]:
    port = free_port()
    oidc_server.begin(f"http://127.0.0.1:{port}")
    oidc_server.set_people({"s-1": {"preferred_username": "wang.xiaoming", "name": "王小明"}})
    site = processes.start_web(
        port,
        OIDC_ISSUER=oidc_server.issuer,
        OIDC_CLIENT_ID=oidc_server.client_id,
        OIDC_CLIENT_SECRET=oidc_server.client_secret,
    )
    return oidc_server, site


def sign_in(page: Page) -> None:
    page.goto("/accounts/login/")
    page.get_by_role("button", name=BUTTON).click()
    page.get_by_label("Name").fill("s-1")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/schedule/")


def test_in_and_out_at_both_ends(
    browser: Browser, provider_and_site: tuple[OidcProvider, str]
) -> None:
    provider, site = provider_and_site
    with visitor(browser, site) as page:
        assert faults_at(page, "/accounts/login/") == []

        # Who leaves there is told what to do here.
        page.goto("/accounts/login/")
        page.get_by_role("button", name=BUTTON).click()
        page.get_by_role("button", name="Leave").click()
        expect(page.get_by_role("heading", name="您没有登录")).to_be_visible()
        assert faults_of(page) == []
        page.get_by_role("link", name="去登录").click()

        sign_in(page)
        expect(page.locator("body")).to_contain_text("王小明")

        # Out here, and there.
        open_own_menu(page)
        page.get_by_role("button", name="退出登录").click()
        page.get_by_role("button", name="Sign out here too").click()
        page.wait_for_url("**/accounts/login/")
        page.get_by_role("button", name=BUTTON).click()
        expect(page.get_by_label("Name")).to_be_visible()

        # Out there, and so here too.
        sign_in(page)
        page.goto(f"{provider.issuer}/session/end")
        page.get_by_role("button", name="Sign out here too").click()
        page.wait_for_url(re.compile("/session/end/success"))
        page.goto(f"{site}/schedule/")
        expect(page).to_have_url(re.compile("/accounts/login/"))
    assert User.objects.get().username == "wang.xiaoming"
