from __future__ import annotations

import datetime as dt
import hashlib
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from accounts.models import Session, User
from courseware.models import Courseware
from edu_platform.backup import (
    manifest,
    migration_state,
    postgresql,
    restoring,
    stored_files,
)
from edu_platform.backup.exceptions import BackupError
from edu_platform.models import Heartbeat
from tests.factories.accounts import UserFactory
from tests.factories.courseware import CoursewareFactory
from tests.support.backups import back_up, refused, remove_people
from tests.support.commands import run
from tests.support.migrations import end_with_all, migrate
from tests.support.site import database_url

postgresql_only = pytest.mark.skipif(
    "connection.vendor != 'postgresql'", reason="SQLite's file is put in place as a whole"
)
sqlite_only = pytest.mark.skipif(
    "connection.vendor != 'sqlite'", reason="PostgreSQL's rows are loaded table by table"
)


@pytest.fixture
def backup(lesson_file: Courseware, backups: Path) -> Path:
    """Back up a school of one teacher with one file, which has lost its people since."""
    made = back_up(backups)
    remove_people()
    return made


def change(backup: Path, **values: Any) -> None:
    """Have the backup say something else of itself."""
    path = backup / manifest.NAME
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def only_file(backup: Path) -> Path:
    (path,) = [path for path in (backup / "files").rglob("*") if path.is_file()]
    return path


def people() -> list[str]:
    return list(User.objects.order_by("pk").values_list("username", flat=True))


# --- What is restored ---------------------------------------------------------------------------


def test_newest_finished_one_is_restored_and_said_aloud(lesson_file: Courseware, backups: Path):
    older = back_up(backups)
    UserFactory.create(username="late")
    newer = back_up(backups)
    unfinished = newer.with_name("2099-01-01T000000Z.unfinished")
    unfinished.mkdir()
    remove_people()

    outcome = run("restore", backups)
    restored = people()
    remove_people()
    run("restore", older)

    assert str(newer) in outcome.stdout
    assert str(unfinished) in outcome.stderr
    assert any(words in outcome.stdout for words in ("又回来了", "is back"))
    assert (restored, people()) == (["teacher", "late"], ["teacher"])


@postgresql_only
def test_numbers_of_what_was_deleted_are_not_given_again(lesson_file: Courseware, backups: Path):
    gone = UserFactory.create(username="gone")
    last = gone.pk
    gone.delete()
    back_up(backups)
    remove_people()
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval(pg_get_serial_sequence('accounts_user', 'id'), 1)")

    run("restore", backups)

    assert UserFactory.create().pk == last + 1


def test_what_is_there_without_people_gives_way(backup: Path):
    Heartbeat.objects.create(pk=1, beaten_at=dt.datetime.now(dt.UTC))
    Session.objects.create(
        session_key="a" * 32, session_data="", expire_date=dt.datetime.now(dt.UTC)
    )

    run("restore", backup)

    assert (Heartbeat.objects.count(), Session.objects.count()) == (0, 0)


@pytest.mark.both_databases("each is filled in its own way, then migrated")
def test_backup_of_an_earlier_release_is_migrated(lesson_file: Courseware, backups: Path):
    with end_with_all():
        migrate(("classroom", "0003_columns_of_due_work"))
        back_up(backups)
        remove_people()

        run("restore", backups)

        applied = MigrationRecorder(connection).applied_migrations()
        assert ("classroom", "0004_given_up_events_are_counted") in applied
        assert people() == ["teacher"]


def test_tables_of_another_state_give_way(owner: User):
    """Tables that later or earlier migrations make go too; those of others stay."""
    with connection.cursor() as cursor:
        of_models = set(connection.introspection.django_table_names(only_existing=True))
        cursor.execute("CREATE TABLE schedule_made_later (id integer)")
        cursor.execute("CREATE TABLE somebody_elses (id integer)")
        there = connection.introspection.table_names(cursor)
        recorded = [
            f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations()
        ]

        ours = migration_state.ours_among(there, recorded)

        cursor.execute("DROP TABLE schedule_made_later")
        cursor.execute("DROP TABLE somebody_elses")
    assert ours == of_models | {"cache_entry", "django_migrations", "schedule_made_later"}


# --- Files --------------------------------------------------------------------------------------


def test_whole_files_of_the_storage_stay_and_others_are_replaced(
    lesson_file: Courseware, owner: User, backups: Path, storage: Path
):
    name = str(lesson_file.file.name)
    half = CoursewareFactory.create(owner=owner, content=b"second" * 100)
    back_up(backups)
    remove_people()
    kept = (storage / name).stat()
    (storage / str(half.file.name)).write_bytes(b"second" * 50)

    run("restore", backups)

    assert (storage / name).stat() == kept
    with default_storage.open(str(half.file.name)) as file:
        assert file.read() == b"second" * 100


