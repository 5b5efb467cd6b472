"""Which faults of a page are told: of what kinds, and on a phone not those alone that a desk shows."""

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
