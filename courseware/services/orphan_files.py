"""Courseware files without a row: stored by a process that was killed before saving the row."""

from __future__ import annotations

import datetime as dt
import random

from django.core.files.storage import default_storage

from courseware.models import Courseware
from edu_platform.lib.due import Rules, each

# Below it every courseware has a folder of its own, called like its code.
FOLDER = "courseware"
# A file is stored before its row is saved, and a large one takes its time.
KEPT_FOR = dt.timedelta(days=1)
LOOKED_AT_A_RUN = 1000
# Storages raise errors of many types: log them, and go on with the next folder.
RULES = Rules(name="files that no courseware has", limit_s=120.0)


def remove_orphan_files(at: dt.datetime) -> int:
    """Delete what has lain on the storage for a day without being courseware; return how many files.

    A bounded number of folders a run, in no order, so that one that cannot be deleted does not keep
    those behind it for ever.
    """
    removed = 0

    def remove(code: str) -> None:
        nonlocal removed
        removed += _remove_old_files(f"{FOLDER}/{code}", at - KEPT_FOR)

    unknown = _unknown_codes()
    each(RULES, random.sample(unknown, min(len(unknown), LOOKED_AT_A_RUN)), remove, at)
    return removed


def _unknown_codes() -> list[str]:
    # In this order: what is saved meanwhile has had its folder before.
    try:
        codes = default_storage.listdir(FOLDER)[0]
    except FileNotFoundError:
        return []
    known = set(Courseware.objects.values_list("code", flat=True))
    return [code for code in codes if code not in known]


def _remove_old_files(folder: str, before: dt.datetime) -> int:
    names = [f"{folder}/{name}" for name in default_storage.listdir(folder)[1]]
    old = [name for name in names if default_storage.get_modified_time(name) < before]
    for name in old:
        default_storage.delete(name)
    # Only disks show empty folders; one that is young may be about to get its file.
    if old == names and (names or default_storage.get_modified_time(folder) < before):
        default_storage.delete(folder)
    return len(old)