def test_file_missing_when_it_was_backed_up_is_named_again(
    lesson_file: Courseware, storage: Path, backups: Path
):
    (storage / str(lesson_file.file.name)).unlink()
    back_up(backups)
    remove_people()

    outcome = run("restore", backups)

    assert str(lesson_file.file.name) in outcome.stderr
    assert people() == ["teacher"]


@pytest.mark.parametrize("how", ["missing", "changed"])
def test_damaged_file_is_refused_unless_one_restores_without(backup: Path, how: str):
    damaged = only_file(backup)
    name = str(damaged.relative_to(backup))
    default_storage.delete(name.removeprefix("files/"))
    if how == "missing":
        damaged.unlink()
    else:
        damaged.write_bytes(b"FIRST" * 100)

    refused("restore", "--check", backup)
    refused("restore", backup)
    untouched = people()
    outcome = run("restore", "--without-damaged-files", backup)

    assert untouched == []
    assert people() == ["teacher"]
    assert name.removeprefix("files/") in outcome.stderr
    assert not default_storage.exists(name.removeprefix("files/"))


def seal(backup: Path) -> None:
    """Have the manifest agree with the list, as somebody who makes up a backup does."""
    digest = hashlib.sha256((backup / "SHA256SUMS").read_bytes()).hexdigest()
    change(backup, sums_sha256=digest)


def test_file_that_is_a_link_is_damaged(backup: Path, tmp_path: Path):
    """It would bring in whatever of the machine it leads to."""
    path = only_file(backup)
    name = str(path.relative_to(backup))
    default_storage.delete(name.removeprefix("files/"))
    path.rename(tmp_path / "moved")
    path.symlink_to(tmp_path / "moved")

    refused("restore", "--check", backup)
    refused("restore", backup)
    untouched = people()
    outcome = run("restore", "--without-damaged-files", backup)

    assert untouched == []
    assert name.removeprefix("files/") in outcome.stderr
    assert not default_storage.exists(name.removeprefix("files/"))


@pytest.mark.parametrize("name", ["files//dev/zero", "files/./a", "/etc/passwd"])
def test_list_that_names_files_elsewhere_is_refused(backup: Path, name: str):
    """`files//dev/zero` would be read for ever."""
    with (backup / "SHA256SUMS").open("a") as out:
        out.write(f"{'0' * 64}  {name}\n")
    seal(backup)

    for words in (["--check"], [], ["--without-damaged-files"]):
        assert "SHA256SUMS" in refused("restore", *words, backup)
    assert people() == []


@pytest.mark.both_databases("the rows lie in other files")
def test_rows_behind_a_link_are_refused_whether_the_list_names_them_or_not(
    backup: Path, tmp_path: Path
):
    path = rows_of(backup)
    path.rename(tmp_path / "moved")
    path.symlink_to(tmp_path / "moved")

    refused("restore", backup)
    listed = (backup / "SHA256SUMS").read_text().splitlines(keepends=True)
    (backup / "SHA256SUMS").write_text("".join(line for line in listed if path.name not in line))
    seal(backup)
    refused("restore", backup)

    assert people() == []


@pytest.mark.parametrize("name", ["manifest.json", "SHA256SUMS"])
def test_what_the_backup_says_of_itself_is_read_of_no_link(backup: Path, tmp_path: Path, name: str):
    (backup / name).rename(tmp_path / "moved")
    (backup / name).symlink_to(tmp_path / "moved")

    assert name in refused("restore", backup)
    assert people() == []


@sqlite_only
def test_journal_that_lies_beside_the_rows_is_not_read(backup: Path, tmp_path: Path):
    copy = tmp_path / "copy.sqlite3"
    copy.write_bytes(rows_of(backup).read_bytes())
    with closing(sqlite3.connect(copy)) as other:
        other.execute("PRAGMA journal_mode=WAL")
        other.execute("UPDATE accounts_user SET username = 'mallory'")
        other.commit()
        written_ahead = copy.with_name(f"{copy.name}-wal").read_bytes()
    rows_of(backup).with_name("database.sqlite3-wal").write_bytes(written_ahead)

    run("restore", backup)

    assert people() == ["teacher"]


# --- Refusals: the database stays as it is ------------------------------------------------------


