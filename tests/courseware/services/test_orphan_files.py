"""Files that somebody stored and never made courseware of do not stay for ever."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from accounts.models import User
from courseware.models import Courseware
from courseware.services import orphan_files
from courseware.services.creating import create_courseware
from courseware.services.orphan_files import KEPT_FOR, remove_orphan_files
from tests.localcloud.coursefiles import pdf

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("storage")]


@pytest.fixture(params=["disk", "elsewhere"], autouse=True)
def _storage_of_either_kind(request: pytest.FixtureRequest, settings: Any, storage: Path) -> None:
    if request.param == "elsewhere":
        memory = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
        settings.STORAGES = {**settings.STORAGES, "default": memory}


def later() -> dt.datetime:
    """Return when what is stored now may go."""
    return timezone.now() + KEPT_FOR + dt.timedelta(hours=1)


def create(owner: User) -> Courseware:
    file = ContentFile(pdf(), name="a.pdf")
    return create_courseware(owner=owner, filename="a.pdf", file=file, at=timezone.now())


def lose(owner: User) -> str:
    """Store a file whose row is not there in the end; return its name."""
    courseware = create(owner)
    name = str(courseware.file.name)
    Courseware.objects.filter(pk=courseware.pk).delete()
    return name


def test_storage_without_courseware_is_fine():
    assert remove_orphan_files(later()) == 0


def test_old_file_that_no_row_knows_goes(teacher: User):
    name = lose(teacher)

    removed = remove_orphan_files(later())

    assert (removed, default_storage.exists(name)) == (1, False)


def test_young_file_stays_because_its_row_may_be_on_its_way(teacher: User):
    name = lose(teacher)

    removed = remove_orphan_files(timezone.now())

    assert (removed, default_storage.exists(name)) == (0, True)


def test_file_of_courseware_stays_also_when_it_is_being_deleted(teacher: User):
    names = [str(create(teacher).file.name), str(create(teacher).file.name)]
    Courseware.objects.filter(file=names[0]).update(deleted_at=timezone.now())

    removed = remove_orphan_files(later())

    assert (removed, [default_storage.exists(name) for name in names]) == (0, [True, True])


def test_run_is_bounded(teacher: User, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(orphan_files, "LOOKED_AT_A_RUN", 2)
    for _ in range(3):
        lose(teacher)

    removed = [remove_orphan_files(later()), remove_orphan_files(later())]

    assert removed == [2, 1]


def test_file_that_cannot_be_deleted_keeps_no_other(teacher: User, monkeypatch: Any):
    names = [lose(teacher), lose(teacher)]
    original = type(default_storage._wrapped).delete  # type: ignore[attr-defined]

    def refuse(self: Any, name: str) -> None:
        if name == names[0]:
            raise PermissionError(name)
        original(self, name)

    monkeypatch.setattr(type(default_storage._wrapped), "delete", refuse)  # type: ignore[attr-defined]

    removed = remove_orphan_files(later())

    assert (removed, [default_storage.exists(name) for name in names]) == (1, [True, False])


@pytest.mark.parametrize("_storage_of_either_kind", ["disk"], indirect=True)
def test_folders_go_too(teacher: User, storage: Path):
    lose(teacher)
    empty = storage / "courseware" / "empty"
    empty.mkdir(parents=True)

    remove_orphan_files(timezone.now())
    young = empty.is_dir()
    remove_orphan_files(later())

    assert young
    assert list(default_storage.listdir("courseware")[0]) == []
