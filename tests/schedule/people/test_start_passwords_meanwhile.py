"""Somebody gets power while start passwords are made: no page gives them one."""

from __future__ import annotations

import pytest
from django.urls import reverse

from accounts.enums import Role
from accounts.models import User
from accounts.services import start_passwords
from accounts.services.people import set_roles
from accounts.sign_in.passwords import new_start_password
from schedule.enums import MembershipKind
from schedule.models import ClassGroup
from tests.cast import SignedIn
from tests.factories.schedule import MembershipFactory
from tests.support.people import again, page_of

pytestmark = pytest.mark.django_db

MANY = "/people/start-passwords/"


@pytest.fixture
def appointed_meanwhile(student: User, monkeypatch: pytest.MonkeyPatch) -> User:
    make = new_start_password

    def meanwhile() -> str:
        set_roles(again(student), [Role.STUDENT, Role.PLANNER], by=None)
        return make()

    monkeypatch.setattr(start_passwords, "new_start_password", meanwhile)
    return student


def has_none(person: User) -> bool:
    now = again(person)
    return Role.PLANNER in now.roles and not now.must_change_password


def test_of_one(appointed_meanwhile: User, planner: User, signed_in: SignedIn):
    answer = signed_in(planner, "en").post(page_of(appointed_meanwhile, "start-password/"))

    assert has_none(appointed_meanwhile)
    assert [person for person, _reason in answer.context["refused"]] == [appointed_meanwhile]


def test_of_those_in_the_list(appointed_meanwhile: User, planner: User, signed_in: SignedIn):
    client = signed_in(planner, "en")
    known = client.get(MANY, {"role": "student"}).context["known"]

    answer = client.post(MANY, {"role": "student", "known": known, "everyone": "on"})

    assert has_none(appointed_meanwhile)
    assert appointed_meanwhile in [person for person, _reason in answer.context["refused"]]


def test_of_class_groups(
    appointed_meanwhile: User, class_group: ClassGroup, planner: User, signed_in: SignedIn
):
    signed_in(planner, "en").post(
        "/class-groups/start-passwords/", {"code": class_group.code, "everyone": "on"}
    )

    assert has_none(appointed_meanwhile)


def test_by_their_class_teacher(
    appointed_meanwhile: User, class_group: ClassGroup, teacher: User, signed_in: SignedIn
):
    kind = MembershipKind.CLASS_TEACHER
    MembershipFactory.create(user=teacher, class_group=class_group, kind=kind)
    address = reverse("schedule:class_group_start_passwords", args=[class_group.code])

    answer = signed_in(teacher, "en").post(address, {"only": appointed_meanwhile.username})

    assert has_none(appointed_meanwhile)
    assert [person for person, _reason in answer.context["refused"]] == [appointed_meanwhile]