def rows_of(backup: Path) -> Path:
    on_sqlite = backup / "database.sqlite3"
    return on_sqlite if on_sqlite.exists() else backup / "tables" / "accounts_user.copy.gz"


@pytest.mark.both_databases("the rows lie in other files")
def test_damaged_rows_are_refused(backup: Path):
    path = rows_of(backup)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)

    for words in (["--check"], [], ["--without-damaged-files"]):
        refused("restore", *words, backup)
    assert people() == []


def test_missing_rows_are_refused(backup: Path):
    rows_of(backup).unlink()

    for words in (["--check"], [], ["--without-damaged-files"]):
        refused("restore", *words, backup)
    assert people() == []


def test_shortened_list_is_refused(backup: Path):
    path = backup / "SHA256SUMS"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[1:]))

    assert "SHA256SUMS" in refused("restore", backup)
    assert "SHA256SUMS" in refused("restore", "--check", backup)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"form": 1}', '{"form": 1, "tables": [1]}'])
def test_unreadable_manifest_is_refused(backup: Path, text: str):
    (backup / manifest.NAME).write_text(text)

    assert manifest.NAME in refused("restore", backup)


def test_later_form_is_refused(backup: Path):
    change(backup, form=2, something="else")

    assert str(backup) in refused("restore", backup)


@pytest.mark.both_databases("the people are asked for in its own way")
def test_installation_with_people_is_refused(lesson_file: Courseware, backups: Path):
    back_up(backups)
    Courseware.objects.all().delete()

    sentence = refused("restore", backups)

    assert "DATABASE_URL" in sentence
    assert not Courseware.objects.exists()


def test_backup_of_a_newer_release_is_refused(backup: Path):
    said = json.loads((backup / manifest.NAME).read_text())
    change(backup, migrations=[*said["migrations"], "accounts.9999_of_next_year"])

    assert "accounts.9999_of_next_year" in refused("restore", backup)
    assert people() == []


def test_backup_of_another_kind_of_database_is_refused(backup: Path):
    change(backup, vendor="another")

    assert "another" in refused("restore", backup)


@postgresql_only
def test_database_that_somebody_works_on_is_left_alone(
    backup: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(postgresql, "LOCK_TIMEOUT", "100ms")
    with closing(psycopg2.connect(database_url(connection.settings_dict))) as other:
        other.cursor().execute("SELECT 1 FROM accounts_user")

        refused("restore", backup)

    assert people() == []


def test_people_who_come_in_the_last_moment_stay(backup: Path, monkeypatch: pytest.MonkeyPatch):
    restore_files = stored_files.restore_files

    def somebody_came(*words: Any) -> list[str]:
        UserFactory.create(username="first")
        return restore_files(*words)

    monkeypatch.setattr(restoring, "restore_files", somebody_came)

    assert "DATABASE_URL" in refused("restore", backup)
    assert people() == ["first"]


@postgresql_only
def test_people_who_come_before_tables_give_way_stay(owner: User):
    """As they do when somebody makes an account while the tables of another state are about to go."""
    with pytest.raises(BackupError, match="DATABASE_URL"):
        postgresql.drop([])

    assert people() == [owner.username]


@postgresql_only
def test_one_restore_at_a_time_goes_into_a_database(backup: Path):
    with closing(psycopg2.connect(database_url(connection.settings_dict))) as other:
        other.cursor().execute("SELECT pg_advisory_lock(%s)", [postgresql.RESTORE_LOCK])
        refused("restore", backup)
        during = people()

    run("restore", backup)

    assert (during, people()) == ([], ["teacher"])
    with closing(psycopg2.connect(database_url(connection.settings_dict))) as other:
        cursor = other.cursor()
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [postgresql.RESTORE_LOCK])
        assert cursor.fetchone() == (True,)


@postgresql_only
def test_rows_that_do_not_fit_change_nothing(backup: Path):
    said = json.loads((backup / manifest.NAME).read_text())
    tables = [
        each | {"rows": each["rows"] + (each["name"] == "courseware_courseware")}
        for each in said["tables"]
    ]
    change(backup, tables=tables)

    assert "courseware_courseware" in refused("restore", backup)
    assert people() == []


# --- SECRET_KEY ---------------------------------------------------------------------------------


def test_other_secret_key_is_told_with_what_it_breaks(backup: Path, settings: Any):
    same = run("restore", backup).stderr
    remove_people()
    settings.SECRET_KEY = "another-key" * 10

    other = run("restore", backup).stderr

    assert "SECRET_KEY" in other
    assert same == ""
    assert people() == ["teacher"]
