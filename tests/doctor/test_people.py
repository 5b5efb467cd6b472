from __future__ import annotations

import pytest

from accounts.models import User
from edu_platform.doctor.people import superusers
from tests.support.doctor import levels
from tests.support.second_factor import give_second_factor

pytestmark = pytest.mark.django_db


def test_somebody_must_be_able_to_make_administrators(administrator: User):
    assert levels(superusers) == {"people.superuser": "warning"}


def test_superuser_who_cannot_sign_in_is_none(superuser: User):
    User.objects.update(is_active=False)

    assert levels(superusers) == {"people.superuser": "warning"}


def test_password_alone_is_not_enough_for_superusers(superuser: User):
    assert levels(superusers) == {"people.superuser": "ok", "people.second_factor": "warning"}

    give_second_factor(superuser)

    assert levels(superusers) == {"people.superuser": "ok", "people.second_factor": "ok"}
