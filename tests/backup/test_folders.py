from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import Any

import pytest

from edu_platform.backup import folders, manifest
from edu_platform.backup.exceptions import BackupError

AT = dt.datetime(2026, 11, 29, 2, 30, tzinfo=dt.timezone(dt.timedelta(hours=8)))


def finished(folder: Path, at: dt.datetime = AT) -> Path:
    begun = folders.begin(folder, at)
    (begun / manifest.NAME).write_text("{}")
    return folders.finish(begun)


def test_backup_is_named_by_its_time_once_it_is_finished(tmp_path: Path):
    begun = folders.begin(tmp_path, AT)
    assert begun.name == "2026-11-28T183000Z.unfinished"
    assert folders.finished_in(tmp_path) == []

    (begun / manifest.NAME).write_text("{}")
    made = folders.finish(begun)

    assert made.name == "2026-11-28T183000Z"
    assert (folders.finished_in(tmp_path), folders.unfinished_in(tmp_path)) == ([made], [])


def test_two_of_one_second_have_names_of_their_own_in_their_order(tmp_path: Path):
    made = [finished(tmp_path), finished(tmp_path), finished(tmp_path)]

    assert len(set(made)) == 3
    assert folders.finished_in(tmp_path) == made


def test_folder_without_manifest_or_with_another_name_is_no_backup(tmp_path: Path):
    (tmp_path / "2026-11-28T183000Z").mkdir()
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / manifest.NAME).write_text("{}")

    assert folders.finished_in(tmp_path) == []


@pytest.mark.parametrize("name", ["MEDIA_ROOT", "STATIC_ROOT"])
def test_backups_do_not_lie_where_files_are_handed_out(name: str, settings: Any, tmp_path: Path):
    setattr(settings, name, str(tmp_path / "given"))
    (tmp_path / "given").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "given")

    for inside in ("given", "given/below", "link/below"):
        with pytest.raises(BackupError, match=name):
            folders.refuse_where_files_are_served(tmp_path / inside)
    folders.refuse_where_files_are_served(tmp_path / "given2")


def test_only_one_backup_is_made_in_a_folder_at_a_time(tmp_path: Path):
    with (
        folders.locked(tmp_path),
        pytest.raises(BackupError, match=str(tmp_path)),
        folders.locked(tmp_path),
    ):
        pass
    with folders.locked(tmp_path):
        pass


def test_lock_is_only_its_owners(tmp_path: Path):
    lock = tmp_path / folders.LOCK
    lock.touch(0o644)  # of a release before

    with folders.locked(tmp_path):
        assert lock.stat().st_mode & 0o777 == 0o600


def test_newest_finished_one_is_found_or_the_one_that_is_named(tmp_path: Path):
    older = finished(tmp_path)
    newer = finished(tmp_path, AT + dt.timedelta(days=1))
    folders.begin(tmp_path, AT + dt.timedelta(days=2))

    assert folders.find(tmp_path) == newer
    assert folders.find(older) == older


def test_broken_off_backup_is_named_where_there_is_no_other(tmp_path: Path):
    begun = folders.begin(tmp_path, AT)

    for folder in (tmp_path, begun):
        with pytest.raises(BackupError, match=begun.name):
            folders.find(folder)


def test_nothing_is_found_in_an_empty_or_missing_folder(tmp_path: Path):
    for folder in (tmp_path, tmp_path / "missing"):
        with pytest.raises(BackupError, match=str(folder)):
            folders.find(folder)


def test_removing_that_is_broken_off_leaves_nothing_that_looks_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    made = finished(tmp_path)
    monkeypatch.setattr("shutil.rmtree", lambda _path: None)

    folders.remove(made)

    assert folders.finished_in(tmp_path) == []
    assert folders.unfinished_in(tmp_path) == [made.with_name(f"{made.name}.unfinished")]


def test_name_of_one_that_was_moved_elsewhere_goes_alone(tmp_path: Path):
    made = finished(tmp_path)
    moved = made.rename(tmp_path / "elsewhere")
    made.symlink_to(moved)

    folders.remove(made)

    assert [path.name for path in tmp_path.iterdir()] == ["elsewhere"]
    assert folders.is_finished(moved)


def test_folder_is_only_its_owners_whatever_the_umask(tmp_path: Path):
    before = os.umask(0)
    try:
        begun = folders.begin(tmp_path / "new" / "below", AT)
    finally:
        os.umask(before)

    assert {path.stat().st_mode & 0o777 for path in (begun, begun.parent, begun.parent.parent)} == {
        0o700
    }
