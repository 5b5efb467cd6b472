from __future__ import annotations

import pytest

from edu_platform.lib.hooks import Hook


def test_functions_run_in_their_order_not_in_that_of_registration():
    hook: Hook[str] = Hook("letters")
    hook.register("b", order=20)
    hook.register("a", order=10)

    assert list(hook) == ["a", "b"]


def test_order_that_is_taken_is_refused():
    hook: Hook[str] = Hook("letters")
    hook.register("a", order=10)

    with pytest.raises(ValueError, match="letters: two functions of order 10"):
        hook.register("b", order=10)

    assert list(hook) == ["a"]


def test_only_lasts_for_its_block():
    hook: Hook[str] = Hook("letters")
    hook.register("a", order=10)

    with hook.only("x", "y"):
        assert list(hook) == ["x", "y"]
    with hook.only():
        assert not hook

    assert list(hook) == ["a"]
