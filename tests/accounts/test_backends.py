"""The person behind a session."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.backends import RoleBackend
from accounts.enums import Role
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("roles", [(), (Role.TEACHER,), (Role.TEACHER, Role.PLANNER)])
def test_person_comes_with_their_roles_in_one_query(
    roles: tuple[Role, ...], django_assert_num_queries: Any
) -> None:
    person = UserFactory.create(roles=roles)

    with django_assert_num_queries(1):
        found = RoleBackend().get_user(person.pk)
        assert found == person
        assert found.roles == frozenset(roles)


def test_nobody_for_those_who_may_not_sign_in() -> None:
    person = UserFactory.create(is_active=False)

    assert RoleBackend().get_user(person.pk) is None


def test_nobody_for_an_unknown_key() -> None:
    assert RoleBackend().get_user(0) is None
