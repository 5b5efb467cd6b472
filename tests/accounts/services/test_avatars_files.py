"""Files of pictures: each opens to everybody who knows its name, so that none stays that nobody shows."""

from __future__ import annotations

import datetime as dt
import errno
import functools
import io
import os
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from accounts.enums import AuditKind
from accounts.models import AuditEntry, User
from accounts.services import avatars, people
from accounts.tasks import remove_unknown_pictures
from tests.factories.accounts import UserFactory
from tests.support.pages import read
from tests.support.threads import all_at_once

pytestmark = pytest.mark.django_db

UPLOAD = "/accounts/profile/picture/"
A_DAY_LATER = dt.timedelta(days=1, minutes=1)


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = str(tmp_path)
    return tmp_path / "avatars"


@pytest.fixture
def wang(db: None) -> User:
    return UserFactory.create(username="wang")


@functools.cache
def drawn() -> bytes:
    packed = io.BytesIO()
    Image.effect_noise((1500, 1500), 90).save(packed, "PNG")
    return packed.getvalue()


def small() -> ContentFile[bytes]:
    packed = io.BytesIO()
    Image.new("RGB", (8, 8)).save(packed, "PNG")
    return avatars.as_avatar(packed)


def names(folder: Path) -> list[str]:
    return [f"avatars/{path.name}" for path in folder.glob("*")]


def shown(user: User) -> str:
    return str(User.objects.get_queryset().get(pk=user.pk).avatar.name)


