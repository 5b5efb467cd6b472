from __future__ import annotations

import logging

import pytest

from edu_platform.lib.bounded_log import LINES_A_MINUTE, BoundedLog

LOGGER = logging.getLogger("bounded")


@pytest.fixture(autouse=True)
def _all_levels(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


def test_few_lines_are_all_logged(caplog: pytest.LogCaptureFixture):
    log = BoundedLog(LOGGER, "visits")

    assert log.info("visit of %s", "a")
    assert caplog.messages == ["visit of a"]


def test_of_many_within_a_minute_the_rest_is_counted(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    now_s = [1000.0]
    monkeypatch.setattr("edu_platform.lib.bounded_log.time.monotonic", lambda: now_s[0])
    log = BoundedLog(LOGGER, "visits")

    logged = [log.info("visit") for _number in range(LINES_A_MINUTE + 7)]
    now_s[0] += 61
    log.info("visit")

    assert logged == [True] * LINES_A_MINUTE + [False] * 7
    assert caplog.messages == ["visit"] * LINES_A_MINUTE + [
        "visits, not logged one by one: 7",
        "visit",
    ]


def test_bound_may_be_another(caplog: pytest.LogCaptureFixture):
    log = BoundedLog(LOGGER, "visits", 2)

    assert [log.admits() for _number in range(3)] == [True, True, False]
    assert caplog.messages == []
