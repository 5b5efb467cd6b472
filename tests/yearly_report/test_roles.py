"""Compare who may see what, and who of the staff has a second factor, with a look at each person."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from allauth.mfa.models import Authenticator

from accounts.enums import STAFF_ROLES, ErasureState, Role
from accounts.models import Erasure, SchoolSettings, User
from accounts.selectors.second_factor import has_second_factor
from edu_platform.yearly_report.roles import roles_section, second_factor_section
from edu_platform.yearly_report.section import Section
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db


def make_people(dice: random.Random) -> None:
    for _number in range(25):
        person = UserFactory.create(
            roles=dice.sample(list(Role), dice.randrange(4)),
            is_superuser=dice.random() < 0.2,
            is_active=dice.random() < 0.8,
        )
        if not person.is_active and dice.random() < 0.5:
            Erasure.objects.create(person=person, state=ErasureState.ERASED)
        for kind in (Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES):
            if dice.random() < 0.5:
                Authenticator.objects.create(user=person, type=kind, data={})


def names_of(person: User) -> list[str]:
    """Return the rows in which somebody is counted."""
    if hasattr(person, "erasure"):
        return []
    if not person.is_active:
        return ["Account deactivated"]
    names = [str(role.label) for role in Role if role in person.roles]
    if person.is_superuser:
        names.append("Superuser")
    return names or ["No role"]


def counts_in(section: Section, column: int) -> dict[str, object]:
    return {str(row[0]): row[column] for row in section.rows}


@pytest.mark.parametrize("seed", range(5))
def test_numbers_are_those_of_a_count_person_by_person(seed: int):
    make_people(random.Random(seed))
    people = list(User.objects.get_queryset())
    counted = Counter(name for person in people for name in names_of(person))
    covered = Counter(
        name for person in people if has_second_factor(person) for name in names_of(person)
    )

    roles, factors = roles_section(), second_factor_section()

    assert counts_in(roles, 1) == {str(row[0]): counted[str(row[0])] for row in roles.rows}
    assert {*counted} <= {str(row[0]) for row in roles.rows}
    staff = [*(str(role.label) for role in Role if role in STAFF_ROLES), "Superuser"]
    assert {str(row[0]): row[1:] for row in factors.rows} == {
        name: [counted[name], covered[name], counted[name] - covered[name]] for name in staff
    }


def test_says_whether_the_second_factor_is_compulsory():
    words = []
    for is_compulsory in (False, True):
        SchoolSettings.objects.update_or_create(
            pk=1, defaults={"second_factor_is_compulsory": is_compulsory}
        )
        words.append(second_factor_section().words)

    assert words[0] != words[1] == "It is compulsory for all staff."
