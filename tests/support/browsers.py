"""Chromium, and its visitors of a real web process."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from accounts.models import User
from deploy.services import browser_and_fonts as chromium
from tests.support.visitors import sign_in_as, visitor


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium; without one the test is skipped and says so, except in CI, where it fails."""
    program = chromium.find()
    if program is None:
        reason = "did not run: there is no Chromium on this machine"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    # Playwright keeps an event loop in this thread; the database is used between its steps only.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=chromium.flags())
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser, live_site: str) -> Iterator[Page]:
    """A new visitor of `live_site`."""
    with visitor(browser, live_site) as opened:
        yield opened


@pytest.fixture
def page_of(page: Page, live_site: str) -> Callable[..., Page]:
    """The visitor's page, signed in as this person: `page_of(teacher)`, `page_of(teacher, "en")`."""

    def sign_in_visitor(user: User, language: str = "zh-hans") -> Page:
        sign_in_as(page.context, live_site, user, language)
        return page

    return sign_in_visitor
