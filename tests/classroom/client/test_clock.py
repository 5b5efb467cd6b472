from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from classroom.client.clock import cloud_time
from classroom.client.errors import CloudUnavailable
from tests.support.cloud import LocalCloud
from tests.support.peers import Script, answering


def test_clouds_time_needs_no_key(local_cloud: LocalCloud, settings: Any):
    settings.LCIC_SECRET_KEY = "wrong"

    assert abs(cloud_time() - timezone.now()) < dt.timedelta(seconds=30)
    assert local_cloud.calls() == []


@pytest.mark.parametrize("date", ["", "yesterday"])
def test_answer_without_a_date_is_none(settings: Any, date: str):
    with answering(Script(headers={"Date": date})) as cloud:
        settings.LCIC_ENDPOINT = cloud.url

        with pytest.raises(CloudUnavailable, match="without a date"):
            cloud_time()


@pytest.mark.parametrize("zone", ["GMT", "-0000"])
def test_time_is_aware(settings: Any, zone: str):
    with answering(Script(headers={"Date": f"Mon, 07 Sep 2026 08:00:00 {zone}"})) as cloud:
        settings.LCIC_ENDPOINT = cloud.url

        assert cloud_time() == dt.datetime(2026, 9, 7, 8, tzinfo=dt.UTC)
