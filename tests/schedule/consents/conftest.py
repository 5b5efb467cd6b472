from __future__ import annotations

from collections.abc import Callable

import pytest
from django.utils import timezone

from accounts.models import User
from schedule.consents.texts import current_text
from schedule.consents.writing import GivenConsent, give_consents
from schedule.models import Consent, ConsentText
from schedule.school_years import school_year_of
from tests.factories.schedule import ConsentTextFactory

Agrees = Callable[..., Consent]


@pytest.fixture
def school_year() -> int:
    return school_year_of(timezone.localdate())


@pytest.fixture
def text(db: None) -> ConsentText:
    return ConsentTextFactory.create(number=1)


@pytest.fixture
def agrees(text: ConsentText, school_year: int) -> Agrees:
    """Let somebody agree to the newest text, by themselves or by a guardian."""

    def agree(
        person: User, guardian: str = "", relation: str = "", *, year: int = school_year
    ) -> Consent:
        newest = current_text()
        assert newest is not None
        given = GivenConsent(person, guardian, relation)
        give_consents([given], text=newest, school_year=year, at=timezone.now(), by=person)
        return Consent.objects.filter(person=person).latest("pk")

    return agree
