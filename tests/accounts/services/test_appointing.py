"""Hold the table of cases of who may appoint whom, and what follows from appointing."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.enums import AuditKind, Role
from accounts.models import AuditEntry, Session, User
from accounts.permissions import ROLE_GIVERS
from accounts.services import people
from accounts.services.appointing import (
    MayNotAppoint,
    appoint,
    is_about_power,
    may_give_role,
    may_look_after,
    roles_to_give,
)
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db

ALL = set(Role)
ORDINARY = {Role.STUDENT, Role.TEACHER}
APPOINTED = {Role.SUPERVISOR, Role.PLANNER}
# By whom, to whom (by their roles): the roles that may be given and taken. "nobody": a new person.
CASES: dict[str, dict[str, set[Role]]] = {
    "superuser": {
        "nobody": ALL,
        "": ALL,
        "student": ALL,
        "teacher planner": ALL,
        "administrator": ALL,
        "superuser": ALL,
    },
    "administrator": {
        "nobody": ORDINARY | APPOINTED,
        "": ORDINARY | APPOINTED,
        "student": ORDINARY | APPOINTED,
        "teacher planner": ORDINARY | APPOINTED,
        "supervisor": ORDINARY | APPOINTED,
        "teacher administrator": set(),
        "superuser": set(),
    },
    "planner": {
        "nobody": ORDINARY,
        "": ORDINARY,
        "student": ORDINARY,
        "teacher": ORDINARY,
        "teacher planner": set(),
        "supervisor": set(),
        "administrator": set(),
        "superuser": set(),
    },
    **{
        who: {whom: set[Role]() for whom in ("nobody", "student", "planner", "superuser")}
        for who in ("supervisor", "teacher", "student", "")
    },
}


def person(roles: str) -> User:
    if roles == "superuser":
        return UserFactory.create(roles=[], is_superuser=True)
    return UserFactory.create(roles=[Role(role) for role in roles.split()])


@pytest.mark.parametrize("who", CASES)
def test_roles_are_given_and_taken_by_these(who: str) -> None:
    by = person(who)
    given = {}
    for whom in CASES[who]:
        to = None if whom == "nobody" else person(whom)
        given[whom] = {role for role in Role if may_give_role(by, role, to)}
        assert given[whom] == set(roles_to_give(by, to))
        if to is not None:
            assert may_look_after(by, to) == bool(given[whom])

    assert given == CASES[who]


@pytest.mark.parametrize("roles", ["administrator", "planner", "administrator planner", "teacher"])
def test_nobody_appoints_themselves(roles: str) -> None:
    by = person(roles)

    assert roles_to_give(by, by) == []
    assert not may_look_after(by, by)
    with pytest.raises(MayNotAppoint):
        appoint(by, {*by.roles, Role.SUPERVISOR}, by=by)
    assert User.objects.get(pk=by.pk).roles == by.roles


def test_superuser_may_do_all_to_themselves() -> None:
    by = person("superuser")

    appoint(by, [Role.TEACHER], by=by)

    assert User.objects.get(pk=by.pk).roles == {Role.TEACHER}


def test_command_gives_every_role() -> None:
    assert all(may_give_role(None, role, person("administrator")) for role in Role)
    assert may_look_after(None, person("superuser"))


@pytest.mark.parametrize("who", ["superuser", "administrator"])
def test_whose_account_is_closed_gives_nothing_any_more(who: str) -> None:
    """As long work may end after its owner was deactivated."""
    by = person(who)
    by.is_active = False

    assert roles_to_give(by, None) == []
    assert not may_look_after(by, person("student"))


def test_every_role_says_who_gives_it() -> None:
    assert set(ROLE_GIVERS) == set(Role)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("student", "teacher", False),
        ("", "", False),
        ("teacher", "teacher planner", True),
        ("supervisor", "", True),
        ("planner", "planner", True),
    ],
)
def test_change_is_about_power_where_a_role_beyond_teacher_is_in_it(
    before: str, after: str, expected: bool
) -> None:
    role_sets = [[Role(role) for role in roles.split()] for roles in (before, after)]

    assert is_about_power(*role_sets) is expected


class TestAppointing:
    def test_signs_the_person_out_everywhere_and_stands_in_the_log(
        self, administrator: User, teacher: User
    ):
        Client().force_login(teacher)

        appoint(teacher, [Role.TEACHER, Role.PLANNER], by=administrator)

        assert User.objects.get(pk=teacher.pk).roles == {Role.TEACHER, Role.PLANNER}
        assert not Session.objects.filter(user=teacher).exists()
        entry = AuditEntry.objects.get(kind=AuditKind.ROLES_CHANGED)
        assert (entry.actor, entry.person) == (administrator, teacher)
        assert entry.details == {"before": ["teacher"], "after": ["planner", "teacher"]}

    def test_taking_it_back_does_too(self, administrator: User, planner: User):
        Client().force_login(planner)

        appoint(planner, [], by=administrator)

        assert not Session.objects.filter(user=planner).exists()
        assert User.objects.get(pk=planner.pk).roles == frozenset()

    def test_roles_without_power_leave_people_signed_in(self, planner: User, student: User):
        Client().force_login(student)

        appoint(student, [Role.STUDENT, Role.TEACHER], by=planner)

        assert Session.objects.filter(user=student).exists()

    def test_of_many_those_with_other_power_are_signed_out(self, administrator: User):
        appointed, taught = UserFactory.create_batch(2, roles=[Role.TEACHER])
        for each in (appointed, taught):
            Client().force_login(each)

        wanted = [(appointed, {Role.SUPERVISOR}), (taught, {Role.STUDENT})]
        people.set_roles_of_people(wanted, by=administrator)

        assert {session.user for session in Session.objects.all()} == {taught}

    def test_is_judged_by_the_roles_that_the_person_has_now(
        self, administrator: User, superuser: User, teacher: User
    ):
        """Let the superuser be a moment earlier, of two who appoint at once."""
        shown = User.objects.get(pk=teacher.pk)
        assert shown.roles == {Role.TEACHER}
        appoint(teacher, [Role.ADMINISTRATOR], by=superuser)

        with pytest.raises(MayNotAppoint) as refused:
            appoint(shown, [Role.TEACHER, Role.PLANNER], by=administrator)

        assert Role.ADMINISTRATOR in refused.value.roles
        assert User.objects.get(pk=teacher.pk).roles == {Role.ADMINISTRATOR}

    def test_role_that_is_not_theirs_is_refused_whole(self, planner: User, student: User):
        with pytest.raises(MayNotAppoint):
            appoint(student, [Role.TEACHER, Role.SUPERVISOR], by=planner)

        assert User.objects.get(pk=student.pk).roles == {Role.STUDENT}
        assert not AuditEntry.objects.exists()
