"""A school is backed up while people work, destroyed, and restored."""

from __future__ import annotations

import hashlib
import io
import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from PIL import Image

from accounts.enums import Role
from accounts.models import User
from accounts.services.avatars import as_avatar, store
from courseware.models import Courseware, Upload
from edu_platform.backup import contents
from edu_platform.models import Backup
from tests.factories.accounts import UserFactory
from tests.factories.courseware import CoursewareFactory
from tests.localcloud import coursefiles
from tests.support import every_table
from tests.support.callbacks import KEY, body_of, deliver
from tests.support.commands import run
from tests.support.installations import drop_all_tables, installation, is_sqlite
from tests.support.tus import Tus

PASSWORD = "correct horse battery"
FILM = b"\x00\x00\x00\x01" + bytes(range(256)) * 40
# What the writers write, row by row, and never change afterwards, by the column that counts up.
GROWING = {"classroom_callbackevent": "id", "courseware_courseware": "id"}
# What else changes on the way: uploads come and go, and who writes has a session and a trail.
MOVING = {"courseware_upload", "courseware_submission", "edu_platform_backup"}
WRITTEN_LAST = {"offset_bytes", "lease_token", "leased_until"}
OUT = {table for table, kept in contents.LEFT_OUT.items() if kept is None}


@pytest.fixture
def school(
    transactional_db: None, settings: Any, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[User]:
    """A teacher in a school that has a row in every table, in a database of this test's own."""
    settings.LCIC_CALLBACK_KEY, settings.LCIC_SDK_APP_ID = [KEY], 3_520_371
    migrated = request.getfixturevalue("migrated_sqlite") if is_sqlite() else Path("migrated")
    with installation(settings, tmp_path / "school", migrated=migrated):
        teacher = UserFactory.create(
            username="teacher", display_name="李老师", roles=[Role.TEACHER], password=PASSWORD
        )
        teacher.avatar.name = store(as_avatar(picture()))
        teacher.save()
        CoursewareFactory.create(owner=teacher, content=coursefiles.pdf())
        every_table.fill()
        yield teacher


def picture() -> io.BytesIO:
    made = io.BytesIO()
    Image.new("RGB", (64, 64), "teal").save(made, "PNG")
    return made


@contextmanager
def people_at_work(teacher: User) -> Iterator[None]:
    """Uploads and callbacks, one after the other, for as long as the block lasts."""
    over = threading.Event()

    def upload() -> None:
        tus = Tus(teacher)
        while not over.is_set():
            path = tus.begun("语文.h264", len(FILM))
            assert tus.send(path, 0, FILM[:5000]).status_code == 204
            assert tus.send(path, 5000, FILM[5000:]).status_code == 204

    def call_back() -> None:
        number, client = 0, Client()
        while not over.is_set():
            number += 1
            body = body_of("RoomStart", {"RoomId": 300_000 + number})
            assert deliver(body, client).status_code == 200

    with ThreadPoolExecutor(2) as pool:
        working = [pool.submit(until_closed(work)) for work in (upload, call_back)]
        try:
            yield
        finally:
            over.set()
        for each in working:
            each.result()


def until_closed(work: Callable[[], None]) -> Callable[[], None]:
    def closed() -> None:
        try:
            work()
        finally:
            connection.close()

    return closed


def files_of_rows() -> dict[str, str]:
    """Return what people have on the storage, with digests, by the names that rows give."""
    names = [*User.objects.exclude(avatar="").values_list("avatar", flat=True)]
    names += Courseware.objects.exclude(file="").values_list("file", flat=True)
    return {name: digest(name) for name in names}


def settled_parts(uploads: list[tuple[Any, ...]]) -> set[tuple[Any, ...]]:
    """Rows of uploads without what is still written to when their courseware is there."""
    with connection.cursor() as cursor:
        table = connection.introspection.get_table_description(cursor, "courseware_upload")
    kept = [at for at, column in enumerate(table) if column.name not in WRITTEN_LAST]
    return {tuple(row[at] for at in kept) for row in uploads}


def digest(name: str) -> str:
    with default_storage.open(name) as file:
        return hashlib.sha256(file.read()).hexdigest()


@pytest.mark.both_databases("each is dumped and filled in its own way")
@pytest.mark.timeout(300)
def test_school_is_destroyed_and_restored_while_people_work(
    school: User, settings: Any, tmp_path: Path
):
    before = every_table.rows_of_all()
    assert [table for table, rows in before.items() if not rows] == []
    with people_at_work(school):
        backed_up = run("backup", tmp_path / "backups")
    after, files_after = every_table.rows_of_all(), files_of_rows()

    drop_all_tables()
    shutil.rmtree(settings.MEDIA_ROOT)
    restored_by = run("restore", tmp_path / "backups")

    restored, files = every_table.rows_of_all(), files_of_rows()
    assert (backed_up.code, restored_by.code, restored_by.stderr) == (0, 0, "")
    assert restored.keys() == before.keys()
    still = before.keys() - GROWING.keys() - MOVING - OUT
    assert {name: restored[name] for name in still} == {name: before[name] for name in still}
    assert {name: restored[name] for name in OUT} == {name: [] for name in OUT}
    for name in GROWING:
        assert set(before[name]) <= set(restored[name]) <= set(after[name]), name
        assert sorted(restored[name]) == sorted(after[name])[: len(restored[name])], name
    # Each whole upload has its courseware and the file of it; half ones are gone.
    uploads, *known = (
        settled_parts(rows["courseware_upload"]) for rows in (restored, before, after)
    )
    assert uploads <= set.union(*known)
    assert all(digest == files_after[name] for name, digest in files.items())
    assert len(files) == 1 + Courseware.objects.exclude(file="").count() >= 2
    assert not default_storage.exists("uploads")
    assert not Upload.objects.filter(courseware=None).exists()
    signed_in = Client().post("/accounts/login/", {"login": "teacher", "password": PASSWORD})
    assert (signed_in.status_code, signed_in["Location"]) == (302, "/")
    assert Backup.objects.count() == len(before["edu_platform_backup"])
