"""The person who is planted, their texts by name, and those about whom nothing is to change."""

from __future__ import annotations

from typing import Any

from accounts.enums import Role
from accounts.models import User
from schedule.models import ClassGroup
from tests.factories.accounts import UserFactory
from tests.factories.schedule import ClassGroupFactory, MembershipFactory

PASSWORD = "correct horse battery"


class Planted:
    """A teacher who is a student in a class group too; `texts` are to be found of them, by what they are."""

    def __init__(self, mark: str, number: int, name: str) -> None:
        self.mark, self.number, self.name = mark, number, name
        self.texts: dict[str, str] = {}
        self.pieces: dict[str, bytes] = {}
        self.person: User = UserFactory.create(
            username=f"{mark}77",
            display_name=f"{name}{mark}旧",
            email=f"{mark}@home.example",
            roles=[Role.TEACHER, Role.STUDENT],
            password=PASSWORD,
        )
        self.class_group: ClassGroup = ClassGroupFactory.create(name=f"{mark} 三年级")
        MembershipFactory.create(user=self.person, class_group=self.class_group)

    def text(self, what: str, text: Any) -> str:
        """Note a text that is planted, and return it."""
        assert what not in self.texts, what
        self.texts[what] = str(text)
        return self.texts[what]

    def named(self, what: str) -> str:
        """Return a text with the name in it, which is like no other."""
        return self.text(what, f"{self.name} {self.mark} {what}")


def another(role: Role, username: str) -> User:
    """Return one who is there beside them."""
    user = User.objects.filter(username=username).first()
    return user or UserFactory.create(
        username=username, display_name=f"司马{username}", roles=[role]
    )
