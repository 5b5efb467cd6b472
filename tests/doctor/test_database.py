from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from types import SimpleNamespace
from typing import Any

import psycopg2
import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.db.utils import NotSupportedError, OperationalError

from deploy.services.postgres import Postgres
from edu_platform.doctor import database as of_database
from edu_platform.doctor.database import database
from edu_platform.models import Backup
from tests.support.doctor import levels, said

ON_POSTGRESQL = {
    "database.connection": "ok",
    "database.version": "ok",
    "database.engine": "ok",
    "database.encoding": "ok",
    "database.connections": "ok",
    "database.migrations": "ok",
    "database.writes": "ok",
}
ON_SQLITE = {
    "database.connection": "ok",
    "database.engine": "warning",
    "database.migrations": "ok",
    "database.writes": "ok",
}


@pytest.mark.both_databases("a school is told that SQLite is for trying things")
@pytest.mark.django_db
def test_all_is_well():
    assert levels(database) == (ON_POSTGRESQL if connection.vendor == "postgresql" else ON_SQLITE)
    assert not Backup.objects.exists()


@pytest.mark.django_db
class TestMigrations:
    def test_missing(self, monkeypatch: Any):
        applied = dict(MigrationRecorder(connection).applied_migrations())
        del applied["edu_platform", "0001_heartbeat_and_backups"]
        monkeypatch.setattr(MigrationRecorder, "applied_migrations", lambda _recorder: applied)

        finding = said(of_database.check_migrations(), "database.migrations")

        assert finding.level == "error"
        assert "edu_platform.0001_heartbeat_and_backups" in finding.text

    def test_newer_than_the_code(self):
        MigrationRecorder(connection).record_applied("schedule", "9999_of_tomorrow")

        finding = said(of_database.check_migrations(), "database.migrations")

        assert finding.level == "warning"
        assert "schedule.9999_of_tomorrow" in finding.text

    def test_those_of_an_app_that_is_no_longer_there_do_not_matter(self):
        MigrationRecorder(connection).record_applied("gone", "0001_initial")

        assert levels(of_database.check_migrations()) == {"database.migrations": "ok"}


class TestReach:
    @pytest.mark.django_db
    def test_database_that_is_away(self, monkeypatch: Any):
        def refuse() -> None:
            raise OperationalError("connection refused")

        monkeypatch.setattr(connection, "ensure_connection", refuse)

        assert levels(database) == {"database.connection": "error"}

    @pytest.mark.django_db
    def test_server_that_is_too_old(self, monkeypatch: Any):
        def refuse() -> None:
            raise NotSupportedError("PostgreSQL 14 or later is required (found 13.1).")

        monkeypatch.setattr(connection, "ensure_connection", refuse)

        finding = said(database, "database.version")

        assert finding.level == "error"
        assert "found 13.1" in finding.text


@pytest.mark.django_db
def test_without_tables_nothing_is_said_of_disks_and_standbys():
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE edu_platform_backup")  # comes back with the test's transaction

    assert "database.writes" not in levels(database)


@pytest.mark.django_db
def test_database_that_is_only_read():
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET TRANSACTION READ ONLY")
        else:
            cursor.execute("PRAGMA query_only = ON")
    try:
        assert of_database.check_writes().level == "error"
    finally:
        if connection.vendor != "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA query_only = OFF")


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a real PostgreSQL, up to the name of a database."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield given.rpartition("/")[0]
        return
    postgres = Postgres()
    yield postgres.url().rpartition("/")[0]
    postgres.stop()


@pytest.mark.processes
class TestServer:
    @pytest.mark.parametrize(
        ("made_with", "level"),
        [
            ("ENCODING 'UTF8' LC_CTYPE 'C.UTF-8'", "ok"),
            ("ENCODING 'UTF8' LC_CTYPE 'C'", "warning"),
            ("ENCODING 'SQL_ASCII' LC_CTYPE 'C' LC_COLLATE 'C'", "error"),
        ],
    )
    def test_text(self, server: str, made_with: str, level: str):
        name = f"text_{level}"
        with closing(psycopg2.connect(f"{server}/postgres")) as admin:
            admin.autocommit = True
            admin.cursor().execute(f"CREATE DATABASE {name} {made_with} TEMPLATE template0")
            try:
                with closing(psycopg2.connect(f"{server}/{name}")) as made:
                    made.set_client_encoding("UTF8" if level != "error" else "SQL_ASCII")
                    assert of_database.check_encoding(made.cursor()).level == level
            finally:
                admin.cursor().execute(f"DROP DATABASE {name}")

    def test_connections_are_counted(self, server: str, settings: Any):
        with closing(psycopg2.connect(f"{server}/postgres")) as made:
            settings.WEB_CONCURRENCY, settings.DATABASE_CONNECTIONS_AT_MOST = 2, 20
            assert of_database.check_connections(made.cursor()).level == "ok"

            settings.WEB_CONCURRENCY, settings.DATABASE_CONNECTIONS_AT_MOST = 99, 20
            settings.CELERY_WORKER_CONCURRENCY = 6
            finding = of_database.check_connections(made.cursor())

        assert finding.level == "warning"
        assert "1990" in finding.text


def test_connections_that_are_nearly_all_in_use():
    cursor = SimpleNamespace(execute=lambda _query: None, fetchone=lambda: (97, 90))

    assert of_database.check_connections(cursor).level == "warning"
