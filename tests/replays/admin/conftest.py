from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from tests.cast import SignedIn


@pytest.fixture
def staff(
    signed_in: SignedIn, planner: User, administrator: User, superuser: User
) -> dict[str, Client]:
    """A browser of each who may look after replays here, by their names: for who may what.

    All have the same rights here: what they find is the same for `office`.
    """
    return {person.username: signed_in(person) for person in (planner, administrator, superuser)}


@pytest.fixture
def english_staff(staff: dict[str, Client]) -> dict[str, Client]:
    for client in staff.values():
        client.cookies["django_language"] = "en"
    return staff


@pytest.fixture
def english_office(office: Client) -> Client:
    office.cookies["django_language"] = "en"
    return office


@pytest.fixture(params=["planner", "administrator", "superuser"])
def each_of_staff(request: pytest.FixtureRequest, signed_in: SignedIn) -> Client:
    """The browser of one of them after the other, each in a world of its own."""
    return signed_in(request.getfixturevalue(request.param), "en")


@pytest.fixture
def others(
    signed_in: SignedIn, supervisor: User, teacher: User, student: User, outsider: User
) -> dict[str, Client]:
    """A browser of each to whom all of this is closed, by their names."""
    people = (supervisor, teacher, student, outsider)
    return {person.username: signed_in(person) for person in people}
