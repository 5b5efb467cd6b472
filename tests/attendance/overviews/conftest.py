from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from schedule.models import ClassGroup, Term
from tests.factories.schedule import MembershipFactory, TermFactory


@pytest.fixture
def term(db: None) -> Term:
    """The term of today, which began three weeks ago."""
    today = timezone.localdate()
    monday = today - dt.timedelta(days=today.weekday() + 21)
    return TermFactory.create(name="秋季学期", first_monday=monday)


@pytest.fixture
def classmate(class_group: ClassGroup) -> User:
    members = MembershipFactory.create(
        class_group=class_group, user__roles=(Role.STUDENT,), user__display_name="王同学"
    )
    return members.user
