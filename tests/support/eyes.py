"""What axe calls serious on a page, and whether it fits: light and dark, on a phone and a wide screen."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

PHONE_PX, DESK_PX = 360, 1440
SERIOUS = ["serious", "critical"]
# Style sheets are not read beforehand: no rule needs it, and the content policy forbids how it is done.
EVERYTHING: dict[str, Any] = {"resultTypes": ["violations"], "preload": False}
# All that a page changes in the dark, and nearly all of what looking at it costs.
COLOUR_RULES = ["color-contrast", "link-in-text-block"]
COLOURS = EVERYTHING | {"runOnly": COLOUR_RULES}
STRUCTURE = EVERYTHING | {"rules": {rule: {"enabled": False} for rule in COLOUR_RULES}}
# Whatever decides what stands where, over what, and in which colours. What is placed by itself may come to
# lie over something else without looking different: such a thing always counts as changed.
REMEMBERS_LOOKS = """(scheme) => {
  const looks = [
    "color", "backgroundColor", "backgroundImage", "backgroundClip", "fontSize", "fontWeight", "fontStyle",
    "opacity", "filter", "mixBlendMode", "textShadow", "textDecorationLine", "borderBottomStyle",
    "borderBottomWidth", "borderBottomColor", "visibility", "clipPath", "display", "position", "zIndex",
  ];
  // A margin that is not negative pulls nothing over another; that of what stands in the middle has any width.
  const pulls = ["marginLeft", "marginTop"];
  window.looksOf = (each) => {
    const style = getComputedStyle(each);
    const pulled = pulls.map((name) => Math.min(0, parseFloat(style[name])));
    return [each.checkVisibility(), ...looks.map((name) => style[name]), ...pulled].join();
  };
  window.remembered ??= {};
  window.remembered[scheme] = new Map(
    [...document.querySelectorAll("html, body, body *")].map((each) => [each, looksOf(each)]),
  );
}"""
FINDS_CHANGED = """(scheme) => {
  const isPlaced = (each) => getComputedStyle(each).position !== "static";
  const hasChanged = (each) => window.remembered[scheme].get(each) !== looksOf(each);
  const all = [...document.querySelectorAll("html, body, body *")];
  const found = all.filter((each) => each.checkVisibility() && (isPlaced(each) || hasChanged(each)));
  // What lies within another of them is looked at with it: axe takes long to put many places together.
  const among = new Set(found);
  const isWithin = (each) => each && (among.has(each) || isWithin(each.parentElement));
  window.changed = found.filter((each) => !isWithin(each.parentElement));
}"""
# A fault is as serious as the rule that it breaks: what breaks the milder ones would be left out anyway.
LOOKS_FOR_FAULTS = """async ([options, serious, onlyWhatChanged]) => {
  if (onlyWhatChanged && !changed.length) return [];
  const rules = { ...options.rules };
  for (const rule of axe._audit.rules) {
    if (rule.impact && !serious.includes(rule.impact)) rules[rule.id] = { enabled: false };
  }
  const context = onlyWhatChanged ? { include: changed } : document;
  const found = await axe.run(context, { ...options, rules });
  return found.violations
    .filter((each) => serious.includes(each.impact))
    .flatMap((each) => each.nodes.map((node) => `${each.id}: ${node.html}`));
}"""


def faults_of(page: Page) -> list[str]:
    """The faults of the page as it stands now, each with how it was looked at."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    before = page.viewport_size
    if before is None or before["width"] != DESK_PX:
        page.set_viewport_size({"width": DESK_PX, "height": 800})
    # Without motion: colours that still change would be taken for those of the page.
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    faults = _faults_on_a_desk(page) + _faults_on_a_phone(page)
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


def _faults_on_a_desk(page: Page) -> list[str]:
    """In the light, then in the dark; so the page stays."""
    page.evaluate(REMEMBERS_LOOKS, "light")
    found = _width_fault(page) + _found(page, EVERYTHING)
    page.emulate_media(color_scheme="dark")
    page.evaluate(REMEMBERS_LOOKS, "dark")
    return _told(page, DESK_PX, found + _found(page, COLOURS))


def _faults_on_a_phone(page: Page) -> list[str]:
    """In the dark, then in the light, in which the page is left.

    Of colours is looked at what is not shown on a desk, or looks different there: the rest has been seen.
    """
    page.set_viewport_size({"width": PHONE_PX, "height": 800})
    page.evaluate(FINDS_CHANGED, "dark")
    found = _found(page, COLOURS, only_what_changed=True)
    page.emulate_media(color_scheme="light")
    found += _width_fault(page) + _found(page, STRUCTURE)
    page.evaluate(FINDS_CHANGED, "light")
    return _told(page, PHONE_PX, found + _found(page, COLOURS, only_what_changed=True))


def _found(page: Page, options: dict[str, Any], *, only_what_changed: bool = False) -> list[str]:
    return list(page.evaluate(LOOKS_FOR_FAULTS, [options, SERIOUS, only_what_changed]))


def _width_fault(page: Page) -> list[str]:
    return ["wider than the window"] if is_wider_than_the_window(page) else []


def _told(page: Page, width_px: int, found: list[str]) -> list[str]:
    return [f"{page.url}, {width_px} px: {each}" for each in found]
