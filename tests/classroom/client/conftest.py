from __future__ import annotations

import pytest

from classroom.client import users
from classroom.client.rate_limits import Priority
from classroom.client.users import Participant
from tests.support.cloud import LocalCloud


@pytest.fixture
def teacher_id(local_cloud: LocalCloud) -> str:
    return users.register_user(Participant("origin-teacher", "李老师"), Priority.BACKGROUND)


@pytest.fixture
def student_id(local_cloud: LocalCloud) -> str:
    return users.register_user(Participant("origin-student", "小明"), Priority.BACKGROUND)
