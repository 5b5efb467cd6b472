"""Nothing of an erased person is left: looked for from outside, by a process that shares no code with the platform.

A namesake of theirs, of whom all the same things are kept, keeps every row and every file.
"""

from __future__ import annotations

import base64
import gzip
import json
import logging
import os
import shutil
import sqlite3
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from accounts.erasing import asking, places
from accounts.erasing.late_callbacks import strike_late_callbacks
from accounts.erasing.work import erase_due
from accounts.models import Erasure, User
from accounts.services import batch_registration
from accounts.services.leaving import end_what_is_left
from classroom.client.rate_limits import Priority
from deploy.services.postgres import installed_programs
from deploy.services.processes import ROOT
from edu_platform.backup import contents, erased_people
from tests.factories.schedule import TermFactory
from tests.support import every_table, outside_look
from tests.support.backups import back_up, remove_people
from tests.support.callbacks import KEY, body_of, deliver
from tests.support.cloud import LocalCloud
from tests.support.erasing import erased, somebody
from tests.support.installations import installation
from tests.support.planting import Planted, plant
from tests.support.site import database_url

pytestmark = [
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="reads a dump of PostgreSQL"),
    pytest.mark.timeout(300),
]

NAME = "欧阳明月"
# What the cloud keeps of ended rooms, as `docs/people.md` says; and what only a cloud for tests keeps: its logs.
KEPT_BY_CLOUD = ("visits", "room_events", "messages", "rooms")
LOGS_OF_CLOUD = ("calls", "deliveries", "sqlite_sequence")


@dataclass
class School:
    """An installation with the person, a namesake, and a place for logs and backups."""

    folder: Path
    media: Path
    cloud_state: Path
    env: dict[str, str]
    person: Planted
    namesake: Planted

    @property
    def log(self) -> Path:
        return self.folder / "platform.log"

    def left(self, *files: Path) -> dict[str, list[str]]:
        """Return where what was planted of the person is found."""
        return found(self, self.person, *files)


@pytest.fixture
def school(
    transactional_db: None,
    settings: Any,
    tmp_path: Path,
    running_cloud: LocalCloud,
    local_cloud: LocalCloud,
    valkey: str,
) -> Iterator[School]:
    settings.LCIC_CALLBACK_KEY = [KEY]
    assert running_cloud.state_path is not None
    with installation(settings, tmp_path / "school", migrated=Path("migrated")):
        env = local_cloud.environment() | {
            "DATABASE_URL": database_url(connection.settings_dict),
            "MEDIA_ROOT": settings.MEDIA_ROOT,
            "REDIS_URL": valkey,
        }
        yield School(
            folder=tmp_path,
            media=Path(settings.MEDIA_ROOT),
            cloud_state=running_cloud.state_path,
            env=env,
            person=plant("lunaria", number=77, name=NAME),
            namesake=plant("solaria", number=88, name=NAME),
        )


def found(school: School, planted: Planted, *files: Path) -> dict[str, list[str]]:
    """Return where what was planted of somebody is found."""
    return look(
        planted.texts, *(school.media, *files), pieces=planted.pieces, cloud=school.cloud_state
    )


def look(
    texts: Mapping[str, str],
    *files: Path,
    pieces: Mapping[str, bytes] | None = None,
    cloud: Path | None = None,
    has_dump: bool = True,
) -> dict[str, list[str]]:
    """Look by a process of its own, with neither the platform nor any package on its path."""
    database = database_url(connection.settings_dict)
    request = {
        "texts": dict(texts),
        "bytes": {name: piece.hex() for name, piece in (pieces or {}).items()},
        "dump": [str(installed_programs() / "pg_dump"), database] if has_dump else [],
        "files": [str(file) for file in files],
        "cloud": str(cloud or ""),
        "cloud_left_out": [*KEPT_BY_CLOUD, *LOGS_OF_CLOUD],
    }
    looked = subprocess.run(
        [sys.executable, "-I", "-S", outside_look.__file__],
        input=json.dumps(request),
        capture_output=True,
        text=True,
        check=True,
    )
    answer: dict[str, list[str]] = json.loads(looked.stdout)
    return answer


def erase(school: School) -> None:
    """Let somebody ask for it, the command confirm it, and somebody decide about each place."""
    person = school.person.person
    reason = school.person.text("reason of asking", "欧阳国梁 asked for it")
    asking.ask(person, by=None, reason=reason)
    manage(school, "erase_person", person.username, "--yes")
    decide(school)


def manage(school: School, *words: str) -> None:
    """Run a command as the server does, whose log is kept."""
    with school.log.open("a") as log:
        subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=os.environ | school.env,
            stdout=log,
            stderr=log,
            check=True,
        )


def decide(school: School) -> None:
    """Strike the name out where it is the person's, and leave the namesake's."""
    erasure = Erasure.objects.get()
    assert erasure.is_erased
    open_places = erasure.places.filter(is_left=False)
    for place in open_places:
        rows = apps.get_model(place.model)._base_manager.filter(pk=place.row)
        cell = json.dumps(rows.values_list(place.column, flat=True).get(), ensure_ascii=False)
        if school.namesake.mark in cell:
            places.leave([place])
        else:
            places.strike(place)
    assert not open_places.all().exists()


def tell_later(school: School) -> None:
    """Let the cloud tell of the person once more, and a worker do what is due after that."""
    data = {"RoomId": 7, "UserId": school.person.texts["id in the cloud"], "Nickname": NAME}
    assert deliver(body_of("MemberQuit", data)).status_code == 200
    at = timezone.now()
    strike_late_callbacks(at)
    batch_registration.register_people(Priority.BACKGROUND)
    erase_due(at)
    end_what_is_left(at)


