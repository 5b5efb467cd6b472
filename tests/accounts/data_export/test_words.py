"""Tests of how long something is kept, in words."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import translation

from accounts.data_export.words import times_in_words
from accounts.models import AuditEntry
from edu_platform.lib.personal_data import Erased, Export, Held


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (dt.timedelta(days=3 * 366), "for 3 years"),
        (dt.timedelta(days=2 * 365), "for 2 years"),
        # More than two years: nobody is promised less than what is kept.
        (dt.timedelta(days=800), "for 800 days"),
        (dt.timedelta(days=180), "for 180 days"),
        (dt.timedelta(hours=36), "for 36 hours"),
        (dt.timedelta(hours=1), "for 1 hour"),
    ],
)
def test_length_is_said_as_it_is(length, words):
    line = Held(AuditEntry, "address", Export.AS_IT_IS, Erased.VALUE, length)

    with translation.override("en"):
        assert times_in_words([line]) == words
