from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from edu_platform.backup.latest import OLD_AFTER
from edu_platform.doctor.backups import age
from edu_platform.models import Backup
from tests.support.doctor import levels

pytestmark = pytest.mark.django_db

MINUTE = dt.timedelta(minutes=1)


def backed_up(ago: dt.timedelta) -> None:
    ended_at = timezone.now() - ago
    Backup.objects.create(
        began_at=ended_at - MINUTE, ended_at=ended_at, folder="/backups", size_bytes=1
    )


def test_without_any():
    assert levels(age) == {"backups.age": "warning"}


def test_latest_counts():
    backed_up(OLD_AFTER + MINUTE)

    assert levels(age) == {"backups.age": "warning"}

    backed_up(OLD_AFTER - MINUTE)

    assert levels(age) == {"backups.age": "ok"}
