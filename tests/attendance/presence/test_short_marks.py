"""A task that is to go on soon is sent once for all processes, and once more for those who want it much sooner."""

from __future__ import annotations

import datetime as dt

import pytest

from attendance.presence import short_marks
from attendance.presence.short_marks import begin_turn, go_on_in

SECOND = dt.timedelta(seconds=1)


@pytest.fixture
def sent(valkey: str, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """After how many seconds each message is to be taken up."""
    delays: list[float] = []
    monkeypatch.setattr(
        short_marks, "send_in_background", lambda _task, *, delay_s: delays.append(delay_s)
    )
    return delays


def test_message_on_its_way_is_enough_for_all_who_want_the_task_then(sent: list[float]):
    for wait_s in (9, 9, 8):
        go_on_in("looking", wait_s * SECOND)
    go_on_in("judging", SECOND)

    assert sent == [9, 1]


def test_who_wants_it_much_sooner_does_not_wait_for_the_message_on_its_way(sent: list[float]):
    for wait_s in (9, 0, 0, 9):
        go_on_in("looking", wait_s * SECOND)

    assert sent == [9, 0]


def test_message_that_is_taken_up_makes_way_for_the_next_but_for_none_still_to_come(
    sent: list[float],
):
    go_on_in("looking", dt.timedelta())
    begin_turn("looking")
    go_on_in("looking", 9 * SECOND)
    begin_turn("looking")
    go_on_in("looking", 9 * SECOND)

    assert sent == [0, 9]
