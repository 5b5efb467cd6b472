"""Fixtures of school years: schools before and after the beginning of one."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from tests.factories.accounts import UserFactory


@pytest.fixture
def first_day() -> dt.date:
    return timezone.localdate() + dt.timedelta(days=40)


@pytest.fixture
def by() -> User:
    return UserFactory.create(roles=[Role.PLANNER])
