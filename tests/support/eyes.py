"""Checks of what axe calls serious on a page, and if it fits: light and dark, on a phone and a wide screen."""

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
# Whatever decides what stands where, over what, and in which colours. What is placed by itself may come to
# lie over something else without looking different: such a thing always counts as changed.
REMEMBERS_LOOKS = """(scheme) => {
  const looks = [
    "color", "backgroundColor", "backgroundImage", "backgroundClip", "fontSize", "fontWeight", "fontStyle",
    "opacity", "filter", "mixBlendMode", "textShadow", "textDecorationLine", "borderBottomStyle",
    "borderBottomWidth", "borderBottomColor", "visibility", "clipPath", "display", "position", "zIndex",
    "webkitTextFillColor", "webkitTextStroke",
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
  window.looksNow = remembered[scheme];
  window.changed = null;
}"""
FINDS_CHANGED = """(scheme) => {
  const all = [...document.querySelectorAll("html, body, body *")];
  window.looksNow = new Map(all.map((each) => [each, looksOf(each)]));
  const isPlaced = (each) => getComputedStyle(each).position !== "static";
  const hasChanged = (each) => window.remembered[scheme].get(each) !== looksNow.get(each);
  window.changed = new Set(
    all.filter((each) => each.checkVisibility() && (isPlaced(each) || hasChanged(each))),
  );
}"""
# Most of a table looks alike. A text is not measured again if it, all around it and all that lies beneath it look
# as with another text of this page that can be read. What cannot be read is told each time.
LOOKS_ONCE_AT_WHAT_IS_ALIKE = """(colourRules) => {
  const numbers = new Map();
  const canBeRead = new Set();
  const numberOf = (looks) => numbers.get(looks) ?? numbers.set(looks, numbers.size).get(looks);
  // How this and all around it looks.
  const pathOf = (each) => {
    if (!each) return "";
    if (!paths.has(each)) {
      const looks = looksNow.get(each) ?? looksOf(each);
      paths.set(each, numberOf(`${pathOf(each.parentElement)} ${looks}`));
    }
    return paths.get(each);
  };
  const likenessOf = (each) => {
    const beneath = axe.commons.dom.getTextElementStack(each).map((stack) => stack.map(pathOf).join());
    return [pathOf(each), ...new Set(beneath)].join(" ");
  };
  // axe reads a colour again for each place that has it, which takes long; a page has few.
  const { Color } = axe.commons.color;
  const { parseString } = Color.prototype;
  const read = new Map();
  Color.prototype.parseString = function (text) {
    if (!read.has(text)) read.set(text, parseString.call(new Color(), text));
    const { r, g, b, alpha } = read.get(text);
    return Object.assign(this, { r, g, b, alpha });
  };
  const contrast = axe._audit.checks["color-contrast"];
  const measure = contrast.evaluate;
  contrast.evaluate = function (each, options, virtual, ...more) {
    const likeness = likenessOf(each);
    if (canBeRead.has(likeness)) return true;
    const found = measure.call(this, each, options, virtual, ...more);
    // axe says so of what nobody sees as well.
    if (found && axe.commons.dom.isVisibleOnScreen(virtual)) canBeRead.add(likeness);
    return found;
  };
  const hasChanged = (each) => each && (changed.has(each) || hasChanged(each.parentElement));
  // axe asks much of each place before it asks for text of its own.
  const hasText = (each) =>
    each.matches("input, select, textarea") ||
    [...each.childNodes].some((one) => one.nodeType === Node.TEXT_NODE && one.data.trim());
  for (const rule of axe._audit.rules.filter((each) => colourRules.includes(each.id))) {
    const matches = rule.matches;
    rule.matches = (each, ...more) =>
      (rule.id !== "color-contrast" || hasText(each)) &&
      (!changed || hasChanged(each)) &&
      matches.call(rule, each, ...more);
  }
}"""
# A fault is as serious as the rule that it breaks: what breaks the milder ones would be left out anyway.
LOOKS_FOR_FAULTS = """async ([options, serious]) => {
  const rules = {};
  for (const rule of axe._audit.rules) {
    if (rule.impact && !serious.includes(rule.impact)) rules[rule.id] = { enabled: false };
  }
  window.paths = new Map();
  const found = await axe.run(document, { ...options, rules });
  return found.violations
    .filter((each) => serious.includes(each.impact))
    .flatMap((each) => each.nodes.map((node) => `${each.id}: ${node.html}`));
}"""


def faults_of(page: Page) -> list[str]:
    """The faults of the page as it stands now, each with how it was looked at."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
        page.evaluate(LOOKS_ONCE_AT_WHAT_IS_ALIKE, COLOUR_RULES)
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
    found = _found(page, COLOURS)
    page.emulate_media(color_scheme="light")
    page.evaluate(FINDS_CHANGED, "light")
    return _told(page, PHONE_PX, found + _width_fault(page) + _found(page, EVERYTHING))


def _found(page: Page, options: dict[str, Any]) -> list[str]:
    return list(page.evaluate(LOOKS_FOR_FAULTS, [options, SERIOUS]))


def _width_fault(page: Page) -> list[str]:
    return ["wider than the window"] if is_wider_than_the_window(page) else []


def _told(page: Page, width_px: int, found: list[str]) -> list[str]:
    return [f"{page.url}, {width_px} px: {each}" for each in found]
