"""Faults of a page that are told: of what kinds, and on a phone not those alone that a desk shows."""

from __future__ import annotations

import re
from contextlib import closing

import pytest
from playwright.sync_api import Browser

from tests.support.eyes import faults_of

pytestmark = pytest.mark.browser

# What is wrong with each paragraph, its name tells; beneath the last one a bar turns up on a phone.
PAGE = """<!doctype html><html lang="en"><head><title>Faults</title><style>
  body { background: #fff; color: #000; }
  #bar { background: #222; height: 40px; }
  #hidden { color: #ddd; visibility: hidden; }
  #over { position: relative; }
  @media (prefers-color-scheme: dark) {
    body { background: #000; color: #fff; }
    #bar { background: #ddd; }
    #dark { color: #333; }
    #hidden { color: #333; }
  }
  @media (max-width: 640px) {
    #phone { background: #000; color: #222; }
    #hidden { visibility: visible; }
    #over { top: -50px; }
  }
  @media (max-width: 640px) and (prefers-color-scheme: dark) { #dark-phone { color: #333; } }
</style></head><body><main><h1>Faults</h1>
  <p id="dark">text</p><p id="phone">text</p><p id="dark-phone">text</p><p id="hidden">text</p>
  <div id="bar"></div><p id="over">text</p>
</main></body></html>"""


def test_what_differs_on_phones_is_looked_at_there(browser: Browser):
    with closing(browser.new_page()) as page:
        page.set_content(PAGE)
        told = faults_of(page)

    faults = [re.search(r"(\d+) px: color-contrast.*id=\"([\w-]+)\"", each) for each in told]

    # On phones in the dark, then in the light.
    assert [each.groups() for each in faults if each] == [
        ("1440", "dark"),
        ("360", "phone"),
        ("360", "dark-phone"),
        ("360", "hidden"),
        ("360", "over"),
        ("360", "phone"),
        ("360", "hidden"),
        ("360", "over"),
    ]
    assert None not in faults


def test_ground_that_a_page_has_on_phones_alone_is_looked_at(browser: Browser):
    with closing(browser.new_page()) as page:
        page.set_content(
            PAGE.replace(
                "#bar {", "@media (max-width: 640px) { html body { background: #333 } } #bar {"
            ).replace('<p id="over">', '<p id="ground">')
        )
        told = faults_of(page)

    assert any("360 px: color-contrast" in each and 'id="ground"' in each for each in told)
    assert not any("1440 px: color-contrast" in each and 'id="ground"' in each for each in told)


def test_what_is_pulled_over_something_on_phones_is_looked_at(browser: Browser):
    with closing(browser.new_page()) as page:
        page.set_content(
            PAGE.replace("#over { position: relative; }", "").replace(
                "top: -50px", "margin-top: -34px"
            )
        )
        told = faults_of(page)

    assert any("360 px: color-contrast" in each and 'id="over"' in each for each in told)


def test_serious_faults_of_other_kinds_are_told_and_milder_ones_are_not(browser: Browser):
    page_of_faults = """<!doctype html><html><head><title>Faults</title></head><body>
      <h1>Faults</h1><h4>Too deep</h4><p>Outside of main</p>
      <img src="data:," width="9" height="9"><button></button><input>
    </body></html>"""
    with closing(browser.new_page()) as page:
        page.set_content(page_of_faults)
        told = faults_of(page)

    rules = [re.search(r"(\d+) px: ([\w-]+)", each) for each in told]

    kinds = ("button-name", "html-has-lang", "image-alt", "label")
    assert sorted(each.groups() for each in rules if each) == [
        (width, kind) for width in ("1440", "360") for kind in kinds
    ]


# Whatever differs from the first row by itself, by what is around it or by what lies beneath it cannot be read.
ROWS = """<!doctype html><html lang="en"><head><title>Rows</title><style>
  body { background: #fff; color: #000; }
  p { height: 20px; margin: 0; }
  section { position: relative; z-index: 0; }
  #stripe { background: #222; height: 20px; position: absolute; top: 20px; width: 100%; z-index: -1; }
  tr.odd { background: #222; }
  #later, #shown { color: #ddd; }
  .faded { color: #ddd; }
  .lower { position: relative; top: 40px; }
</style></head><body><main><h1>Rows</h1>
  <table><tr><td>text</td></tr><tr><td>text</td></tr><tr class="odd"><td id="odd">text</td></tr>
    <tr><td>text</td></tr><tr><td id="later">text</td></tr><tr><td>text</td></tr></table>
  <ul hidden><li>text</li><li id="shown">text</li></ul>
  <section><div id="stripe"></div><p>text</p><p id="above-stripe">text</p><p>text</p></section>
  <div style="height: 0; overflow: hidden"><p class="faded">text</p></div>
  <div><p class="faded" id="in-sight">text</p></div>
  <div style="height: 20px"><p class="lower">text</p></div>
  <div style="height: 0; opacity: 0.2"><p class="lower" id="faint">text</p></div>
</main></body></html>"""


def test_of_what_is_nearly_alike_each_that_cannot_be_read_is_told(browser: Browser):
    with closing(browser.new_page()) as page:
        page.set_content(ROWS)
        told = [faults_of(page)]
        page.evaluate("document.querySelector('ul').hidden = false")
        told.append(faults_of(page))

    at_once, once_shown = (
        [found for each in faults for found in re.findall(r"1440 px.*id=\"([\w-]+)\"", each)]
        for faults in told
    )
    # In the light, and again in the dark.
    assert at_once == ["odd", "later", "above-stripe", "in-sight", "faint"] * 2
    assert once_shown == ["odd", "later", "shown", "above-stripe", "in-sight", "faint"] * 2
