"""The times at which the cloud is asked for a recording that does not come."""

from __future__ import annotations

from django.utils import timezone

from replays.polling_times import GIVE_UP_AFTER, next_question


def test_month_of_waiting_is_fewer_than_two_hundred_questions():
    ended_at = at = timezone.now()
    asks = 0
    while at < ended_at + GIVE_UP_AFTER:
        asks += 1
        at = next_question(ended_at, asks=asks, at=at)

    assert 100 < asks < 200
