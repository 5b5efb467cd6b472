from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from edu_platform.doctor import disks as of_disks
from edu_platform.doctor.disks import UPLOAD_BYTES, check_room, disks
from edu_platform.lib.formatting import GIB, MIB

PLENTY = 100 * GIB


@pytest.mark.parametrize(
    ("total", "free", "level"),
    [
        (PLENTY, PLENTY // 2, "ok"),
        (1000 * GIB, 99 * GIB, "warning"),  # below a tenth
        (20 * GIB, 5 * GIB - 1, "warning"),
        (20 * GIB, 5 * GIB, "ok"),
        (PLENTY, UPLOAD_BYTES - 1, "error"),
        (PLENTY, 0, "error"),
    ],
)
def test_room(monkeypatch: Any, tmp_path: Path, total: int, free: int, level: str):
    usage = SimpleNamespace(total=total, free=free, used=total - free)
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: usage)

    assert check_room("disks.media", tmp_path).level == level


def test_folder_that_is_not_made_yet_is_looked_at_where_it_would_be(tmp_path: Path):
    finding = check_room("disks.media", tmp_path / "media" / "deep")

    assert str(tmp_path / "media" / "deep") in finding.text


def test_files_on_an_s3_need_no_room_here(settings: Any):
    lines = [finding.check for finding in disks()]

    assert lines == ["disks.media", "disks.temporary", "disks.var"]

    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": "edu_platform.lib.s3_storage.ObjectStorage"}
    }

    assert [finding.check for finding in disks()] == ["disks.temporary", "disks.var"]


def test_upload_is_as_large_as_courseware_may_be():
    assert of_disks.UPLOAD_BYTES == 500 * MIB
