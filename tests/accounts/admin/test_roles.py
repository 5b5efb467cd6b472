"""Roles on a person's page: what each allows, and who may give those that one may not."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.enums import ORDINARY_ROLES, Role
from accounts.models import User
from accounts.role_lines import role_line
from tests.support.pages import Element, read

pytestmark = pytest.mark.django_db

LIST = "/admin/accounts/user/"


@pytest.fixture(autouse=True)
def _english(settings: Any) -> None:
    settings.LANGUAGE_CODE = "en"


def page_of(person: User) -> str:
    return f"{LIST}{person.pk}/change/"


def page(viewer: User, path: str) -> Element:
    client = Client()
    client.force_login(viewer)
    answer = client.get(path)
    assert answer.status_code == 200
    return read(answer.content)


def offered(shown: Element) -> list[str]:
    return [each.text for each in shown.one("div", id="id_roles").all("label")]


def test_every_role_that_is_offered_says_what_it_allows(
    superuser: User, planner: User, student: User
) -> None:
    lines = {role: role_line(role) for role in Role}

    assert offered(page(superuser, page_of(student))) == [" ".join(lines[r].split()) for r in Role]
    assert offered(page(planner, f"{LIST}add/")) == [
        lines[role] for role in Role if role in ORDINARY_ROLES
    ]


@pytest.mark.parametrize("who", ["planner", "administrator"])
def test_who_may_not_give_a_role_is_told_who_may(
    who: str, request: pytest.FixtureRequest, superuser: User, student: User
) -> None:
    shown = page(request.getfixturevalue(who), page_of(student))

    told = "Other roles (Supervisor、Planner、Administrator) are given by superusers alone: 郑校长."
    assert told in shown.one("div", "field-roles").text


def test_school_without_superusers_says_who_makes_one(
    planner: User, supervisor: User, student: User
) -> None:
    told = "superusers alone: there is none yet; the operator of the server can make one."

    assert told in page(planner, page_of(student)).text
    assert told in page(planner, page_of(supervisor)).text


def test_superuser_is_told_nothing_of_the_kind(superuser: User, student: User) -> None:
    assert "superusers alone" not in page(superuser, page_of(student)).text


def test_role_that_is_sent_all_the_same_is_refused_with_who_may_give_it(
    planner: User, superuser: User, student: User
) -> None:
    client = Client()
    client.force_login(planner)

    answer = client.post(
        page_of(student), {"username": "student", "display_name": "x", "roles": ["planner"]}
    )

    (error,) = answer.context["adminform"].form.errors["roles"]
    assert error.endswith("are given by superusers alone: 郑校长.")
    assert User.objects.get(pk=student.pk).roles == {Role.STUDENT}


def test_person_that_one_may_only_see_says_why_and_offers_no_password(
    planner: User, superuser: User, supervisor: User
) -> None:
    shown = page(planner, page_of(supervisor))

    assert "are changed by superusers alone: 郑校长." in shown.text
    assert role_line(Role.SUPERVISOR) in shown.one("div", "field-role_lines").text
    assert f"{LIST}{supervisor.pk}/password/" not in links(shown)


def test_password_is_offered_where_it_may_be_set(
    planner: User, superuser: User, supervisor: User, student: User
) -> None:
    """The list shows only the state of others."""
    passwords = {
        viewer.username: [
            person.username
            for person in (superuser, supervisor, student)
            if f"{LIST}{person.pk}/password/" in links(page(viewer, LIST))
        ]
        for viewer in (planner, superuser)
    }

    assert passwords == {
        "planner": ["student"],
        "superuser": ["superuser", "supervisor", "student"],
    }


def links(shown: Element) -> set[str]:
    return {each.attrs.get("href", "") for each in shown.all("a")}


def test_own_page_says_what_ones_roles_allow(supervisor: User) -> None:
    hints = [each.text for each in page(supervisor, "/accounts/profile/").all("p", "hint")]

    assert role_line(Role.SUPERVISOR) in hints


def test_name_of_a_superuser_is_no_markup(planner: User, superuser: User, student: User) -> None:
    superuser.display_name = "<b>郑</b>"
    superuser.save()

    answer = Client()
    answer.force_login(planner)
    for person in (student, superuser):
        text = answer.get(page_of(person)).content.decode()
        assert "<b>郑" not in text
        assert "&amp;lt;" not in text
