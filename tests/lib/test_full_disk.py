"""A full disk is told on the page where somebody meets it, and leaves nothing half done."""

from __future__ import annotations

import errno
import io
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.core.management import CommandError, call_command
from django.db import DatabaseError, OperationalError
from django.test import Client
from PIL import Image

from accounts.models import User
from edu_platform.lib.full_disk import is_disk_full
from schedule.class_groups.memberships import begin_memberships
from schedule.models import ClassGroup
from tests.support.full_disk import full_database, full_disk
from tests.support.sheets import csv_of

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases("how a full disk is told")]

IMPORT = "/imports/people/"
# What an import of people writes last.
MEMBERSHIPS = "schedule.imports.user_spreadsheet.begin_memberships"
FULL = "The server disk is full: nothing was saved."
NOT_STORED = "The file storage does not answer or is full"
LOST = "The server could not store the file; its disk may be full. Nothing was saved."
PEOPLE = csv_of("username,display_name,role,class_groups", "ming,王小明,student,四年级1班")
# So large that it is not kept in memory.
MUCH = PEOPLE + b"\r\n" * 1_500_000


@pytest.fixture
def browser(signed_in: Any, planner: User) -> Client:
    client: Client = signed_in(planner, "en")
    return client


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    """Name where files come to lie, the temporary ones too."""
    settings.MEDIA_ROOT = settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    return tmp_path


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def picture() -> SimpleUploadedFile:
    packed = io.BytesIO()
    Image.new("RGB", (40, 40), "green").save(packed, "PNG")
    return SimpleUploadedFile("me.png", packed.getvalue())


def take(browser: Client) -> Any:
    """Have the file checked, and import it."""
    checked = browser.post(IMPORT, {"file": SimpleUploadedFile("people.csv", PEOPLE)})
    kept = checked.context["kept"].code
    return browser.post(IMPORT, {"kept": kept, "import": "", "makes": "on"})


class TestImport:
    @pytest.mark.parametrize("fails", ["write", "seek", "__init__"])
    def test_while_the_file_comes(
        self, browser: Client, monkeypatch: pytest.MonkeyPatch, media: Path, fails: str
    ):
        monkeypatch.setattr(TemporaryUploadedFile, fails, full_disk)

        answer = browser.post(IMPORT, {"file": SimpleUploadedFile("people.csv", MUCH)})

        assert answer.status_code == 422
        assert LOST in answer.content.decode()
        assert files(media) == []
        assert not User.objects.get_queryset().filter(username="ming").exists()

    def test_while_it_is_written(self, browser: Client, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(MEMBERSHIPS, full_database)

        answer = take(browser)

        assert answer.status_code == 503
        assert FULL in answer.content.decode()
        assert not User.objects.get_queryset().filter(username="ming").exists()
        assert not ClassGroup.objects.exists()

    def test_other_failures_are_no_full_disk(
        self, browser: Client, monkeypatch: pytest.MonkeyPatch
    ):
        def fail(*_args: object, **_options: object) -> None:
            raise OperationalError("something else")

        monkeypatch.setattr(MEMBERSHIPS, fail)

        with pytest.raises(OperationalError):
            take(browser)

    def test_somebody_was_quicker(self, browser: Client, monkeypatch: pytest.MonkeyPatch):
        def twice(members: Iterable[tuple[User, Collection[ClassGroup]]]) -> None:
            listed = list(members)
            begin_memberships(listed)
            begin_memberships(listed)

        monkeypatch.setattr(MEMBERSHIPS, twice)

        answer = take(browser)

        assert answer.status_code == 409
        assert "Nothing was imported: try again." in answer.content.decode()
        assert not ClassGroup.objects.exists()

    def test_command_says_it_in_a_sentence(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
        monkeypatch.setattr(MEMBERSHIPS, full_database)
        file = tmp_path / "people.csv"
        file.write_bytes(PEOPLE)

        with pytest.raises(CommandError, match="磁盘已满"):
            call_command("import_users", file)


def test_picture_of_somebody_else(
    browser: Client, student: User, monkeypatch: pytest.MonkeyPatch, media: Path
) -> None:
    monkeypatch.setattr("django.core.files.base.ContentFile.chunks", _half)

    answer = browser.post(f"/people/{student.code}/picture/", {"picture": picture()})

    assert NOT_STORED in browser.get(answer["Location"]).content.decode()
    assert files(media) == []
    student.refresh_from_db()
    assert not student.avatar


def test_picture_of_oneself(
    browser: Client, planner: User, monkeypatch: pytest.MonkeyPatch, media: Path
) -> None:
    monkeypatch.setattr("django.core.files.base.ContentFile.chunks", _half)

    answer = browser.post("/accounts/profile/picture/", {"picture": picture()})

    assert answer.status_code == 503
    assert NOT_STORED in answer.content.decode()
    assert files(media) == []
    assert not User.objects.get(pk=planner.pk).avatar


@pytest.mark.parametrize(
    ("err", "is_full"),
    [
        (OSError(errno.ENOSPC, "full"), True),
        (OSError(errno.EDQUOT, "quota"), True),
        (OSError(errno.EIO, "broken"), False),
        (OperationalError("database is locked"), False),
    ],
)
def test_full_disk_is_told_from_other_failures(err: Exception, *, is_full: bool) -> None:
    assert is_disk_full(err) is is_full


def test_full_database_is_a_full_disk() -> None:
    with pytest.raises(DatabaseError) as caught:
        full_database()

    assert is_disk_full(caught.value)


def _half(_content: object, *_args: object) -> Any:
    yield b"half"
    full_disk()
