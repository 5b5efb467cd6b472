"""The checker finds nothing in a school that is in order, and each fault that is planted in it.

It reads PostgreSQL alone.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import override_settings
from psycopg2.extras import RealDictCursor

from deploy.soak.checker import Evidence, Finding, find
from deploy.soak.checker.evidence import Tables
from tests.deploy.soak.planted import EXPLAINED, FAULTS, Case
from tests.deploy.soak.school import School
from tests.support import cloud as cloud_support
from tests.support.callbacks import KEY
from tests.support.cloud import LocalCloud
from tests.support.transactions import rolled_back

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="reads PostgreSQL"),
]


@pytest.fixture(scope="module")
def school(
    django_db_setup: None,
    django_db_blocker: Any,
    running_cloud: LocalCloud,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[School]:
    """Made once, in a transaction around all tests."""
    folder = tmp_path_factory.mktemp("school")
    with (
        django_db_blocker.unblock(),
        pytest.MonkeyPatch.context() as patch,
        _settings(running_cloud, folder),
    ):
        patch.setattr("classroom.client.rate_limits._rate_limiter", None)
        patch.setattr("classroom.client.rate_limits.LOCAL_SHARE", 10)
        # Other threads do not see what is not committed.
        patch.setattr("schedule.rooms.ahead.MADE_AT_ONCE", 1)
        patch.setattr("attendance.collecting.asking.ASKED_AT_ONCE", 1)
        with rolled_back():
            yield _made(running_cloud, folder)


def _settings(cloud: LocalCloud, folder: Path) -> override_settings:
    return override_settings(
        LCIC_ENDPOINT=cloud.url,
        LCIC_CLASS_URL=cloud.class_url,
        LCIC_SDK_APP_ID=cloud_support.SDK_APP_ID,
        LCIC_SECRET_ID=cloud_support.SECRET_ID,
        LCIC_SECRET_KEY=cloud_support.SECRET_KEY,
        LCIC_CALLBACK_KEY=[KEY],
        REPLAY_HOSTS=[cloud.url.removeprefix("http://")],
        MEDIA_ROOT=str(folder / "media"),
    )


def _made(cloud: LocalCloud, folder: Path) -> School:
    cloud.reset()
    cloud.set_callbacks(url="http://127.0.0.1:9/", key=KEY, lose=1.0)
    school = School(cloud, folder)
    school.make_day()
    return school


@pytest.fixture
def case(school: School, tmp_path: Path) -> Iterator[Case]:
    cloud, deliveries = deepcopy(school.cloud_state), deepcopy(school.deliveries)
    with connection.connection.cursor(cursor_factory=RealDictCursor) as cursor:
        evidence = Evidence(
            tables=Tables(cursor),
            cloud=cloud,
            deliveries=deliveries,
            visits=school.visits,
            facts=list(school.facts),
            media_root=school.folder / "media",
        )
        yield Case(school, evidence, tmp_path / "media")


def find_in(case: Case) -> list[Finding]:
    """Return what the checker finds, by a fresh copy without the cached values of before the fault."""
    return find(dataclasses.replace(case.evidence))


def test_school_in_order_is_found_in_order(case):
    assert find_in(case) == []


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_planted_fault_is_found(case, fault):
    fault.plant(case)

    found = find_in(case)
    assert any(each.kind is fault.kind and fault.words in each.sentence for each in found), found


@pytest.mark.parametrize(
    "explain", [act for _, act in EXPLAINED], ids=[name for name, _ in EXPLAINED]
)
def test_what_has_a_reason_is_passed_over(case, explain):
    explain(case)

    assert find_in(case) == []
