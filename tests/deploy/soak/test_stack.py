from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
import time_machine

from deploy.soak.stack import SCHOOL_HOUR, zone_with_hour


@pytest.mark.parametrize("hour", range(24))
def test_it_is_always_morning_in_the_school(hour: int):
    with time_machine.travel(dt.datetime(2026, 11, 29, hour, 30, tzinfo=dt.UTC)):
        zone = ZoneInfo(zone_with_hour(SCHOOL_HOUR))

        assert dt.datetime.now(zone).hour == SCHOOL_HOUR
