"""Other installations of the platform: a database and a place for files of their own, in this process."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg2
from django.contrib.contenttypes.models import ContentType
from django.db import connection

from tests.support.site import database_url


def is_sqlite() -> bool:
    return connection.vendor == "sqlite"


@contextmanager
def installation(settings: Any, folder: Path, *, migrated: Path | None = None) -> Iterator[None]:
    """Another database and storage in the place of the test's, for all threads that begin within.

    Its database is empty, or on SQLite a copy of `migrated`, on PostgreSQL of the database of that name.
    """
    media = settings.MEDIA_ROOT
    name = _new_database(folder, migrated)
    try:
        with connected_to(name):
            settings.MEDIA_ROOT = str(folder / "media")
            yield
    finally:
        settings.MEDIA_ROOT = media
        if not is_sqlite():
            _at_server(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def connected_to(name: str) -> Iterator[None]:
    """This database in the place of the test's, for all threads that begin within."""
    config = connection.settings_dict
    before = config["NAME"]
    connection.close()
    config["NAME"] = name
    ContentType.objects.clear_cache()
    try:
        yield
    finally:
        connection.close()
        if not is_sqlite():
            connection.close_pool()  # type: ignore[attr-defined] # of this engine
        config["NAME"] = before
        ContentType.objects.clear_cache()


def _new_database(folder: Path, migrated: Path | None) -> str:
    folder.mkdir(exist_ok=True)
    name = f"other_{secrets.token_hex(8)}"
    if is_sqlite():
        place = folder / f"{name}.sqlite3"
        if migrated is not None:
            shutil.copy(migrated, place)
        return str(place)
    template = os.environ["TEST_DATABASE_TEMPLATE"] if migrated is not None else "template1"
    _at_server(f"CREATE DATABASE {name} TEMPLATE {template}")
    return name


def _at_server(statement: str) -> None:
    address = database_url(connection.settings_dict | {"NAME": "postgres"})
    with closing(psycopg2.connect(address)) as server:
        server.autocommit = True
        with server.cursor() as cursor:
            cursor.execute(statement)


def drop_all_tables() -> None:
    """Lose the database, as far as somebody can who may use it."""
    if is_sqlite():
        connection.close()
        place = Path(connection.settings_dict["NAME"])
        for path in place.parent.glob(f"{place.name}*"):
            path.unlink()
        return
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
