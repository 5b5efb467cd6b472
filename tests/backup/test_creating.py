from __future__ import annotations

import errno
import gzip
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from django.apps import apps
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, models
from django.test import Client

from accounts.enums import Role
from accounts.models import User
from courseware.models import Courseware
from deploy.services.processes import Child
from edu_platform.backup import (
    contents,
    creating,
    folders,
    manifest,
    postgresql,
    private_files,
    sqlite,
    stored_files,
)
from edu_platform.models import Backup
from tests.factories.accounts import UserFactory
from tests.factories.courseware import CoursewareFactory, UploadFactory
from tests.support.backups import back_up, refused
from tests.support.commands import run
from tests.support.full_disk import full_database, full_disk
from tests.support.site import database_url
from tests.support.threads import all_at_once

postgresql_only = pytest.mark.skipif(
    "connection.vendor != 'postgresql'", reason="SQLite copies its file as a whole"
)


def files_of(backup: Path) -> dict[str, bytes]:
    """Return what came from the storage, by its name there."""
    root = backup / "files"
    paths = [path for path in root.rglob("*") if path.is_file()]
    return {str(path.relative_to(root)): path.read_bytes() for path in paths}


def said_of(backup: Path) -> Any:
    return json.loads((backup / manifest.NAME).read_text())


def rows_in(backup: Path, table: str) -> int | None:
    return next((each["rows"] for each in said_of(backup)["tables"] if each["name"] == table), None)


@pytest.mark.both_databases("each is dumped in its own way")
def test_backup_holds_rows_and_the_files_that_they_name(
    lesson_file: Courseware, storage: Path, backups: Path
):
    default_storage.save("courseware/unknown/orphan.pdf", ContentFile(b"nobody's"))
    before = os.umask(0)
    try:
        backup = back_up(backups)
    finally:
        os.umask(before)

    assert files_of(backup) == {lesson_file.file.name: b"first" * 100}
    assert rows_in(backup, "courseware_courseware") == 1
    subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=backup, check=True)
    paths = [backup, *backup.rglob("*")]
    modes = {(path.is_dir(), path.stat().st_mode & 0o777) for path in paths}
    assert modes == {(True, 0o700), (False, 0o600)}


@pytest.mark.both_databases("each is dumped in its own way")
def test_sessions_and_half_uploads_stay_out(owner: User, backups: Path, storage: Path):
    Client().force_login(owner)
    UploadFactory.create(owner=owner, filename="half.pdf")
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_key FROM accounts_session")
        (key,) = cursor.fetchone()

    backup = back_up(backups)

    assert rows_in(backup, "courseware_upload") == 0
    assert rows_in(backup, "accounts_session") is None
    dumped = [path for path in backup.rglob("*") if path.is_file()]
    unpacked = [
        gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        for path in dumped
    ]
    assert any(b"teacher" in each for each in unpacked)
    assert [each for each in unpacked if key.encode() in each or b"half.pdf" in each] == []


def test_secrets_of_the_environment_stay_out(lesson_file: Courseware, backups: Path, settings: Any):
    settings.LCIC_SECRET_KEY = "cloud-secret-of-the-environment"

    backup = back_up(backups)

    texts = [path.read_bytes() for path in backup.rglob("*") if path.is_file()]
    for secret in (settings.SECRET_KEY, settings.LCIC_SECRET_KEY):
        assert [text for text in texts if secret.encode() in text] == []


@pytest.mark.parametrize("name", ["/etc/hostname", "../../stolen", "courseware//etc/hostname"])
def test_file_that_a_row_names_elsewhere_is_missing(owner: User, backups: Path, name: str):
    """Rows come from the backup of somebody else, when one was restored."""
    User.objects.update(avatar=name)

    outcome = run("backup", backups)

    assert name in outcome.stderr
    (backup,) = folders.finished_in(backups)
    assert said_of(backup)["missing_files"] == [name]
    assert not (backups.parent / "stolen").exists()


def test_link_in_the_place_of_a_file_is_not_taken_over(
    lesson_file: Courseware, backups: Path, tmp_path: Path
):
    name = str(lesson_file.file.name)
    first = back_up(backups)
    (first / "files" / name).rename(tmp_path / "moved")
    (first / "files" / name).symlink_to(tmp_path / "moved")

    second = back_up(backups)

    assert not (second / "files" / name).is_symlink()
    assert (second / "files" / name).stat().st_ino != (tmp_path / "moved").stat().st_ino
    assert files_of(second) == {name: b"first" * 100}


