from __future__ import annotations

import pytest

from accounts.enums import Role
from accounts.models import User
from schedule.lessons.may_teach import CannotTeach, cannot_teach, who_may_teach
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db

CASES = [
    ([Role.TEACHER], True, None),
    ([Role.STUDENT, Role.TEACHER], True, None),
    ([Role.TEACHER, Role.PLANNER], True, None),
    ([], True, CannotTeach.NO_ROLE),
    ([Role.STUDENT], True, CannotTeach.NO_ROLE),
    ([Role.SUPERVISOR, Role.PLANNER, Role.ADMINISTRATOR], True, CannotTeach.NO_ROLE),
    ([Role.TEACHER], False, CannotTeach.INACTIVE),
    ([], False, CannotTeach.INACTIVE),
]


@pytest.mark.parametrize(("roles", "is_active", "reason"), CASES)
def test_may_teach(roles, is_active, reason):
    user = UserFactory.create(roles=roles, is_active=is_active)

    assert cannot_teach(User.objects.get(pk=user.pk)) is reason
    assert list(who_may_teach()) == ([user] if reason is None else [])


def test_superuser_without_the_role_may_not():
    user = UserFactory.create(roles=[], is_superuser=True)

    assert cannot_teach(user) is CannotTeach.NO_ROLE
    assert not who_may_teach().exists()
