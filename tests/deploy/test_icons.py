"""The sprite of icons: it is what `python -m deploy.icons` makes of its list."""

from __future__ import annotations

import re

import pytest

from deploy import icons

DRAWN = """<!-- licence -->
<svg
  class="lucide lucide-check"
  xmlns="http://www.w3.org/2000/svg"
  width="24"
  viewBox="0 0 24 24"
  fill="none"
  stroke="currentColor"
  stroke-width="2"
  stroke-linecap="round"
  stroke-linejoin="round"
>
  <path d="M20 6 9 17l-5-5" />
</svg>
"""


def test_sprite_has_the_icons_of_the_list_and_says_where_they_come_from():
    sprite = (icons.FOLDER / "icons.svg").read_text()

    assert re.findall(r'<symbol id="([\w-]+)"', sprite) == list(icons.ICONS)
    assert f"{icons.PACKAGE} {icons.VERSION}" in sprite
    for about in ("README.md", "LICENSE"):
        assert (icons.FOLDER / about).read_text()
    assert icons.VERSION in (icons.FOLDER / "README.md").read_text()


def test_shapes_are_taken_as_they_are():
    symbol = icons._symbol("check", DRAWN)

    assert symbol == f'<symbol id="check" {icons.LOOK}><path d="M20 6 9 17l-5-5" /></symbol>'


def test_icon_that_looks_otherwise_is_refused():
    with pytest.raises(ValueError, match="check"):
        icons._symbol("check", DRAWN.replace('fill="none"', 'fill="red"'))