def test_what_the_backup_before_has_is_not_read_again(
    lesson_file: Courseware, owner: User, backups: Path, monkeypatch: pytest.MonkeyPatch
):
    name = str(lesson_file.file.name)
    first = back_up(backups)
    new = CoursewareFactory.create(owner=owner, content=b"second")
    opened: list[str] = []
    real = stored_files._opened

    def seen(name: str) -> Any:
        opened.append(name)
        return real(name)

    monkeypatch.setattr(stored_files, "_opened", seen)

    second = back_up(backups)

    assert opened == [new.file.name]
    assert files_of(second) == {name: b"first" * 100, str(new.file.name): b"second"}
    assert (first / "files" / name).samefile(second / "files" / name)
    shutil.rmtree(first)
    subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=second, check=True)


def test_damaged_list_of_the_backup_before_does_no_harm(lesson_file: Courseware, backups: Path):
    (back_up(backups) / "SHA256SUMS").write_text("damaged\n")

    assert files_of(back_up(backups)) == {lesson_file.file.name: b"first" * 100}


def test_disk_without_second_names_gets_whole_copies(
    lesson_file: Courseware, backups: Path, monkeypatch: pytest.MonkeyPatch
):
    def no_links(*_args: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    first = back_up(backups)
    monkeypatch.setattr(os, "link", no_links)

    second = back_up(backups)

    assert files_of(second) == files_of(first) == {lesson_file.file.name: b"first" * 100}
    assert not (first / "files" / str(lesson_file.file.name)).samefile(
        second / "files" / str(lesson_file.file.name)
    )


def test_keeps_as_many_as_it_is_told(owner: User, storage: Path, backups: Path):
    made = [back_up(backups) for _number in range(3)]
    (backups / "notes").mkdir()

    last = back_up(backups, "--keep", "2")

    assert sorted(path.name for path in backups.iterdir() if path.is_dir()) == sorted(
        [made[2].name, last.name, "notes"]
    )


def test_old_backup_that_cannot_be_removed_does_not_hide_the_new_one(
    owner: User, storage: Path, backups: Path, monkeypatch: pytest.MonkeyPatch
):
    old = back_up(backups)
    broken_off = old.with_name("2020-01-01T000000Z.unfinished")
    broken_off.mkdir()

    def of_another_user(path: Path) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(shutil, "rmtree", of_another_user)

    outcome = run("backup", backups, "--keep", "1")

    assert outcome.code == 0
    assert Backup.objects.count() == 2
    assert str(broken_off) in outcome.stderr
    assert str(old) in outcome.stderr
    assert len(outcome.stdout.splitlines()) == 2  # what is in it, and where it lies


def test_new_backup_is_kept_beside_those_of_a_clock_that_was_ahead(
    owner: User, storage: Path, backups: Path
):
    ahead = back_up(backups).rename(backups / "2099-01-01T000000Z")

    run("backup", backups, "--keep", "1")

    assert len([path for path in backups.iterdir() if path.is_dir()]) == 2
    assert ahead.is_dir()


def test_file_that_the_storage_has_lost_is_named(
    lesson_file: Courseware, storage: Path, backups: Path
):
    (storage / str(lesson_file.file.name)).unlink()

    outcome = run("backup", backups)

    assert str(lesson_file.file.name) in outcome.stderr
    (backup,) = [path for path in backups.iterdir() if path.is_dir()]
    assert said_of(backup)["missing_files"] == [lesson_file.file.name]
    assert files_of(backup) == {}


def test_file_deleted_with_its_row_meanwhile_is_in_it_with_the_row(
    lesson_file: Courseware, backups: Path, monkeypatch: pytest.MonkeyPatch
):
    """The rows are from before; the file was copied before them."""
    dump = creating._dump

    def deleted_after_the_rows(*words: Any) -> Any:
        dumped = dump(*words)
        lesson_file.file.delete(save=False)
        Courseware.objects.all().delete()
        return dumped

    name = lesson_file.file.name
    monkeypatch.setattr(creating, "_dump", deleted_after_the_rows)

    outcome = run("backup", backups)

    (backup,) = [path for path in backups.iterdir() if path.is_dir()]
    assert (list(files_of(backup)), outcome.stderr) == ([name], "")


def test_file_deleted_before_the_rows_is_not_in_it(
    lesson_file: Courseware, backups: Path, monkeypatch: pytest.MonkeyPatch
):
    dump = creating._dump

    def deleted_before_the_rows(*words: Any) -> Any:
        Courseware.objects.all().delete()
        return dump(*words)

    monkeypatch.setattr(creating, "_dump", deleted_before_the_rows)

    backup = back_up(backups)

    assert (files_of(backup), rows_in(backup, "courseware_courseware")) == ({}, 0)
    assert "files/" not in (backup / "SHA256SUMS").read_text()


def test_file_that_came_and_went_around_the_rows_is_not_missed(
    lesson_file: Courseware, owner: User, backups: Path, monkeypatch: pytest.MonkeyPatch
):
    """Nobody wants it any more, so nobody is told of it."""
    dump = creating._dump

    def came_and_went(*words: Any) -> Any:
        late = CoursewareFactory.create(owner=owner, content=b"late")
        dumped = dump(*words)
        late.file.delete(save=False)
        late.delete()
        return dumped

    monkeypatch.setattr(creating, "_dump", came_and_went)

    outcome = run("backup", backups)

    assert outcome.stderr == ""


@pytest.mark.parametrize("written", ["a file", "the manifest"])
def test_full_disk_leaves_nothing_of_it_and_the_earlier_ones_whole(
    lesson_file: Courseware,
    owner: User,
    backups: Path,
    monkeypatch: pytest.MonkeyPatch,
    written: str,
):
    earlier = back_up(backups)
    CoursewareFactory.create(owner=owner, content=b"second")
    if written == "a file":
        monkeypatch.setattr(private_files.HashingWriter, "write", full_disk)
    else:
        monkeypatch.setattr(manifest, "write", full_disk)

    sentence = refused("backup", backups)

    assert str(backups) in sentence
    assert "--keep" in sentence
    assert [path for path in backups.iterdir() if path.is_dir()] == [earlier]
    subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=earlier, check=True)
    assert Backup.objects.count() == 1


