"""Takes the pictures of one person after the other, in one language, in the system's Chromium."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from deploy.pictures.shots import (
    PHONE_HEIGHT_PX,
    PHONE_PX,
    RUNNING_LESSON,
    SHOTS,
    TEACHER,
    WIDE_PX,
    Shot,
)
from deploy.services import browser_and_fonts

# For the browser's own words, in fields of files and days: as far as its packages have the language.
LOCALES = {"zh-hans": "zh-CN", "en": "en-GB"}
# A page of text keeps its edges at this; pictures of this kind take a third of a PNG.
WEBP_QUALITY = 72

# Those that are only fetched when somebody comes near are not waited for.
PICTURES_ARE_THERE = """() =>
  [...document.images].every((each) => each.complete || each.loading === "lazy") &&
  [...document.querySelectorAll("video")].every((each) => each.readyState >= each.HAVE_CURRENT_DATA)
"""
ENTER = 'main form[action$="/enter/"] button'
BEGIN_CLASS = 'form[action*="/class/start"] button'
CLASS_HAS_BEGUN = 'main[data-status="1"]'


class CannotTakePictures(RuntimeError):
    """No pictures are taken, for a reason in a sentence for the terminal."""


def take_all(
    base_url: str, passwords: Mapping[str, str], language: str
) -> Iterator[tuple[str, bytes]]:
    """Take every picture of the demo at `base_url`: the name of each, and its bytes as WebP.

    Raises:
        CannotTakePictures: there is no Chromium on this machine.
    """
    program = browser_and_fonts.find()
    if program is None:
        raise CannotTakePictures("There is no Chromium on this machine: install it first.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program,
            args=[*browser_and_fonts.flags(), f"--lang={LOCALES[language]}"],
        )
        begin_class(browser, base_url, passwords[TEACHER])
        yield from take(browser, base_url, passwords, language)
        browser.close()


def begin_class(browser: Browser, base_url: str, password: str) -> None:
    """Have the teacher begin the running lesson, so that pictures show a class as it is."""
    context = browser.new_context(base_url=base_url, viewport={"width": WIDE_PX, "height": 800})
    page = _sign_in(context, TEACHER, password)
    page.goto(page.locator(RUNNING_LESSON).first.get_attribute("href") or "")
    page.click(ENTER)
    # It has begun already where the pictures of another language were taken before.
    page.wait_for_selector(f"{BEGIN_CLASS}, {CLASS_HAS_BEGUN}")
    if page.locator(BEGIN_CLASS).count():
        page.click(BEGIN_CLASS)
    page.wait_for_selector(CLASS_HAS_BEGUN)
    context.close()


def take(
    browser: Browser,
    base_url: str,
    passwords: Mapping[str, str],
    language: str,
    shots: Iterable[Shot] = SHOTS,
) -> Iterator[tuple[str, bytes]]:
    """Take these pictures with a browser that is open already."""
    for visitor, of_visitor in groupby(sorted(shots, key=_visitor_of), _visitor_of):
        username, is_of_phone, user_agent = visitor
        context = browser.new_context(
            base_url=base_url,
            locale=LOCALES[language],
            timezone_id="Asia/Shanghai",
            color_scheme="light",
            reduced_motion="reduce",
            user_agent=user_agent or None,
            viewport={"width": PHONE_PX if is_of_phone else WIDE_PX, "height": PHONE_HEIGHT_PX},
        )
        context.add_cookies([{"name": "django_language", "value": language, "url": base_url}])
        page = _sign_in(context, username, passwords[username])
        for shot in of_visitor:
            _go_to(page, shot)
            yield shot.name, _as_webp(_photograph(page, shot))
        context.close()


def _visitor_of(shot: Shot) -> tuple[str, bool, str]:
    return shot.username, shot.is_of_phone, shot.user_agent


def _sign_in(context: BrowserContext, username: str, password: str) -> Page:
    page = context.new_page()
    page.goto("/accounts/login/")
    page.fill("[name=login]", username)
    page.fill("[name=password]", password)
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/schedule/**")
    return page


def _go_to(page: Page, shot: Shot) -> None:
    page.goto(shot.path)
    for link in shot.follows:
        address = page.locator(link).first.get_attribute("href") or ""
        page.goto(address)
    page.wait_for_function(PICTURES_ARE_THERE)


def _photograph(page: Page, shot: Shot) -> bytes:
    if shot.is_of_phone:
        return page.screenshot(animations="disabled")
    top_px = 0.0
    if shot.begins_at:
        box = page.locator(shot.begins_at).bounding_box()
        top_px = max(0.0, box["y"] - 16) if box else 0.0
    rest_px = page.evaluate("document.documentElement.scrollHeight") - top_px
    height_px = min(rest_px, shot.height_px)
    return page.screenshot(
        animations="disabled",
        full_page=True,
        clip={"x": 0, "y": top_px, "width": WIDE_PX, "height": height_px},
    )


def _as_webp(png: bytes) -> bytes:
    written = io.BytesIO()
    with Image.open(io.BytesIO(png)) as picture:
        picture.convert("RGB").save(written, "WEBP", quality=WEBP_QUALITY, method=4)
    return written.getvalue()
