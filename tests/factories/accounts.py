from __future__ import annotations

from typing import Any

from factory.declarations import Sequence
from factory.django import DjangoModelFactory

from accounts.enums import Role
from accounts.models import User
from accounts.services import people
from tests.support.transactions import without_savepoints


class UserFactory(DjangoModelFactory[User]):
    """A person with roles: `UserFactory.create(roles=[Role.TEACHER])`.

    Without `password` nobody can sign in with the name, and no test waits for a hash; clients use
    `force_login`. `is_superuser` and `is_active` are set as given.
    """

    class Meta:
        model = User

    username = Sequence(lambda number: f"user{number}")
    display_name = Sequence(lambda number: f"王小{number}")
    roles = (Role.STUDENT,)
    password = None

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **fields: Any) -> User:
        with without_savepoints():
            user = people.create_person(
                username=fields.pop("username"),
                display_name=fields.pop("display_name"),
                roles=fields.pop("roles"),
                password=fields.pop("password"),
                by=None,
                audit_into=[],  # written nowhere: the log begins with what a test does
            )
        if fields:
            for name, value in fields.items():
                setattr(user, name, value)
            user.save(update_fields=list(fields))
        return user