@pytest.mark.only_on_sqlite("which writes the copy itself")
def test_full_disk_of_sqlites_own_backup(
    lesson_file: Courseware, backups: Path, monkeypatch: pytest.MonkeyPatch
):
    opened = sqlite._opened

    def opened_on_full_disk(path: Path) -> sqlite3.Connection:
        copy = opened(path)
        copy.execute("PRAGMA max_page_count = 5")
        return copy

    monkeypatch.setattr(sqlite, "_opened", opened_on_full_disk)

    sentence = refused("backup", backups)

    assert "--keep" in sentence
    assert [path for path in backups.iterdir() if path.is_dir()] == []


def test_finished_backup_is_recorded(lesson_file: Courseware, backups: Path):
    backup = back_up(backups)

    recorded = Backup.objects.get()
    assert recorded.folder == str(backup)
    assert recorded.began_at < recorded.ended_at
    on_disk = sum(path.stat().st_size for path in backup.rglob("*") if path.is_file())
    assert recorded.size_bytes == on_disk - (backup / manifest.NAME).stat().st_size


def test_folder_whose_name_is_not_utf8_is_recorded_and_told(lesson_file: Courseware, backups: Path):
    folder = backups / os.fsdecode("备份".encode("gbk"))

    outcome = run("backup", folder)
    checked = run("restore", "--check", folder)

    (backup,) = [path for path in folder.iterdir() if path.is_dir()]
    assert Backup.objects.get().folder.endswith(f"/{backup.name}")
    for told in (outcome, checked):
        assert backup.name in told.stdout.encode().decode()


