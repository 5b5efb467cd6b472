"""The cloud tells from where people came into class; nothing of it is kept or logged."""

from __future__ import annotations

import logging

import pytest
import time_machine
from tencentcloud.lcic.v20220817 import models

from classroom.client.rate_limits import Priority
from classroom.client.transport import call
from tests.attendance.collecting.conftest import HeldClass
from tests.attendance.collecting.test_asking import MINUTE, ask, came_and_went
from tests.support.every_table import rows_of_all

pytestmark = pytest.mark.django_db


def told_places(held: HeldClass) -> set[str]:
    """Return the addresses and places that the cloud tells of those who were in a class."""
    request = models.DescribeRoomStatisticsRequest()
    request.RoomId, request.Page, request.Limit = held.room.number, 1, 100
    answer = call(
        "DescribeRoomStatistics",
        request,
        models.DescribeRoomStatisticsResponse,
        Priority.BACKGROUND,
    )
    return {text for line in answer.MemberRecords for text in (line.IPAddress, line.Location)}


def test_no_address_and_no_place_is_in_a_table_or_a_log(
    held: HeldClass, caplog: pytest.LogCaptureFixture
):
    with caplog.at_level(logging.DEBUG):
        came_and_went(held)
        ask(held, MINUTE)
    with time_machine.travel(held.ended_at + MINUTE):
        places = told_places(held)

    kept = repr(rows_of_all()) + caplog.text
    assert len(places) == 2 * len(held.people)
    assert held.sums()  # so that there is something to keep
    assert [place for place in places if place in kept] == []
