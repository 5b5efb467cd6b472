"""Make people who look after family links."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from schedule.enums import MembershipKind
from schedule.models import ClassGroup
from tests.cast import SignedIn
from tests.factories.schedule import MembershipFactory


@pytest.fixture
def office(signed_in: SignedIn, planner: User) -> Client:
    return signed_in(planner, "en")


@pytest.fixture
def class_teacher(teacher: User, class_group: ClassGroup) -> User:
    kind = MembershipKind.CLASS_TEACHER
    MembershipFactory.create(user=teacher, class_group=class_group, kind=kind)
    return teacher