def test_database_that_takes_no_record_has_a_backup_all_the_same(
    owner: User, storage: Path, backups: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(Backup.objects, "create", full_database)

    outcome = run("backup", backups)

    (backup,) = [path for path in backups.iterdir() if path.is_dir()]
    assert rows_in(backup, "accounts_user") == 1
    assert "doctor" in outcome.stderr


def test_backup_inside_the_served_files_is_refused(owner: User, storage: Path):
    sentence = refused("backup", storage / "backups")

    assert "MEDIA_ROOT" in sentence
    assert not storage.exists()


@pytest.mark.processes
def test_killed_backup_does_not_look_like_one(
    lesson_file: Courseware, owner: User, storage: Path, backups: Path
):
    stuck = CoursewareFactory.create(owner=owner, content=b"")
    place = storage / str(stuck.file.name)
    place.unlink()
    os.mkfifo(place)  # a reader of it waits
    variables = {
        "DATABASE_URL": database_url(connection.settings_dict),
        "MEDIA_ROOT": str(storage),
    }
    child = Child(
        [sys.executable, "manage.py", "backup", str(backups)],
        env=os.environ | variables,
        log=storage.parent / "backup.log",
    )
    child.wait_until(lambda: any(backups.glob("*.unfinished/files/courseware/*")))
    busy = refused("backup", backups)
    child.kill()
    nothing = refused("restore", backups)
    (left,) = backups.glob("*.unfinished")
    stuck.file.delete(save=False)
    stuck.delete()

    backup = back_up(backups)

    assert str(backups) in busy
    assert left.name in nothing
    assert [path for path in backups.iterdir() if path.is_dir()] == [backup]
    assert files_of(backup) == {lesson_file.file.name: b"first" * 100}


@postgresql_only
def test_all_rows_are_of_one_moment(
    owner: User, storage: Path, backups: Path, monkeypatch: pytest.MonkeyPatch
):
    """Somebody comes and uploads while the tables are dumped, one after the other."""
    dump_table = postgresql._dump_table

    def come_and_upload(_number: int) -> None:
        late = UserFactory.create(username="late", roles=[Role.TEACHER])
        CoursewareFactory.create(owner=late, content=b"late")

    def dump_after_they_came(cursor: Any, name: str, *words: Any) -> int:
        if name == "courseware_courseware":
            all_at_once(come_and_upload, [1])
        return dump_table(cursor, name, *words)

    monkeypatch.setattr(postgresql, "_dump_table", dump_after_they_came)

    backup = back_up(backups)

    assert Courseware.objects.count() == 1
    counted = [rows_in(backup, name) for name in ("accounts_user", "courseware_courseware")]
    assert (counted, files_of(backup)) == ([1, 0], {})


@postgresql_only
def test_table_is_not_rewritten_while_it_waits_for_its_turn(
    owner: User, storage: Path, backups: Path, monkeypatch: pytest.MonkeyPatch
):
    """A migration that rewrites a table would leave it empty for who looks from an earlier moment."""
    dump_table = postgresql._dump_table
    refusals: list[object] = []

    def dump_while_they_migrate(cursor: Any, name: str, *words: Any) -> int:
        if not refusals:
            with closing(psycopg2.connect(database_url(connection.settings_dict))) as other:
                migrating = other.cursor()
                migrating.execute("SET lock_timeout = '100ms'")
                with pytest.raises(psycopg2.errors.LockNotAvailable) as refusal:
                    migrating.execute("ALTER TABLE accounts_user ALTER username TYPE varchar(151)")
                refusals.append(refusal)
        return dump_table(cursor, name, *words)

    monkeypatch.setattr(postgresql, "_dump_table", dump_while_they_migrate)

    backup = back_up(backups)

    assert len(refusals) == 1
    assert rows_in(backup, "accounts_user") == 1


@postgresql_only
def test_table_that_comes_in_the_last_moment_is_not_left_out(
    owner: User, storage: Path, backups: Path, monkeypatch: pytest.MonkeyPatch
):
    our_columns = postgresql._our_columns

    def before_it_came(cursor: Any) -> Any:
        columns, migrations = our_columns(cursor)
        if not connection.in_atomic_block:
            del columns["accounts_user"]
        return columns, migrations

    monkeypatch.setattr(postgresql, "_our_columns", before_it_came)

    assert "migrate" in refused("backup", backups)
    assert [path for path in backups.iterdir() if path.is_dir()] == []


@postgresql_only
def test_other_tables_of_the_database_are_not_ours(owner: User, storage: Path, backups: Path):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE somebody_elses (id integer)")
    try:
        backup = back_up(backups)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE somebody_elses")

    assert rows_in(backup, "accounts_user") == 1
    assert rows_in(backup, "somebody_elses") is None


def test_every_column_that_names_files_is_known():
    columns = {
        (model._meta.db_table, field.column)
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.local_concrete_fields
        if isinstance(field, models.FileField)
    }
    assert columns == {(table, column) for table, column, _condition in contents.FILE_COLUMNS}
