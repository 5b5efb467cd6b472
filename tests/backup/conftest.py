from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from accounts.enums import Role
from accounts.models import User
from courseware.models import Courseware
from tests.factories.accounts import UserFactory
from tests.factories.courseware import CoursewareFactory


@pytest.fixture
def storage(settings: Any, tmp_path: Path) -> Path:
    """The files' place, this test's own."""
    settings.MEDIA_ROOT = str(tmp_path / "media")
    return tmp_path / "media"


@pytest.fixture
def backups(tmp_path: Path) -> Path:
    """Name where this test's backups go; not there yet."""
    return tmp_path / "mounted" / "backups"


@pytest.fixture
def owner(transactional_db: None) -> User:
    return UserFactory.create(username="teacher", roles=[Role.TEACHER])


@pytest.fixture
def lesson_file(owner: User, storage: Path) -> Courseware:
    return CoursewareFactory.create(owner=owner, name="第一课.pdf", content=b"first" * 100)
