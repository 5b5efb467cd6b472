"""Visitors in a browser: how they sign in, and how one waits for what their pages do."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, ViewportSize

from accounts.models import User

T = TypeVar("T")

FOUND_WITHIN_S = 30
WIDE: ViewportSize = {"width": 1440, "height": 900}


def sign_in(page: Page, username: str, password: str) -> None:
    page.goto("/accounts/login/")
    page.fill("[name=login]", username)
    page.fill("[name=password]", password)
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/schedule/**")  # the timetable, or the day of the school


def sign_in_as(context: BrowserContext, site: str, user: User, language: str = "zh-hans") -> None:
    """Sign in without the form."""
    client = Client()
    client.force_login(user)
    cookies = {"sessionid": client.cookies["sessionid"].value, "django_language": language}
    context.add_cookies(
        [{"name": name, "value": value, "url": site} for name, value in cookies.items()]
    )


def open_own_menu(page: Page) -> None:
    """Open the menu under the person's name: profile, language, help and the way out."""
    page.locator(".menu-person > summary").click()


@contextmanager
def visitor(
    browser: Browser, base_url: str, *, signs_in_as: tuple[str, str] | None = None
) -> Iterator[Page]:
    """A page of a new visitor, or of one with that name and password. Whatever breaks the content policy, or a script, fails the test."""
    context = browser.new_context(
        base_url=base_url, locale="zh-CN", timezone_id="Asia/Shanghai", viewport=WIDE
    )
    faults: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            faults.append(message.text)

    opened = context.new_page()
    opened.on("console", note)
    opened.on("pageerror", lambda error: faults.append(str(error)))
    try:
        if signs_in_as:
            sign_in(opened, *signs_in_as)
        yield opened
    finally:
        context.close()
    assert faults == []


def look_until(page: Page, look: Callable[[], T | None], missing: str) -> T:
    """Wait until a look finds something, and return it; the page runs meanwhile."""
    until_s = time.monotonic() + FOUND_WITHIN_S
    while not (found := look()):
        assert time.monotonic() < until_s, missing
        page.wait_for_timeout(50)
    return found
