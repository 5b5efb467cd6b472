"""People who learn, teach and work in the demo school."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.contrib.auth.hashers import check_password
from django.db import transaction

from accounts.enums import Role
from accounts.models import User
from accounts.names import sign_in_name
from accounts.services.people import NewPerson, create_people, set_roles
from edu_platform.demo.roster import (
    ADMINISTRATOR,
    CLASS_GROUPS,
    CLASS_TEACHERS,
    DEMO_TEACHER,
    OTHER_TEACHERS,
    PLANNER,
    STAFF,
    STUDENTS,
    SUPERVISOR,
    TUTORED,
    username_of,
)
from schedule.class_groups.memberships import (
    begin_memberships,
    get_or_add_class_group,
    kind_of_member,
    set_class_groups,
)
from schedule.models import ClassGroup


@dataclass(frozen=True, slots=True)
class Person:
    username: str
    display_name: str
    role: Role
    class_groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SignIn:
    """A username and password with which a visitor of the demo signs in; everybody else has no password."""

    username: str
    password: str
    role: str

    def __str__(self) -> str:
        return f"sign-in: {self.username} {self.password} {self.role}"


SIGN_INS = (
    SignIn(DEMO_TEACHER, "demo-teacher", "teacher"),
    SignIn("zhangzihan", "demo-student", "student of the running class"),
    SignIn("linshiyu", "demo-student", "student of another"),
    SignIn(SUPERVISOR, "demo-supervisor", "supervisor"),
    SignIn(PLANNER, "demo-planner", "planner"),
    SignIn(ADMINISTRATOR, "demo-administrator", "administrator"),
)

FURTHER_CLASS_GROUPS = {"zhangzihan": (TUTORED,)}
ROLE_OF_STAFF = {
    SUPERVISOR: Role.SUPERVISOR,
    PLANNER: Role.PLANNER,
    ADMINISTRATOR: Role.ADMINISTRATOR,
}


def demo_people() -> Iterator[Person]:
    for (username, name), group in zip(CLASS_TEACHERS.items(), CLASS_GROUPS, strict=True):
        yield Person(username, name, Role.TEACHER, (group,))
    for username, name in OTHER_TEACHERS.items():
        yield Person(username, name, Role.TEACHER)
    for username, name in STAFF.items():
        yield Person(username, name, ROLE_OF_STAFF[username])
    for group, names in STUDENTS.items():
        for name in names:
            username = username_of(name)
            groups = (group, *FURTHER_CLASS_GROUPS.get(username, ()))
            yield Person(username, name, Role.STUDENT, groups)


@transaction.atomic
def keep_people(*, today: dt.date) -> dict[str, User]:
    """Make those who are missing, and see to it that the sign-ins do what their lines say.

    Whatever else was changed in the people of a demo stays as it is.
    """
    persons = {person.username: person for person in demo_people()}
    users = _users(persons)
    missing = [person for username, person in persons.items() if username not in users]
    users |= _create(missing)
    for sign_in in SIGN_INS:
        user, person = users[sign_in.username], persons[sign_in.username]
        _keep_sign_in(user, sign_in)
        _keep_address(user)
        _keep_role(user, person.role)
        _keep_class_groups(user, person, today)
    return users


def _users(usernames: Iterable[str]) -> dict[str, User]:
    """Return those who are there, also where somebody writes their names otherwise."""
    by_name = {sign_in_name(username): username for username in usernames}
    users = User.objects.filter(sign_in_name__in=by_name)
    return {by_name[user.sign_in_name]: user for user in users}


def _create(persons: Sequence[Person]) -> dict[str, User]:
    new = [
        NewPerson(person.username, person.display_name, frozenset({person.role}))
        for person in persons
    ]
    users = create_people(new, by=None)
    groups = {
        name: get_or_add_class_group(name)
        for name in dict.fromkeys(name for person in persons for name in person.class_groups)
    }
    begin_memberships(
        (user, [groups[name] for name in person.class_groups])
        for user, person in zip(users, persons, strict=True)
    )
    return {user.username: user for user in users}


def _keep_sign_in(user: User, sign_in: SignIn) -> None:
    # Not the person's own check: that replaces a hash of another cost, which would end their sessions.
    is_known = check_password(sign_in.password, user.password)
    if user.is_active and not user.must_change_password and is_known:
        return
    user.set_password(sign_in.password)
    user.must_change_password = False
    user.is_active = True
    user.save(update_fields=["password", "must_change_password", "is_active"])


def _keep_address(user: User) -> None:
    """Give everybody without one a mail address; no mail is delivered to these."""
    if not user.email:
        user.email = f"{user.username}@school.example"
        user.save(update_fields=["email"])


def _keep_role(user: User, role: Role) -> None:
    if not user.has_role(role):
        set_roles(user, {*user.roles, role}, by=None)


def _keep_class_groups(user: User, person: Person, today: dt.date) -> None:
    """Add the class groups that are missing; others, that somebody added, stay."""
    open_ones = ClassGroup.objects.active().filter(
        memberships__user=user,
        memberships__kind=kind_of_member(user),
        memberships__to_date=None,
    )
    held = list(open_ones)
    wanted = [get_or_add_class_group(name) for name in person.class_groups]
    missing = [group for group in wanted if group not in held]
    if missing:
        set_class_groups(user, [*held, *missing], today=today)
