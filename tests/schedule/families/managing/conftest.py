"""Name the page on which a child's family links are looked after."""

from __future__ import annotations

import pytest

from accounts.models import User


@pytest.fixture
def address(student: User) -> str:
    return f"/people/{student.code}/family-links/"
