"""The pages of people, as their forms are sent."""

from __future__ import annotations

from typing import Any

from django.test import Client

from accounts.models import User
from tests.support.pages import Element, read
from tests.support.second_factor import Factor, give_second_factor

LIST = "/people/"
NEW = "/people/new/"
AGAIN = "/accounts/second-factor/again/"


def page_of(person: User, rest: str = "") -> str:
    return f"{LIST}{person.code}/{rest}"


def fields_of(person: User, **changes: Any) -> dict[str, Any]:
    """Return what the form of a person sends when nothing but this is changed; None leaves a field out."""
    fields: dict[str, Any] = {
        "username": person.username,
        "display_name": person.display_name,
        "email": person.email,
        "roles": [role.value for role in person.roles],
        **changes,
    }
    return {name: value for name, value in fields.items() if value is not None}


def again(person: User) -> User:
    return User.objects.get(pk=person.pk)


def main(answer: Any) -> Element:
    return read(answer.content).one("main")


def found(answer: Any) -> list[str]:
    """The usernames in the list, in their order."""
    rows = read(answer.content).one("table", "people").one("tbody").all("tr")
    return [row.all("td")[0].text for row in rows]


def has_typed_code(client: Client, person: User) -> Factor:
    """Have the browser's owner set up a second factor, and type a code once more."""
    factor = give_second_factor(person)
    client.post(AGAIN, {"code": factor.code()})
    return factor
