from __future__ import annotations

import datetime as dt
from email.utils import format_datetime
from typing import Any

import pytest
from django.utils import timezone

from edu_platform.doctor.clock import FAR_OFF_AFTER, check_offset, cloud_clock, database_clock
from tests.support.cloud import LocalCloud
from tests.support.doctor import levels, said
from tests.support.peers import Script, answering, refusing_port


@pytest.mark.both_databases("one of them has no clock of its own")
@pytest.mark.django_db
def test_databases_clock():
    assert levels(database_clock) == {"clock.database": "ok"}


@pytest.mark.parametrize(
    ("off_s", "level"),
    [
        (0, "ok"),
        (5, "ok"),
        (-5, "ok"),
        (6, "warning"),
        (-59, "warning"),
        (61, "error"),
        (-61, "error"),
    ],
)
def test_how_far_clocks_may_be_off(off_s: int, level: str):
    off = dt.timedelta(seconds=off_s)

    assert check_offset("clock.database", off, "the database", FAR_OFF_AFTER).level == level


def test_direction_is_told():
    def text(off_s: int) -> str:
        off = dt.timedelta(seconds=off_s)
        return check_offset("clock.cloud", off, "the cloud", FAR_OFF_AFTER).text

    assert text(20) == "This machine's clock is 20.0 s behind the cloud."
    assert text(-20) == "This machine's clock is 20.0 s ahead of the cloud."


def test_clouds_clock(local_cloud: LocalCloud):
    assert levels(cloud_clock) == {"clock.cloud": "ok"}


@pytest.mark.parametrize(("off_s", "level"), [(30, "warning"), (-30, "warning"), (400, "error")])
def test_clouds_clock_is_off(settings: Any, off_s: int, level: str):
    there = timezone.now() + dt.timedelta(seconds=off_s)
    date = format_datetime(there.astimezone(dt.UTC), usegmt=True)
    with answering(Script(headers={"Date": date})) as cloud:
        settings.LCIC_ENDPOINT = cloud.url

        assert levels(cloud_clock) == {"clock.cloud": level}


def test_cloud_that_is_away(settings: Any):
    settings.LCIC_ENDPOINT = f"http://127.0.0.1:{refusing_port()}"

    finding = said(cloud_clock, "clock.cloud")

    assert finding.level == "error"
    assert "ConnectionError" in finding.text
