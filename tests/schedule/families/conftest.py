"""Make people who look after family links, and a second student of theirs."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.enums import Role
from accounts.models import User
from schedule.enums import MembershipKind
from schedule.models import ClassGroup
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.factories.schedule import MembershipFactory


@pytest.fixture
def office(signed_in: SignedIn, planner: User) -> Client:
    return signed_in(planner, "en")


@pytest.fixture
def class_teacher(teacher: User, class_group: ClassGroup) -> User:
    kind = MembershipKind.CLASS_TEACHER
    MembershipFactory.create(user=teacher, class_group=class_group, kind=kind)
    return teacher


@pytest.fixture
def classmate(class_group: ClassGroup) -> User:
    user = UserFactory.create(username="classmate", display_name="陈小雨", roles=[Role.STUDENT])
    MembershipFactory.create(user=user, class_group=class_group)
    return user
