"""The doctor beside the real processes: all is well, then one after the other is killed."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from classroom.models import CallbackEvent
from deploy.services.processes import ROOT, Child
from edu_platform import heartbeat
from edu_platform.models import Backup
from tests.factories.accounts import UserFactory
from tests.support.cloud import CALLBACK_KEY, LocalCloud
from tests.support.second_factor import give_second_factor
from tests.support.site import Processes

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]

BEATS_WITHIN_S = 90
# A school on this machine's loopback, beside a cloud that was told an address and a key alone.
EXPECTED_WARNINGS = {
    "settings.https": "warning",
    "broker.persistence": "warning",
    "cloud.after_class": "warning",
    "recordings.transfer": "warning",
    "recordings.delivery": "warning",
}


def doctor(env: dict[str, str], *arguments: str) -> tuple[int, dict[str, str]]:
    """The exit code, and the level of each line."""
    done = subprocess.run(
        [sys.executable, "manage.py", "doctor", "--json", *arguments],
        cwd=ROOT,
        env=os.environ | env,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    found: list[dict[str, str]] = json.loads(done.stdout)
    for secret in (env["LCIC_SECRET_KEY"], CALLBACK_KEY, os.environ["SECRET_KEY"]):
        assert secret not in done.stdout
    return done.returncode, {each["check"]: each["level"] for each in found}


def expected_warnings() -> dict[str, str]:
    if connection.vendor == "postgresql":
        return EXPECTED_WARNINGS
    return EXPECTED_WARNINGS | {"database.engine": "warning"}


def wait_for_a_beat(beat: Child) -> None:
    beat.wait_until(lambda: not heartbeat.is_silent(timezone.now()), timeout_s=BEATS_WITHIN_S)


@pytest.fixture
def school(tmp_path: Path) -> None:
    """What a school has beside its processes."""
    give_second_factor(UserFactory.create(username="head", is_superuser=True))
    at = timezone.now()
    Backup.objects.create(began_at=at, ended_at=at, folder="/backups", size_bytes=1)


@pytest.mark.timeout(300)  # beat's first turn comes after half a minute
def test_processes_are_seen_and_missed(
    processes: Processes, local_cloud: LocalCloud, school: None, tmp_path: Path
):
    processes.env |= {
        "LCIC_CALLBACK_KEY": CALLBACK_KEY,
        "EMAIL_URL": f"filemail:///{tmp_path}/mail",
        "DEFAULT_FROM_EMAIL": "school@school.example",
    }
    worker = processes.start_worker()
    beat = processes.start("beat")
    url = processes.start_web()
    env = processes.env | {"PUBLIC_BASE_URL": url}
    local_cloud.set_callbacks(url=f"{url}/callbacks/classroom/", key=CALLBACK_KEY)
    wait_for_a_beat(beat)

    code, levels = doctor(env)

    # How much room this machine has is no matter here.
    not_well = {
        line: level
        for line, level in levels.items()
        if level != "ok" and not line.startswith("disks.")
    }
    assert not_well == expected_warnings()
    assert code == 0
    assert not CallbackEvent.objects.exists()

    worker.kill()
    beat.kill()
    heartbeat.record_heartbeat(timezone.now() - heartbeat.SILENT_AFTER - dt.timedelta(seconds=5))
    code, levels = doctor(env, "--only", "workers,beat,address")

    assert code == 1
    assert levels == {
        "workers.celery": "error",
        "workers.events": "error",
        "beat.heartbeat": "error",
        **{line: "ok" for line in levels if line.startswith("address.")},
    }
