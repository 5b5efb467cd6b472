"""The number of people whom the classroom knows, where staff look after they have added some."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.enums import IdentityState, Role
from accounts.models import ClassroomIdentity, User
from accounts.services.batch_registration import registering
from classroom.client.transport import sdk_app_id
from edu_platform.lib.progress import Portion
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.support.cloud import LocalCloud
from tests.support.pages import read

pytestmark = pytest.mark.django_db

PAGES = ("/imports/people/",)


def identity(user: User, user_id: str = "", **columns: str) -> None:
    ClassroomIdentity.objects.create(
        user=user, sdk_app_id=sdk_app_id(), classroom_user_id=user_id, **columns
    )


@pytest.fixture
def people(local_cloud: LocalCloud) -> list[User]:
    """Two whom the cloud knows, one whom it refuses, and two who wait, of whom one has no identity yet."""
    people = UserFactory.create_batch(5, roles=[Role.STUDENT])
    for person, user_id in zip(people, ("a", "b"), strict=False):
        identity(person, user_id)
    identity(people[2], state=IdentityState.FAILED)
    identity(people[3])
    # They take part in no class, or no longer.
    UserFactory.create(roles=[Role.PLANNER])
    identity(UserFactory.create(roles=[Role.STUDENT], is_active=False))
    return people


@pytest.fixture
def office(signed_in: SignedIn, planner: User) -> Client:
    return signed_in(planner, "en")


@pytest.mark.usefixtures("people")
def test_stands_where_people_are_listed_and_imported(office: Client):
    for address in PAGES:
        text = read(office.get(address).content).text

        assert "2 of 5 people known to the classroom." in text, address


def test_says_nothing_once_all_are_known_or_refused(office: Client, people: list[User]):
    ClassroomIdentity.objects.filter(user=people[3]).update(classroom_user_id="c")
    assert registering() == Portion(3, 5)

    identity(people[4], "d")

    assert registering() is None
    for address in PAGES:
        assert "known to the classroom" not in read(office.get(address).content).text, address


@pytest.mark.usefixtures("people")
def test_takes_one_query():
    with CaptureQueriesContext(connection) as queries:
        registering()

    assert len(queries) == 1


@pytest.mark.usefixtures("people")
def test_without_a_cloud_nobody_waits_for_it(settings: Any):
    settings.LCIC_SDK_APP_ID = 0

    assert registering() is None
