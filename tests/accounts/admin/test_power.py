"""Every page of the administration by which somebody might come by more power than they have.

Roles are given on the pages of people (`tests.schedule.people.test_appointing`); flags, and what leads into a
superuser's account, are a superuser's to give.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.enums import Role
from accounts.models import AuditEntry, User
from schedule.models import ClassGroup
from tests.factories.accounts import UserFactory
from tests.factories.schedule import MembershipFactory
from tests.support.sheets import csv_of

pytestmark = pytest.mark.django_db

PEOPLE = "/admin/accounts/user/"
IMPORT = "/imports/people/"
CLASS_GROUPS = "/class-groups/start-passwords/"
STAFF = ("planner", "administrator")
POWERFUL = ("planner", "administrator", "supervisor", "superuser")
PASSWORD = "battery staple 42"


@pytest.fixture(params=STAFF)
def staff(request: pytest.FixtureRequest) -> User:
    person: User = request.getfixturevalue(request.param)
    return person


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def power_of(person: User) -> tuple[frozenset[Role], bool, bool, str]:
    person = User.objects.get(pk=person.pk)
    return person.roles, person.is_superuser, person.is_active, person.password


class TestForm:
    def test_who_has_power_is_not_changed_and_gets_no_password(
        self, staff: User, request: pytest.FixtureRequest
    ):
        client = signed_in(staff)
        for who in POWERFUL:
            powerful = request.getfixturevalue(who)
            before = power_of(powerful)

            client.post(f"{PEOPLE}{powerful.pk}/change/", {"is_superuser": "on"})
            given = client.post(
                f"{PEOPLE}{powerful.pk}/password/",
                {"usable_password": "true", "password1": PASSWORD, "password2": PASSWORD},
            )

            assert given.status_code == 403, who
            assert power_of(powerful) == before, who


class TestActions:
    def test_people_are_deleted_by_nobody(self, superuser: User, student: User):
        chosen = {"action": "delete_selected", "_selected_action": [student.pk], "post": "yes"}

        signed_in(superuser).post(PEOPLE, chosen)

        assert User.objects.filter(pk=student.pk).exists()

    def test_start_passwords_are_for_who_has_no_power(
        self, staff: User, class_group: ClassGroup, student: User
    ):
        powerful = UserFactory.create(roles=[Role.STUDENT, Role.PLANNER])
        superuser = UserFactory.create(roles=[Role.STUDENT], is_superuser=True)
        for person in (powerful, superuser):
            MembershipFactory.create(user=person, class_group=class_group)
        before = power_of(powerful), power_of(superuser)
        fields = {"code": class_group.code, "everyone": "on"}

        signed_in(staff).post(CLASS_GROUPS, fields)

        assert (power_of(powerful), power_of(superuser)) == before
        reset = AuditEntry.objects.filter(kind="password_reset")
        assert [(entry.actor, entry.person) for entry in reset] == [(staff, student)]


class TestImport:
    def test_gives_and_takes_no_power(
        self, staff: User, student: User, superuser: User, supervisor: User
    ):
        before = [power_of(person) for person in (student, superuser, supervisor)]
        client = signed_in(staff)
        for row in (
            "new,新人,planner,,",
            "new,新人,student;administrator,,",
            "student,,supervisor,,",
            "superuser,别人,,,",
            "supervisor,,student,,",
        ):
            data = csv_of("username,display_name,role,class_groups,password", row)
            fields: dict[str, Any] = {"file": SimpleUploadedFile("people.csv", data)}

            answer = client.post(IMPORT, fields)

            assert answer.status_code == (200 if self.may_appoint(staff, row) else 422), row
            assert [power_of(person) for person in (student, superuser, supervisor)] == before, row
            assert not User.objects.filter(username="new").exists(), row
            assert not AuditEntry.objects.exists(), row

    def may_appoint(self, staff: User, row: str) -> bool:
        """Tell whether the file may be taken, with a code of the second factor."""
        is_appointed = "administrator" not in row and "superuser" not in row
        return is_appointed and staff.is_administrator
