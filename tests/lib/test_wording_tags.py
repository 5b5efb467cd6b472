"""Filters that put words together."""

from __future__ import annotations

from edu_platform.lib.wording_tags import with_code


def test_what_stands_between_backticks_is_shown_as_code_and_escaped():
    assert with_code("Run `a <b>`, & wait.") == "Run <code>a &lt;b&gt;</code>, &amp; wait."
