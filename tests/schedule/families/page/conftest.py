"""Make a child, a sibling of another class group, and the family of the child."""

from __future__ import annotations

import pytest

from accounts.models import User
from schedule.models import ClassGroup
from tests.factories.schedule import ClassGroupFactory, LessonFactory, MembershipFactory
from tests.support.families import FamilyOf, make_family


@pytest.fixture
def group() -> ClassGroup:
    return ClassGroupFactory.create(name="三年级1班")


@pytest.fixture
def child(group: ClassGroup) -> User:
    return MembershipFactory.create(class_group=group, user__display_name="林小满").user


@pytest.fixture
def sibling() -> User:
    group = ClassGroupFactory.create(name="六年级2班")
    LessonFactory.create(class_groups=[group], course__name="物理")
    return MembershipFactory.create(class_group=group, user__display_name="林大满").user


@pytest.fixture
def family(child: User) -> FamilyOf:
    return make_family(child)