def names_of_nobody(school: School) -> list[str]:
    """Return where the name that both bear stands, and not as the namesake's."""
    seen = look({"name": NAME}, school.media, cloud=school.cloud_state)["name"]
    return [place for place in seen if school.namesake.mark not in place]


def rows_of_namesake(school: School) -> dict[str, list[tuple[Any, ...]]]:
    """Return the rows of all tables that lead to the namesake, or in which something of theirs stands."""
    theirs = [*school.namesake.texts.values(), school.namesake.mark]
    key, columns = school.namesake.person.pk, columns_with_people()
    return {
        table: [
            row
            for row in rows
            if any(row[at] == key for at in columns[table])
            or any(text in repr(row) for text in theirs)
        ]
        for table, rows in every_table.rows_of_all().items()
    }


def columns_with_people() -> dict[str, list[int]]:
    """Return the places of the columns of each table that are keys to people."""
    places_by_table: dict[str, list[int]] = {}
    with connection.cursor() as cursor:
        tables = connection.introspection
        for table in tables.table_names(cursor):
            names = [column.name for column in tables.get_table_description(cursor, table)]
            relations = tables.get_relations(cursor, table)
            places_by_table[table] = [
                names.index(name)
                for name, (_column, other) in relations.items()
                if other == User._meta.db_table
            ]
    return places_by_table


@contextmanager
def log_kept(school: School) -> Iterator[None]:
    """Keep what this process logs as the platform, too."""
    handler, root = logging.FileHandler(school.log), logging.getLogger()
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
        handler.close()


def test_nothing_is_left_of_an_erased_person_and_all_of_the_namesake(school: School):
    planted = {*school.person.texts, *school.person.pieces}
    assert (planted - school.left().keys(), len(planted) >= 40) == (set(), True)
    yesterday = back_up(school.folder / "yesterday")
    rows, outside = rows_of_namesake(school), found(school, school.namesake)
    assert {*school.namesake.texts, *school.namesake.pieces} <= outside.keys()

    with log_kept(school):
        erase(school)
        tell_later(school)
        today = back_up(school.folder / "today")

    assert school.log.read_text()
    assert school.left(today, school.log) == {}
    assert names_of_nobody(school) == []
    assert rows_of_namesake(school) == rows
    assert found(school, school.namesake) == outside

    # The same on a backup of before.
    shutil.rmtree(school.media)
    remove_people()
    school.log.unlink()
    manage(school, "restore", str(yesterday), "--erased", str(today / erased_people.NAME))
    decide(school)

    assert school.left(back_up(school.folder / "restored"), school.log) == {}
    assert names_of_nobody(school) == []
    after = rows_of_namesake(school)
    in_backups = rows.keys() - contents.LEFT_OUT.keys()
    assert {table: after[table] for table in in_backups} == {
        table: rows[table] for table in in_backups
    }


@pytest.mark.django_db(transaction=True)
def test_what_no_erasure_removes_is_found(tmp_path: Path):
    """Plant the name where none belongs: it is not removed there, and so it is seen."""
    person = somebody(NAME, username="lunaria77")
    TermFactory.create(name=f"{NAME}学期")
    (tmp_path / "platform.log").write_text(f"{NAME} came in\n", encoding="utf-8")

    erased(person)

    texts = {"name": NAME, "username": "lunaria77"}
    seen = look(texts, tmp_path)
    assert [place.split(":")[0] for place in seen["name"]] == [
        "schedule_term",
        str(tmp_path / "platform.log"),
    ]
    assert seen.keys() == {"name"}


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(NAME.encode(), id="utf-8"),
        pytest.param(NAME.encode("gb18030"), id="gb18030"),
        pytest.param(json.dumps({"a": NAME}).encode(), id="json"),
        pytest.param(json.dumps(json.dumps({"a": NAME})).encode(), id="json in json"),
        pytest.param(quote(NAME).encode(), id="quoted"),
        pytest.param("".join(f"&#{ord(letter)};" for letter in NAME).encode(), id="html"),
        pytest.param(b"1\t\\\\x" + NAME.encode().hex().encode(), id="hex"),
        pytest.param(
            b"1\t\\\\x" + zlib.compress(NAME.encode() * 9).hex().encode(), id="packed in hex"
        ),
        pytest.param(
            b"session=" + base64.urlsafe_b64encode(f'{{"name": "{NAME}", "more": 1}}'.encode()),
            id="base64",
        ),
        pytest.param(gzip.compress(f"lines\n{json.dumps(NAME)}\n".encode()), id="gzip"),
    ],
)
def test_a_name_is_found_however_it_is_written(tmp_path: Path, content: bytes):
    (tmp_path / "file").write_bytes(b"before\n" + content if content[:1] != b"\x1f" else content)

    assert look({"name": NAME}, tmp_path, has_dump=False).keys() == {"name"}
    assert look({"name": "欧阳明星"}, tmp_path, has_dump=False) == {}


def test_a_name_is_found_in_a_workbook_a_file_name_and_the_state_of_the_cloud(tmp_path: Path):
    with zipfile.ZipFile(tmp_path / "book.xlsx", "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/sharedStrings.xml", f"<si><t>{NAME}</t></si>")
    (tmp_path / f"{NAME}.pdf").touch()
    state = tmp_path / "state.sqlite3"
    with closing(sqlite3.connect(state)) as cloud, cloud:
        for table in ("users", "visits"):
            cloud.execute(f"CREATE TABLE {table} (name TEXT)")
            cloud.execute(f"INSERT INTO {table} VALUES (?)", (NAME,))

    (seen,) = look(
        {"name": NAME},
        tmp_path / "book.xlsx",
        tmp_path / f"{NAME}.pdf",
        cloud=state,
        has_dump=False,
    ).values()

    assert len(seen) == 3
    assert seen[-1] == f"cloud's users: {NAME}"
