"""The cost of a password's hash; hashes of another cost stay good."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.hashers import (
    Argon2PasswordHasher,
    PBKDF2PasswordHasher,
    make_password,
)
from django.test import Client

from accounts.models import User
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db

COST = "argon2$argon2id$v=19$m=19456,t=2,p=1$"
PASSWORD = "correct horse"


@pytest.fixture(autouse=True)
def real_hashers(settings: Any) -> None:
    """Those of production, without the quick one of the tests in front of them."""
    settings.PASSWORD_HASHERS = settings.PASSWORD_HASHERS[1:]


def cheaper_hash() -> str:
    """As a smaller machine would have made it."""
    hasher = Argon2PasswordHasher()
    hasher.time_cost, hasher.memory_cost = 1, 1024
    return hasher.encode(PASSWORD, hasher.salt())


def dearer_hash() -> str:
    """As a machine that takes longer over each would have made it."""
    hasher = Argon2PasswordHasher()
    hasher.time_cost, hasher.memory_cost = 3, 1024
    return hasher.encode(PASSWORD, hasher.salt())


def hash_of_another_kind() -> str:
    """As Django makes it by itself, but in one round: they cost much, and nobody counts them here."""
    hasher = PBKDF2PasswordHasher()
    return hasher.encode(PASSWORD, hasher.salt(), iterations=1)


def person_with(hashed: str) -> User:
    person = UserFactory.create()
    User.objects.filter(pk=person.pk).update(password=hashed)
    return User.objects.get(pk=person.pk)


def test_new_hash_has_the_cost_of_a_small_machine():
    assert make_password(PASSWORD).startswith(COST)


@pytest.mark.parametrize("make_hash", [cheaper_hash, dearer_hash, hash_of_another_kind])
def test_hash_of_another_cost_is_good_and_replaced_at_the_next_sign_in(
    make_hash: Callable[[], str],
):
    person = person_with(make_hash())

    assert person.check_password(PASSWORD)

    person.refresh_from_db()
    assert person.password.startswith(COST)
    assert person.check_password(PASSWORD)


def test_wrong_password_replaces_nothing():
    hashed = cheaper_hash()
    person = person_with(hashed)

    assert not person.check_password("battery staple")

    person.refresh_from_db()
    assert person.password == hashed


def test_hash_of_this_cost_is_kept():
    hashed = make_password(PASSWORD)
    person = person_with(hashed)

    assert person.check_password(PASSWORD)

    person.refresh_from_db()
    assert person.password == hashed


def test_session_goes_on_when_the_password_typed_again_has_a_hash_of_another_cost(client: Client):
    person = person_with(cheaper_hash())
    client.force_login(person)

    client.post("/accounts/reauthenticate/", {"password": PASSWORD})

    person.refresh_from_db()
    assert person.password.startswith(COST)
    assert client.get("/accounts/profile/").status_code == 200
