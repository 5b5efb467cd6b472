from __future__ import annotations

from typing import Any

import pytest

from accounts.enums import Role
from accounts.external.oidc.claims import claim_at, leaves_something_out, login_from

NESTED = {
    "sub": "s-1",
    "groups": ["a"],
    "realm_access": {"roles": ["teacher"]},
    "https://school.example/roles": ["b"],
    "flat.name": "c",
    "flat": {"name": "d"},
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("groups", ["a"]),
        ("realm_access.roles", ["teacher"]),
        ("https://school.example/roles", ["b"]),
        ("flat.name", "c"),
        ("groups.roles", None),
        ("realm_access.roles.teacher", None),
        ("nothing", None),
        ("nothing.at.all", None),
        ("", None),
    ],
)
def test_claim_lies_under_its_name_or_where_dots_lead(path: str, found: object):
    assert claim_at(NESTED, path) == found


@pytest.mark.parametrize(
    ("claims", "username", "display_name", "role"),
    [
        ({}, "s-1", "s-1", None),
        ({"preferred_username": 7, "name": ["王"]}, "s-1", "s-1", None),
        ({"preferred_username": "wang", "roles": ["teacher"]}, "wang", "wang", Role.TEACHER),
        ({"name": "王小明", "roles": "pupil"}, "s-1", "王小明", Role.STUDENT),
        ({"email": "wang@school.example"}, "s-1", "s-1", None),
    ],
)
def test_person_is_called_as_the_claims_say(
    claims: dict[str, Any], username: str, display_name: str, role: Role | None, settings: Any
):
    settings.OIDC_ISSUER = "https://sign-in.school.example"
    settings.OIDC_ROLE_CLAIM, settings.OIDC_TEACHER_VALUES = "roles", ["teacher"]

    login = login_from({"sub": "s-1", **claims})

    assert (login.username, login.display_name, login.role) == (username, display_name, role)


@pytest.mark.parametrize(
    ("role_claim", "claims", "expected"),
    [
        ("", {"preferred_username": "wang", "name": "王"}, False),
        ("", {"preferred_username": "wang"}, True),
        ("", {"name": "王"}, True),
        ("roles", {"preferred_username": "wang", "name": "王"}, True),
        ("roles", {"preferred_username": "wang", "name": "王", "roles": []}, False),
    ],
)
def test_provider_is_asked_for_what_the_token_leaves_out(
    role_claim: str, claims: dict[str, Any], expected: bool, settings: Any
):
    settings.OIDC_ROLE_CLAIM = role_claim

    assert leaves_something_out(claims) is expected