def fill_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the disk be full after the first bytes of a file."""

    def full(fd: Any, _flags: int) -> bool:
        os.write(fd if isinstance(fd, int) else fd.fileno(), b"\xff\xd8")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("django.core.files.locks.lock", full)


@pytest.mark.both_databases("locks")
@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_of_eight_pictures_one_file_stays(self, wang: User, folder: Path):
        same = [User.objects.get_queryset().get(pk=wang.pk) for _ in range(8)]
        pictures = [small() for _ in same]

        all_at_once(
            lambda pair: people.set_picture(*pair, by=pair[0]),
            list(zip(same, pictures, strict=True)),
        )

        assert names(folder) == [shown(wang)]

    def test_of_one_that_is_removed_meanwhile_none_or_its_own_stays(self, wang: User, folder: Path):
        same = [User.objects.get_queryset().get(pk=wang.pk) for _ in range(6)]

        def change(user: User) -> None:
            people.set_picture(user, small(), by=user)
            people.remove_picture(user, by=user)

        all_at_once(change, same)

        assert names(folder) == [name for name in [shown(wang)] if name]

    def test_form_that_was_filled_earlier_does_not_bring_back_the_old_picture(
        self, wang: User, folder: Path
    ):
        people.set_picture(wang, small(), by=wang)
        earlier = User.objects.get_queryset().get(pk=wang.pk)
        people.set_picture(wang, small(), by=wang)

        people.save_person(earlier, changed={"display_name"}, by=None)
        earlier.avatar = avatars.store(small())
        people.save_person(earlier, changed={"avatar"}, by=None)

        assert names(folder) == [shown(wang)]

    def test_picture_of_a_change_that_failed_is_gone_and_the_old_one_stays(
        self, wang: User, folder: Path, monkeypatch: pytest.MonkeyPatch
    ):
        people.set_picture(wang, small(), by=wang)
        before = shown(wang)

        def fail(_users: object) -> None:
            raise RuntimeError

        monkeypatch.setattr(people, "note_changed_people", fail)
        with pytest.raises(RuntimeError):
            people.set_picture(wang, small(), by=wang)

        assert names(folder) == [shown(wang)] == [before]

    def test_audit_log_keeps_a_picture_that_somebody_else_gave(
        self, wang: User, folder: Path, planner: User, monkeypatch: pytest.MonkeyPatch
    ):
        people.set_picture(wang, small(), by=wang)
        people.set_picture(wang, small(), by=planner)

        entry = AuditEntry.objects.get(kind=AuditKind.PERSON_CHANGED)
        assert (entry.actor, entry.person, entry.details) == (planner, wang, {"fields": ["avatar"]})

        def fail(*_args: object, **_fields: object) -> None:
            raise RuntimeError

        before = shown(wang)
        monkeypatch.setattr("accounts.services.audit.record", fail)
        with pytest.raises(RuntimeError):
            people.remove_picture(wang, by=planner)
        assert shown(wang) == before  # both, or neither

    def test_file_that_cannot_be_deleted_does_not_hold_up_the_new_one(
        self, wang: User, folder: Path, monkeypatch: pytest.MonkeyPatch
    ):
        people.set_picture(wang, small(), by=wang)
        before = shown(wang)

        def refuse(_self: object, _name: str) -> None:
            raise PermissionError

        monkeypatch.setattr(FileSystemStorage, "delete", refuse)
        people.set_picture(wang, small(), by=wang)

        assert shown(wang) != before
        assert sorted(names(folder)) == sorted([before, shown(wang)])


@pytest.mark.django_db(transaction=True)
class TestFullDisk:
    def test_own_page_says_it_and_keeps_the_old_picture(
        self, wang: User, folder: Path, monkeypatch: pytest.MonkeyPatch
    ):
        people.set_picture(wang, small(), by=wang)
        before = shown(wang)
        client = Client()
        client.force_login(wang)

        with monkeypatch.context() as patch:
            fill_disk(patch)
            answer = client.post(UPLOAD, {"picture": SimpleUploadedFile("me.png", drawn())})

        assert (answer.status_code, answer["Retry-After"]) == (503, "60")
        assert "文件存储没有响应或已满" in read(answer.content).one("main").text
        assert names(folder) == [shown(wang)] == [before]

    def test_page_of_a_person_says_it_too(
        self, planner: User, wang: User, folder: Path, monkeypatch: pytest.MonkeyPatch
    ):
        client = Client()
        client.force_login(planner)

        fill_disk(monkeypatch)
        answer = client.post(
            f"/people/{wang.code}/picture/", {"picture": SimpleUploadedFile("me.png", drawn())}
        )

        told = read(client.get(answer["Location"]).content).one("li", "error").text
        assert "文件存储没有响应或已满" in told
        assert names(folder) == []
        assert shown(wang) == ""


class TestSweep:
    def test_file_that_nobody_shows_goes_after_a_day(self, wang: User, folder: Path):
        people.set_picture(wang, small(), by=wang)
        avatars.store(small())

        young = avatars.remove_unknown(timezone.now())
        old = avatars.remove_unknown(timezone.now() + A_DAY_LATER)

        assert (young, old) == (0, 1)
        assert names(folder) == [shown(wang)]

    def test_nothing_stored_is_nothing_to_do(self):
        assert avatars.remove_unknown(timezone.now()) == 0

    def test_run_is_bounded(self, folder: Path, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(avatars, "LOOKED_AT_A_RUN", 2)
        for _ in range(3):
            avatars.store(small())
        later = timezone.now() + A_DAY_LATER

        assert [avatars.remove_unknown(later), avatars.remove_unknown(later)] == [2, 1]

    def test_file_that_cannot_be_deleted_keeps_no_other(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ):
        stays, goes = avatars.store(small()), avatars.store(small())
        original = FileSystemStorage.delete

        def refuse(self: FileSystemStorage, name: str) -> None:
            if name == stays:
                raise PermissionError(name)
            original(self, name)

        monkeypatch.setattr(FileSystemStorage, "delete", refuse)

        assert avatars.remove_unknown(timezone.now() + A_DAY_LATER) == 1
        assert names(folder) == [stays]
        assert not default_storage.exists(goes)

    def test_task_sweeps(self, folder: Path):
        name = avatars.store(small())
        old = (timezone.now() - A_DAY_LATER).timestamp()
        os.utime(folder / Path(name).name, (old, old))

        remove_unknown_pictures()

        assert names(folder) == []
