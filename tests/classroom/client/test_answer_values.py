"""Numbers that the cloud says: what cannot be is not known, and what is no number is garbled."""

from __future__ import annotations

import datetime as dt

import pytest

from classroom.client.answer_values import moment, optional_moment, optional_words
from classroom.client.errors import CloudProtocolError

FIRST = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
LAST = dt.datetime(2099, 12, 31, 23, 59, 59, tzinfo=dt.UTC)


@pytest.mark.parametrize("known", [FIRST, LAST])
def test_moments_at_which_classes_can_be(known: dt.datetime):
    seconds = int(known.timestamp())
    assert optional_moment("DescribeRecord", seconds) == moment("DescribeRoom", seconds) == known


@pytest.mark.parametrize(
    "seconds",
    [
        None,
        0,
        -1,
        1,
        int(FIRST.timestamp()) - 1,
        int(LAST.timestamp()) + 1,
        253_402_300_799,  # the last second that the calendar has
        2**63,
        -(2**63),
    ],
)
def test_other_moments_are_not_known(seconds: object):
    assert optional_moment("DescribeRecord", seconds) is None
    with pytest.raises(CloudProtocolError):
        moment("DescribeRoom", seconds)


@pytest.mark.parametrize("seconds", ["1788220800", True, 1.5, [1]])
def test_what_is_no_moment_is_garbled(seconds: object):
    with pytest.raises(CloudProtocolError):
        optional_moment("DescribeRecord", seconds)


@pytest.mark.parametrize(
    ("said", "kept"),
    [(None, ""), ("", ""), ("mp4", "mp4"), ("m\0p4", "mp4"), ("v\ud800", "v?"), ("语文", "语文")],
)
def test_words_as_every_database_takes_them(said: object, kept: str):
    assert optional_words(said) == kept
