"""What axe calls serious on a page, and whether it fits: light and dark, on a phone and a wide screen."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

PHONE_PX, DESK_PX = 360, 1440
SERIOUS = ["serious", "critical"]
# Style sheets are not read beforehand: no rule needs it, and the content policy forbids how it is done.
EVERYTHING: dict[str, Any] = {"resultTypes": ["violations"], "preload": False}
# All that a page changes in the dark.
COLOURS = EVERYTHING | {"runOnly": ["color-contrast", "link-in-text-block"]}
LOOKS_FOR_FAULTS = """async ([options, serious]) => {
  const found = await axe.run(options);
  return found.violations
    .filter((each) => serious.includes(each.impact))
    .flatMap((each) => each.nodes.map((node) => `${each.id}: ${node.html}`));
}"""


def faults_of(page: Page) -> list[str]:
    """The faults of the page as it stands now, each with how it was looked at."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    before = page.viewport_size
    faults = [fault for width_px in (PHONE_PX, DESK_PX) for fault in _faults_at(page, width_px)]
    page.emulate_media(color_scheme="light")
    if before:
        page.set_viewport_size(before)
    return faults


def faults_at(page: Page, *paths: str) -> list[str]:
    """The faults of the pages at these paths."""
    faults = []
    for path in paths:
        page.goto(path)
        faults += faults_of(page)
    return faults


def is_wider_than_the_window(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))


def _faults_at(page: Page, width_px: int) -> list[str]:
    page.set_viewport_size({"width": width_px, "height": 800})
    # Without motion: colours that still change would be taken for those of the page.
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    found = page.evaluate(LOOKS_FOR_FAULTS, [EVERYTHING, SERIOUS])
    if is_wider_than_the_window(page):
        found.append("wider than the window")
    page.emulate_media(color_scheme="dark")
    found += page.evaluate(LOOKS_FOR_FAULTS, [COLOURS, SERIOUS])
    return [f"{page.url}, {width_px} px: {each}" for each in found]
