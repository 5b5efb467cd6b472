"""Versions of what pages show."""

from __future__ import annotations

import datetime as dt

import pytest

from accounts.models import User
from edu_platform.lib.versions import (
    NotAsShown,
    is_as_shown,
    known_in,
    require_as_shown,
    version_of,
)

NOON = dt.datetime(2026, 9, 1, 4, tzinfo=dt.UTC)


def test_same_as_long_as_all_looks_the_same():
    assert version_of("语文课", 1, NOON) == version_of("语文课", 1, NOON)
    others = [("语文课", 2, NOON), ("语文课", "1", NOON), ("语文课", 1), (("语文课", 1, NOON),)]
    assert version_of("语文课", 1, NOON) not in {version_of(*each) for each in others}


def test_what_is_as_shown_or_was_never_shown_goes_on():
    require_as_shown(User(), version_of(1), version_of(1))
    require_as_shown(User(), "", version_of(1))


def test_programs_send_none_and_are_taken_at_their_word():
    assert known_in(None) == known_in({}) == ""
    assert is_as_shown(known_in({}), version_of(1))
    assert not is_as_shown(known_in({"known": "x"}), version_of(1))


def test_what_is_another_by_now_is_refused_with_what_is_there():
    row = User(username="teacher")

    with pytest.raises(NotAsShown) as refused:
        require_as_shown(row, version_of(1), version_of(2))

    assert refused.value.now is row
