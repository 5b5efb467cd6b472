"""Roles of the school's sign-in: staff see which they are, and decide about those that it no longer gives."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.enums import AuditKind, GrantSource, Role
from accounts.models import AuditEntry, RoleGrant, User
from tests.factories.accounts import UserFactory
from tests.support.pages import Element, read

pytestmark = pytest.mark.django_db

LIST = "/admin/accounts/user/"


@pytest.fixture(autouse=True)
def _english(settings: Any) -> None:
    settings.LANGUAGE_CODE = "en"


@pytest.fixture
def former() -> User:
    """A teacher whom the school's sign-in calls a student by now."""
    person = UserFactory.create(username="former", roles=[Role.STUDENT, Role.TEACHER])
    grants = RoleGrant.objects.filter(user=person)
    grants.update(source=GrantSource.CLAIM)
    grants.filter(role=Role.TEACHER).update(withdrawn_at=timezone.now())
    return person


def client_of(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def page(viewer: User, path: str) -> Element:
    answer = client_of(viewer).get(path)
    assert answer.status_code == 200
    return read(answer.content)


def decide(by: User, action: str, *people: User) -> str:
    data = {"action": action, "_selected_action": [each.pk for each in people]}
    answer = client_of(by).post(LIST, data, follow=True)
    return read(answer.content).text


def test_list_is_filtered_by_roles_no_longer_given(
    planner: User, former: User, teacher: User
) -> None:
    shown = page(planner, f"{LIST}?withdrawn=yes")

    assert [each.text for each in shown.all("th", "field-username")] == ["former"]


def test_page_of_a_person_says_what_the_sign_in_gave(planner: User, former: User) -> None:
    told = page(planner, f"{LIST}{former.pk}/change/").one("div", "field-given_role_lines").text

    assert "Student: given by the school's sign-in" in told
    assert "Teacher: no longer given by the school's sign-in since" in told


def test_page_of_others_says_nothing_of_it(planner: User, teacher: User) -> None:
    assert not page(planner, f"{LIST}{teacher.pk}/change/").all("div", "field-given_role_lines")


def test_keeping_makes_the_role_one_given_by_hand(planner: User, former: User) -> None:
    assert "1 role was kept." in decide(planner, "keep_withdrawn", former)

    grant = RoleGrant.objects.get(user=former, role=Role.TEACHER)
    assert (grant.source, grant.withdrawn_at) == (GrantSource.HAND, None)
    assert AuditEntry.objects.get(kind=AuditKind.ROLES_CHANGED, person=former).actor == planner


def test_taking_away_leaves_the_others(planner: User, former: User) -> None:
    assert "1 role was taken away." in decide(planner, "take_withdrawn", former)

    assert User.objects.get(pk=former.pk).roles == {Role.STUDENT}
    assert AuditEntry.objects.get(kind=AuditKind.ROLES_CHANGED, person=former).actor == planner


@pytest.mark.parametrize("action", ["keep_withdrawn", "take_withdrawn"])
def test_people_whom_one_may_not_change_stay_as_they_are(
    planner: User, former: User, action: str
) -> None:
    RoleGrant.objects.create(user=former, role=Role.SUPERVISOR)

    assert "None of them has a role" in decide(planner, action, former)

    assert RoleGrant.objects.get(user=former, role=Role.TEACHER).withdrawn_at is not None


def test_roles_that_are_given_still_are_not_touched(planner: User, former: User) -> None:
    RoleGrant.objects.filter(user=former).update(withdrawn_at=None)

    assert "None of them has a role" in decide(planner, "take_withdrawn", former)

    assert User.objects.get(pk=former.pk).roles == {Role.STUDENT, Role.TEACHER}
