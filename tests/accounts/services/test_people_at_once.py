"""Many people at once: created, deactivated and activated again, each with an entry in the audit log."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.enums import AuditKind, IdentityState, Role
from accounts.models import AuditEntry, ClassroomIdentity, User
from accounts.services import leaving, people
from accounts.services.people import LastSuperuserStays, NewPerson
from tests.factories.accounts import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases("bulk writes")]


def entries() -> set[tuple[str, int | None, int | None]]:
    return set(AuditEntry.objects.values_list("kind", "actor", "person"))


def again(user: User) -> User:
    return User.objects.get(pk=user.pk)


class TestCreated:
    def test_have_names_roles_and_no_password(self, planner: User):
        new = [
            NewPerson("Ming", "王小明", frozenset({Role.STUDENT})),
            NewPerson("li", "李老师", frozenset({Role.TEACHER, Role.SUPERVISOR}), "hash"),
        ]

        ming, li = people.create_people(new, by=planner)

        assert again(ming).sign_in_name == "ming"
        assert not again(ming).has_usable_password()
        assert again(li).password == "hash"
        assert again(li).roles == {Role.TEACHER, Role.SUPERVISOR}
        assert entries() == {
            (AuditKind.PERSON_CREATED, planner.pk, ming.pk),
            (AuditKind.PERSON_CREATED, planner.pk, li.pk),
        }

    def test_take_as_many_statements_for_forty_as_for_one(self):
        def statements(names: list[str]) -> int:
            new = [NewPerson(name, name, frozenset({Role.STUDENT})) for name in names]
            with CaptureQueriesContext(connection) as queries:
                for user in people.create_people(new, by=None):
                    assert user.roles == {Role.STUDENT}
            return len(queries)

        assert statements(["one"]) == statements([f"s{number}" for number in range(40)])


class TestDeactivated:
    def test_cannot_sign_in_and_are_signed_out(self, student: User, planner: User):
        client = Client()
        client.force_login(student)

        leaving.deactivate_people([student], by=planner)

        assert not again(student).is_active
        assert client.get("/schedule/").status_code == 302
        assert entries() == {(AuditKind.PERSON_DEACTIVATED, planner.pk, student.pk)}

    def test_are_never_the_last_superusers(self, student: User):
        superusers = UserFactory.create_batch(2, is_superuser=True)

        with pytest.raises(LastSuperuserStays):
            leaving.deactivate_people([student, *superusers], by=None)
        leaving.deactivate_people(superusers[:1], by=None)
        with pytest.raises(LastSuperuserStays):
            leaving.deactivate_people(superusers[1:], by=None)

        assert again(student).is_active
        assert [again(user).is_active for user in superusers] == [False, True]

    def test_belong_to_what_they_belonged_to(self, student: User):
        before = list(student.memberships.values())

        leaving.deactivate_people([student], by=None)

        assert list(student.memberships.values()) == before

    def test_are_told_to_the_cloud(self, student: User):
        ClassroomIdentity.objects.create(
            user=student, sdk_app_id=1, classroom_user_id="u1", state=IdentityState.REGISTERED
        )

        leaving.deactivate_people([student], by=None)

        assert ClassroomIdentity.objects.get().state == IdentityState.STALE

    def test_come_back(self, student: User, planner: User):
        leaving.deactivate_people([student], by=planner)

        leaving.reactivate_people([student], by=planner)

        assert again(student).is_active
        assert (AuditKind.PERSON_REACTIVATED, planner.pk, student.pk) in entries()

    def test_come_back_signed_out_also_who_signed_in_at_the_same_moment(self, student: User):
        leaving.deactivate_people([student], by=None)
        client = Client()
        client.force_login(student)

        leaving.reactivate_people([student], by=None)

        assert client.get("/schedule/").status_code == 302

    def test_take_few_statements(self):
        many = UserFactory.create_batch(40)

        with CaptureQueriesContext(connection) as queries:
            leaving.deactivate_people(many, by=None)

        assert len(queries) < 20
        assert not User.objects.active().filter(pk__in=[user.pk for user in many]).exists()
